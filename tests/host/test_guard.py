"""The guard lets nothing through but Ctrl-C, and what it says is the same on every machine."""

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any, cast

import pytest
from msgspec import Struct
from msgspec.structs import replace

from qpf.api import (
    Agent,
    Artifact,
    Code,
    Diagnostic,
    EmitError,
    Emitter,
    Environment,
    Fix,
    Gate,
    Glue,
    Pass,
    Severity,
    TextEdit,
    Tools,
)
from qpf.host import crash
from qpf.host.folding import fold
from qpf.host.guard import attempt, read_templates, run_emitter, run_gate, run_pass
from qpf.host.plugin import Registered
from qpf.model.diagnostic import Report
from qpf.model.fleet import Composed, EnvironmentSettings, FleetSettings
from qpf.model.node import Entry, Mapping, Scalar, freeze
from qpf.model.span import Span, start_of
from qpf.stages.emit import bench

MINE = Code("ACM001", "too-odd", Severity.ERROR, "Something is odd.")
TEMPLATE = Code("QPF040", "template-fault", Severity.ERROR, "A template cannot be read or rendered.")
TOOLS = cast("Tools", object())


@pytest.fixture
def environment() -> Environment:
    fleet = FleetSettings("tiny", "6.0.0", None, {}, ())
    return Environment(EnvironmentSettings("dev", ()), fleet, {}, Glue())


def of(check: Callable[..., Any]) -> Registered[Pass]:
    return Registered("acme", Pass("odd", 5, (MINE,), check, scope="environment"), __name__)


def emitter(emit: Callable[..., Iterable[Artifact]], **more: Any) -> Registered[Emitter]:
    return Registered("acme", Emitter("sheet", (MINE,), emit, emit, **more), __name__)


def test_findings_come_stamped_and_sorted(environment: Environment) -> None:
    spans = [start_of("b.yaml"), start_of("a.yaml")]
    report = run_pass(of(lambda _: (Diagnostic(MINE, "odd", span) for span in spans)), environment)
    assert [str(found.span) for found in report.diagnostics] == ["a.yaml:1:1", "b.yaml:1:1"]
    assert {(found.plugin, found.environment) for found in report.diagnostics} == {("acme", "dev")}


def test_a_plugin_does_not_say_how_bad_the_fleet_finds_it(environment: Environment) -> None:
    lowered = replace(Diagnostic(MINE, "odd"), level=Severity.NOTE)
    (found,) = run_pass(of(lambda _: [lowered]), environment).diagnostics
    assert found.severity is Severity.ERROR


EDIT = TextEdit(start_of("a.yaml"), "x")


@pytest.mark.parametrize(
    ("fix", "sound"),
    [
        (Fix("mend it", (EDIT,)), True),
        (Fix("mend it"), True),
        ("mend it", False),
        (Fix("mend it", [EDIT]), False),  # type: ignore[arg-type]  # as a careless plugin would
        (Fix("mend it", (EDIT, TextEdit(start_of("b.yaml"), "x"))), False),
        (Fix("mend it", (TextEdit(None, "x"),)), False),  # type: ignore[arg-type]  # the same
        (Fix("mend it", (EDIT,), "safe"), False),  # type: ignore[arg-type]  # the same
    ],
)
def test_a_fix_is_edits_of_one_file_or_a_finding_about_the_plugin(
    fix: Fix, sound: object, environment: Environment
) -> None:
    (found,) = run_pass(of(lambda _: [Diagnostic(MINE, "odd", fix=fix)]), environment).diagnostics
    assert (found.code.id, found.code is MINE) == ("ACM001" if sound else "QPF015", sound)


