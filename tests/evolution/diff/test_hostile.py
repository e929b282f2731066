"""Schemas are untrusted: no secret is repeated, and no pattern takes forever."""

import json
from pathlib import Path

import pytest

from tests.command import run

SECRET = "hunter2-is-long-enough-to-be-cut-somewhere-in-the-middle-of-a-message"  # noqa: S105  # one for tests


def schema(**fields: object) -> str:
    section = {"type": "object", "additionalProperties": False, "properties": fields}
    return json.dumps({"type": "object", "properties": {"integration": section}})


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github", "sarif"])
@pytest.mark.parametrize("product", ["", "--generate-migration-guide", "--generate-migration"])
def test_no_form_repeats_a_secret(tmp_path: Path, form: str, product: str) -> None:
    (tmp_path / "old.json").write_text(
        schema(api_key={"type": "string", "default": "s3cr3t"}, k={"enum": ["a"]})
    )
    nested = {"type": "object", "default": {"password": SECRET}}
    (tmp_path / "new.json").write_text(
        schema(api_key={"type": "string", "default": SECRET}, nested=nested, k={"enum": ["b"]})
    )
    arguments = ["schema", "diff", "old.json", "new.json", "-o", form]
    _, shown = run([*arguments, *([product] if product else [])], tmp_path)
    assert "api_key" in shown or product == "--generate-migration"
    assert "s3cr3t" not in shown
    assert SECRET[:12] not in shown


def test_a_pattern_takes_time_in_proportion_to_the_names_it_is_held_to(tmp_path: Path) -> None:
    name = "a" * 60 + "!"
    patterns = {"type": "object", "patternProperties": {"^(a+)+$": {"type": "string"}}}
    (tmp_path / "old.json").write_text(json.dumps(patterns))
    (tmp_path / "new.json").write_text(json.dumps({**patterns, "properties": {name: {"type": "string"}}}))
    status, shown = run(["schema", "diff", "old.json", "new.json", "-o", "json"], tmp_path)
    assert [each["code"] for each in json.loads(shown)["changes"]] == ["E002"]
    assert status in {0, 1}
