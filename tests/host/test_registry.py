"""The registry is sorted, attributed, and the same however plugins were found."""

from pathlib import Path

from qpf.api import Code, Pass, Severity
from qpf.host.loader import Loaded, load_plugins
from qpf.host.registry import build_registry, load_registry
from qpf.host.reserved import COMMANDS
from tests.command import run
from tests.host.hostile import installed, make_fleet
from tests.host.installing import register

TEXT = """\
from qpf.api import Code, Pass, Severity, hookimpl


@hookimpl
def qpf_passes():
    code = Code({code!r}, {meaning!r}, Severity.ERROR, "Something.")
    return [Pass({name!r}, 5, (code,), lambda agent, environment: [])]
"""


def two(tmp_path: Path, first: str, second: str) -> tuple[Path, Path]:
    folders = tmp_path / "one", tmp_path / "two"
    for folder, name, text in zip(folders, ("one_of_two", "two_of_two"), (first, second), strict=True):
        folder.mkdir()
        (folder / f"{name}.py").write_text(text)
        register(folder, name.replace("_", "-"), "1.0", {name: name})
    return folders


def test_the_built_in_plugins_register_without_a_fault() -> None:
    outcome = load_registry()
    assert outcome.report.diagnostics == ()
    registry = outcome.value
    for entries in (registry.sections, registry.emitters, registry.gates, registry.commands):
        names = [entry.value.name for entry in entries]
        assert names == sorted(names)
    assert [pin.name for pin in registry.pins] == [plugin.name for plugin in registry.plugins]
    assert {entry.plugin for entry in registry.sections} == {"agent_schema"}


def test_every_value_is_told_from_whom_it_is() -> None:
    registry = load_registry().value
    packages = {plugin.name: plugin.package for plugin in registry.plugins}
    for entry in (*registry.sections, *registry.passes, *registry.emitters, *registry.gates):
        assert entry.package == packages[entry.plugin]


def test_the_order_of_loading_does_not_matter() -> None:
    loaded = load_plugins().value
    shuffled = Loaded(loaded.manager, tuple(reversed(loaded.plugins)))
    one, other = build_registry(loaded).value, build_registry(shuffled).value
    for kind in ("sections", "passes", "emitters", "gates", "caches", "notifiers", "commands"):
        assert getattr(one, kind) == getattr(other, kind)


def test_a_name_registered_by_two_plugins_blames_both(tmp_path: Path) -> None:
    texts = [TEXT.format(code=code, meaning="odd", name="same") for code in ("ONE001", "TWO001")]
    with installed(*two(tmp_path, *texts)):
        (found,) = load_registry().report.diagnostics
    assert (found.code.id, found.plugin) == ("QPF008", "two_of_two")
    assert found.message == "pass `same` is registered by plugins `one_of_two` and `two_of_two`"


OPENERS = """\
from qpf.api import Cache, Notifier, hookimpl


@hookimpl
def qpf_caches():
    return [Cache({scheme!r}, open)]


@hookimpl
def qpf_notifiers():
    return [Notifier({scheme!r}, open)]
"""


def test_a_scheme_registered_by_two_plugins_blames_both(tmp_path: Path) -> None:
    with installed(*two(tmp_path, OPENERS.format(scheme="tape"), OPENERS.format(scheme="tape"))):
        report = load_registry().report
    assert [(found.code.id, found.plugin, found.message) for found in report.diagnostics] == [
        ("QPF008", "two_of_two", "cache `tape` is registered by plugins `one_of_two` and `two_of_two`"),
        ("QPF008", "two_of_two", "notifier `tape` is registered by plugins `one_of_two` and `two_of_two`"),
    ]


def test_a_malformed_scheme_is_told_with_its_owner(tmp_path: Path) -> None:
    with installed(*two(tmp_path, OPENERS.format(scheme="tape"), OPENERS.format(scheme="TAPE://"))):
        outcome = load_registry()
    assert [(found.code.id, found.plugin) for found in outcome.report.diagnostics] == [
        ("QPF007", "two_of_two"),
        ("QPF007", "two_of_two"),
    ]
    assert "`scheme` must be short lower case" in outcome.report.diagnostics[0].message
    caches = [entry.plugin for entry in outcome.value.caches if entry.value.scheme == "tape"]
    notifiers = [entry.plugin for entry in outcome.value.notifiers if entry.value.scheme == "tape"]
    assert (caches, notifiers) == (["one_of_two"], ["one_of_two"])


def test_what_only_opens_caches_and_follows_runs_is_pinned_to_no_fleet(tmp_path: Path) -> None:
    root = make_fleet(tmp_path / "fleet", "python_agent")
    texts = [OPENERS.format(scheme="tape"), TEXT.format(code="TWO001", meaning="odd", name="odd")]
    with installed(*two(tmp_path, *texts)):
        status, _ = run(["compile"], root)
    assert status == 0
    lock = (root / "environments" / "test" / "qpf.lock").read_text()
    assert "one_of_two" not in lock
    assert "two_of_two" in lock


def test_one_code_with_two_meanings_blames_both(tmp_path: Path) -> None:
    texts = [TEXT.format(code="ABC001", meaning=meaning, name=meaning) for meaning in ("odd", "even")]
    with installed(*two(tmp_path, *texts)):
        (found,) = load_registry().report.diagnostics
    assert (found.code.id, found.plugin) == ("QPF009", "two_of_two")
    assert "plugins `one_of_two` and `two_of_two` declare `odd` and `even`" in found.message


def test_one_code_with_one_meaning_may_be_shared(tmp_path: Path) -> None:
    texts = [TEXT.format(code="ABC001", meaning="odd", name=name) for name in ("first", "second")]
    with installed(*two(tmp_path, *texts)):
        outcome = load_registry()
    assert outcome.report.diagnostics == ()
    assert [entry.plugin for entry in outcome.value.codes if entry.value.id == "ABC001"] == ["one_of_two"]


def test_a_failed_hook_does_not_make_others_guilty(tmp_path: Path) -> None:
    after = "from qpf.api import Pass, hookimpl\n\n\n@hookimpl\ndef qpf_passes():\n"
    after += "    return [Pass('late', 5, (), lambda a, e: [], after=('early',))]\n"
    failing = "from qpf.api import hookimpl\n\n\n@hookimpl\ndef qpf_passes():\n    raise ValueError('no')\n"
    with installed(*two(tmp_path, failing, after)):
        report = load_registry().report
    assert [(found.code.id, found.plugin) for found in report.diagnostics] == [("QPF006", "one_of_two")]


def test_reserved_commands_are_those_of_the_command_line() -> None:
    from qpf.cli.commands import COMMANDS as TABLE

    assert frozenset(TABLE) == COMMANDS


def test_codes_of_the_host_are_listed() -> None:
    from qpf.host import codes

    declared = {value for value in vars(codes).values() if isinstance(value, Code)}
    assert declared == set(codes.CODES)
    assert all(code.severity is Severity.ERROR for code in declared)
    assert Pass("fine", 5, codes.CODES, list).codes == codes.CODES