def test_an_interrupt_passes_through(environment: Environment) -> None:
    def interrupted(*_: object) -> list[Any]:
        raise KeyboardInterrupt

    calls: list[Callable[[], object]] = [
        lambda: run_pass(of(interrupted), environment),
        lambda: run_emitter(emitter(interrupted), TOOLS, environment),
        lambda: run_gate(Registered("acme", Gate("g", (), "sheet", interrupted)), "/", "/", ()),
        lambda: attempt(of(list), "doing", interrupted),
    ]
    for call in calls:
        with pytest.raises(KeyboardInterrupt):
            call()


def test_templates_that_crash_or_are_no_text_are_findings() -> None:
    (found,) = read_templates(emitter(list, templates=lambda: dict[str, Any]()["config"])).report.diagnostics
    assert (found.code.id, found.message) == (
        "QPF012", "emitter `sheet` of plugin `acme` crashed: KeyError: 'config'"
    )  # fmt: skip
    (found,) = read_templates(emitter(list, templates=lambda: {"a": b"bytes"})).report.diagnostics
    assert found.code.id == "QPF015"


def test_what_the_compilers_tools_report_stays_the_compilers(environment: Environment) -> None:
    def emit(*_: object) -> list[Artifact]:
        raise EmitError(Diagnostic(TEMPLATE, "no such variable"), Diagnostic(MINE, "odd"))

    outcome = run_emitter(emitter(emit), TOOLS, environment)
    assert [(found.code.id, found.plugin) for found in outcome.report.diagnostics] == [
        ("ACM001", "acme"), ("QPF040", "qpf")
    ]  # fmt: skip


def test_a_template_that_asks_too_much_of_a_value_is_told_where_the_value_is_set(
    environment: Environment,
) -> None:
    tools = bench("sheet", {}, {}, {"sheet/a.md": "one\n{{ deployment.imgae }}\n"})

    def emit(tools: Tools, agent: Agent, _environment: object) -> list[Artifact]:
        return [Artifact("a.md", tools.render("a.md", {"deployment": agent.values["deployment"]}))]

    image = Scalar("x", Span("base/b.yaml", 3, 12, 3, 13))
    deployment = Mapping(
        {"image": Entry(Span("base/b.yaml", 3, 5, 3, 10), image)}, Span("base/b.yaml", 3, 3, 3, 14)
    )
    body = Mapping(
        {"deployment": Entry(Span("base/b.yaml", 2, 1, 2, 11), deployment)}, start_of("base/b.yaml")
    )
    agents = [
        Agent(
            name=name,
            environment="dev",
            values=freeze({"deployment": {"image": "x"}}),
            compose=lambda: Composed("a", "dev", body, (), "b", ()),
        )
        for name in ("a", "b")
    ]
    reports = [run_emitter(emitter(emit), tools, environment, agent).report for agent in agents]
    (found,) = fold(Report.join(reports)).diagnostics
    assert (found.code.id, str(found.span)) == ("QPF040", "templates/sheet/a.md:2:1")
    assert found.message == "`imgae` is not in the mapping that it is asked of"
    assert found.hint == "did you mean `image`?"
    assert [(note.message, note.span and note.span[:3]) for note in found.notes] == [
        ("deployment of agent a is set here", ("base/b.yaml", 2, 1)),
        ("and once more, for other agents or environments", None),
    ]


def test_an_undeclared_report_of_an_emitter_is_a_finding(environment: Environment) -> None:
    other = Code("ACM002", "too-even", Severity.ERROR, "Something is even.")

    def emit(*_: object) -> list[Artifact]:
        raise EmitError(Diagnostic(other, "even"))

    (found,) = run_emitter(emitter(emit), TOOLS, environment).report.diagnostics
    assert found.code.id == "QPF014"


def test_good_artifacts_are_stamped_beside_bad_ones(environment: Environment) -> None:
    artifacts = [Artifact("a", b""), Artifact("/b", b""), Artifact("c", b"", executable=True)]
    outcome = run_emitter(emitter(lambda *_: artifacts), TOOLS, environment)
    assert [(each.path, each.emitter, each.subject, each.executable) for each in outcome.value] == [
        ("a", "sheet", "", False), ("c", "sheet", "", True)
    ]  # fmt: skip
    assert [found.code.id for found in outcome.report.diagnostics] == ["QPF016"]


