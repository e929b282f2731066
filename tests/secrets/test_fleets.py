"""A secret in any file of a fleet is a finding at its place, and no form of output repeats it."""

import json
import shutil
from pathlib import Path

import pytest

from qpf.api import EVERY_EMITTER, Artifact
from qpf_plugins.secrets.gates.artifacts import GATE
from tests.command import run

SECRET = "tr0ub4dor-and-3"  # noqa: S105  # made up: what must never be shown
FLEETS = Path(__file__).parent.parent / "fleets"
FILES = {
    "qpf.yaml": "# password: {}",
    "glue.yaml": "# password: {}",
    "agents/keeper.yaml": "reasoningengine:\n  instructions: |\n    Log in with the password: {}",
    "base/service.yaml": "# password: {}",
    "sub/memory.yaml": "learningsystem: {{update_interval_hours: 2}} # password: {}",
    "environments/dev/environment.yaml": "# password: {}",
    "migrations/6.0.0-6.1.0.yaml": "password: {}",
    "approvals/board.yaml": "password: {}",
    "templates/python_agent/extra.jinja": 'password = "{}"',
    "templates/python_agent/README.md.jinja": "{{{{ values.system.title }}}} has the password: {}",
    "base/constraints/policy.cue": 'password: "{}"',
    "logic/tiny/steps.py": 'PASSWORD = "{}"',
    "agents/broken.yaml": "name: [open\npassword: {}",
}


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FLEETS / "tiny", tmp_path / "fleet"))


def put(fleet: Path, file: str) -> tuple[int, int]:
    """Write the secret into a file; the line and column where it stands."""
    path = fleet / file
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text() if path.exists() else ""
    text = before + FILES[file].format(SECRET) + "\n"
    path.write_text(text)
    above = text[: text.index(SECRET)]
    return above.count("\n") + 1, len(above.rpartition("\n")[2]) + 1


@pytest.mark.parametrize("file", FILES)
def test_a_secret_in_any_file_is_found_where_it_stands(fleet: Path, file: str) -> None:
    line, column = put(fleet, file)
    _, output = run(["validate", "-o", "json"], fleet)
    found = [each for each in json.loads(output)["findings"] if each["code"] == "QPF520"]
    assert [(each["file"], each["line"], each["column"]) for each in found] == [(file, line, column)]
    assert found[0]["plugin"] == "secrets"
    assert found[0]["hint"]


COMMENTS = {"templates": "{{# {} #}}", "base": "// {}", "logic": "# {}"}
WHY = 'reason="of the demo" until=2999-12-31'


@pytest.mark.parametrize("file", [file for file in FILES if not file.endswith(".yaml")])
@pytest.mark.parametrize("above", [True, False])
def test_a_comment_accepts_what_is_none_in_every_file(fleet: Path, file: str, *, above: bool) -> None:
    put(fleet, file)
    comment = COMMENTS[file.partition("/")[0]].format(f"qpf: ignore[plain-text-secret] {WHY}")
    lines = (fleet / file).read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if SECRET in line)
    lines[at : at + 1] = [comment, lines[at]] if above else [f"{lines[at]} {comment}"]
    (fleet / file).write_text("\n".join(lines) + "\n")
    _, output = run(["validate", "-o", "json"], fleet)
    told = json.loads(output)
    assert [each for each in told["findings"] if each["code"] in {"QPF520", "QPF042", "QPF045"}] == []
    assert [each["code"] for each in told["suppressed"]] == ["QPF520"]


@pytest.mark.parametrize("file", [file for file in FILES if not file.endswith(".yaml")])
@pytest.mark.parametrize("above", [True, False])
def test_a_comment_that_accepts_nothing_is_removed_from_every_file(
    fleet: Path, file: str, *, above: bool
) -> None:
    comment = COMMENTS[file.partition("/")[0]].format(f"qpf: ignore[QPF520] {WHY}")
    sound = FILES[file].format("${PASSWORD}") + "\n"
    path = fleet / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{comment}\n{sound}" if above else f"{sound[:-1]}  {comment}\n")
    _, output = run(["validate", "--fix"], fleet)
    assert "fixed[QPF045 unused-suppression]" in output
    assert path.read_text() == sound


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_no_form_of_output_repeats_a_secret(fleet: Path, form: str) -> None:
    for file in FILES:
        put(fleet, file)
    status, output = run(["validate", "-o", form], fleet)
    assert status == 1
    # GitHub shows ten annotations, and is told how many there are beyond.
    assert output.count("QPF520") >= (3 if form == "github" else len(FILES))
    assert SECRET not in output


def test_a_secret_stops_a_compile(fleet: Path) -> None:
    put(fleet, "agents/keeper.yaml")
    status, output = run(["compile"], fleet)
    assert status == 1
    assert "QPF520" in output
    assert SECRET not in output
    assert not (fleet / "environments" / "dev" / "qpf.lock").exists()


@pytest.mark.parametrize("command", ["validate", "compile"])
def test_a_secret_goes_to_no_cache(fleet: Path, command: str) -> None:
    put(fleet, "agents/keeper.yaml")
    run([command], fleet)
    kept = [path for path in (fleet / ".qpf" / "cache").rglob("*") if path.is_file()]
    assert [path for path in kept if SECRET.encode() in path.read_bytes()] == []


def test_an_emitted_secret_misses_the_gate_and_is_not_repeated() -> None:
    files = (
        Artifact("agents/a/config.py", f'PASSWORD = "{SECRET}"\n'.encode(), subject="a"),
        Artifact("manifests/a/configmap.yaml", f"x: 1\npassword: {SECRET}\n".encode(), subject="a"),
        Artifact("manifests/b/configmap.yaml", b"password: ${PASSWORD}\n", subject="b"),
    )
    first, second = GATE.check("", "", files)
    assert (first.subject, first.passed, first.value) == ("a", False, "0 of 2 files free of secrets")
    assert first.detail.splitlines() == [
        "agents/a/config.py:1: a value under a secret's name",
        "manifests/a/configmap.yaml:2: a value under a secret's name",
    ]
    assert (second.subject, second.passed) == ("b", True)


def test_the_gate_counts_lines_as_every_report_does() -> None:
    (row,) = GATE.check("", "", (Artifact("a/x.yaml", f"x: 1\rpassword: {SECRET}\n".encode(), subject="a"),))
    assert row.detail.splitlines() == ["a/x.yaml:2: a value under a secret's name"]
    assert GATE.target == EVERY_EMITTER


def test_files_alike_are_judged_each_for_what_it_is() -> None:
    content = f"password: {SECRET}\n".encode()
    files = tuple(Artifact(f"a/x{suffix}", content, subject="a") for suffix in (".py.jinja", ".yaml.jinja"))
    (row,) = GATE.check("", "", files)
    assert row.detail.splitlines() == ["a/x.yaml.jinja:1: a value under a secret's name"]
