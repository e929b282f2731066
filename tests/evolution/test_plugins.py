"""Plugins contribute migrations like files do, and are blamed for what they cannot do."""

from pathlib import Path

import pytest

from tests.host.hostile import make_fleet, run_with


def aged(tmp_path: Path, name: str, *pairs: tuple[str, str]) -> Path:
    """The flat fleet, one of its agents of an earlier version."""
    root = make_fleet(tmp_path / "fleet", "python_agent")
    path = root / "agents" / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in (("schema_version: 6.0.0", "schema_version: 5.9.0"), *pairs):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return root


def test_a_plugin_lifts_a_document(tmp_path: Path) -> None:
    root = aged(tmp_path, "adder")
    assert run_with("shouts", tmp_path, "compile", root=root)[0] == 0
    composed = (root / "environments/test/composed/adder.yaml").read_text(encoding="utf-8")
    assert "  title: ADDER\n" in composed


def test_a_plugin_lifts_a_document_in_its_text(tmp_path: Path) -> None:
    root = aged(tmp_path, "adder")
    status, document = run_with("shouts", tmp_path, "migrate", "--write", root=root)
    assert status == 0
    assert [each["path"] for each in document["files"]] == ["agents/adder.yaml"]
    assert "system: {title: ADDER, owner: desk" in (root / "agents/adder.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "pairs", "why"),
    [
        ("archivist", [], "the value is too quiet a title"),
        ("adder", [("title: Adder", "title: Crash")], "the value makes the plugin fail: ZeroDivisionError"),
    ],
)
def test_what_a_plugin_cannot_rewrite_is_a_finding_with_its_name(
    tmp_path: Path, name: str, pairs: list[tuple[str, str]], why: str
) -> None:
    root = aged(tmp_path, name, *pairs)
    status, document = run_with("shouts", tmp_path, "validate", root=root)
    (found,) = [each for each in document["findings"] if each["severity"] == "error"]
    assert (found["code"], found["plugin"]) == ("QPF809", "shouts")
    assert found["message"] == f"system.title cannot be migrated: {why}"
    assert found["file"] == f"agents/{name}.yaml"
    assert status == 1