def test_a_gate_sees_the_files_of_its_emitter_only() -> None:
    seen: list[str] = []

    def check(_root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> list[Any]:
        seen.extend(each.path for each in artifacts)
        return []

    files = (Artifact("a", b"", emitter="sheet"), Artifact("b", b"", emitter="other"))
    assert run_gate(Registered("acme", Gate("g", (), "sheet", check)), "/", "/", files).value == ()
    assert seen == ["a"]


class Frozen(Struct, frozen=True):
    """Something a plugin is given."""

    name: str = "x"


NODE = Scalar(1, start_of("a.yaml"))


def sets_an_item() -> None:
    cast("Any", NODE)[0] = 2


def deletes_a_key() -> None:
    del cast("Any", MappingProxyType({"a": 1}))["a"]


ATTACKS: list[Callable[[], object]] = [
    lambda: setattr(Frozen(), "name", "y"),
    lambda: delattr(Frozen(), "name"),
    lambda: object.__setattr__(Frozen(), "name", "y"),
    lambda: object.__delattr__(Frozen(), "name"),
    lambda: setattr(MINE, "severity", Severity.NOTE),
    lambda: setattr(MINE, "brand_new", 1),
    lambda: setattr(NODE, "value", 2),
    lambda: cast("Any", ()).append(1),
    lambda: cast("Any", MappingProxyType({})).update(a=1),
    sets_an_item,
    deletes_a_key,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_refused_write_is_known_as_one(attack: Callable[[], object], environment: Environment) -> None:
    (found,) = run_pass(of(lambda _: attack()), environment).diagnostics
    assert found.code.id == "QPF013"


@pytest.mark.parametrize(
    "error", [TypeError("int + str"), AttributeError("'dict' object has no attribute 'x'")]
)
def test_other_mistakes_are_crashes(error: Exception, environment: Environment) -> None:
    def check(_: object) -> list[Any]:
        raise error

    (found,) = run_pass(of(check), environment).diagnostics
    assert found.code.id == "QPF012"


class UnspeakableError(Exception):
    """Cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError


def test_a_cause_is_one_short_line_without_addresses() -> None:
    assert crash.cause(ValueError("one\n  two")) == "ValueError: one two"
    assert crash.cause(ValueError(object())) == "ValueError: <object object>"
    assert crash.cause(ValueError()) == "ValueError"
    assert crash.cause(UnspeakableError()) == "UnspeakableError: (its message cannot be shown)"
    assert len(crash.cause(ValueError("x" * 5000))) < 400


def test_the_place_is_the_innermost_line_of_the_plugin() -> None:
    def inner() -> None:
        int("not a number")

    with pytest.raises(ValueError, match="not a number") as caught:
        inner()
    where = crash.place(caught.value, "tests.host")
    assert where.startswith("tests/host/test_guard.py:")
    assert where.endswith(" in inner")
    assert crash.place(caught.value, "elsewhere") == ""


def test_one_fault_is_folded_however_many_agents_it_meets(environment: Environment) -> None:
    def check(_: object) -> list[Any]:
        raise LookupError

    (found,) = run_pass(of(check), environment).diagnostics
    reports = [Report((found,)).about(subject=name) for name in ("c", "a", "b")]
    other = Report((Diagnostic(MINE, "odd"),))
    folded = fold(sum([*reports, other], Report()))
    assert [each.code.id for each in folded.diagnostics] == ["ACM001", "QPF012"]
    crashed = folded.diagnostics[1]
    assert (crashed.subject, crashed.notes[-1].message) == (
        "a",
        "and 2 more times, for other agents or environments",
    )
    assert fold(folded) == folded
    assert fold(other) is other
