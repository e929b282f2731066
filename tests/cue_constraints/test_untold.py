"""Codes of the fleet where nobody can tell them: neither known nor unknown."""

import sys
from pathlib import Path

import pytest

from tests.cue_constraints.test_constraints import findings, fleet

RULE = 'deployment: replicas: >=2 @qpf(code="L9-1", name="one-replica")'


def with_policy(root: Path, word: str) -> Path:
    """A fleet that names a code in a comment and in its settings."""
    file = root / "qpf.yaml"
    file.write_text(f"{file.read_text()}validation: {{severity: {{{word}: warning}}}}\n")
    base = root / "base" / "service.yaml"
    comment = f'# qpf: ignore[{word}] reason="one is enough" until=2999-12-31'
    base.write_text(base.read_text().replace("system:", f"{comment}\nsystem:", 1))
    return root


@pytest.mark.parametrize("word", ["L9-1", "one-replica"])
def test_codes_of_the_fleet_are_not_called_unknown_where_there_is_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    root = with_policy(fleet(tmp_path, a=RULE), word)
    monkeypatch.setitem(sys.modules, "cuelang", None)
    status, found = findings(root)
    assert (status, [each["code"] for each in found]) == (2, ["QPF029"])


@pytest.mark.parametrize("word", ["L9-1", "one-replica"])
def test_codes_of_a_file_that_is_broken_are_not_called_unknown(tmp_path: Path, word: str) -> None:
    root = with_policy(fleet(tmp_path, a=RULE + "}", b='deployment: port: >1 @qpf(code="L9-2")'), word)
    status, found = findings(root)
    assert (status, [each["code"] for each in found]) == (1, ["QPF391"])


@pytest.mark.parametrize("word", ["QPF999", "QPF-1", "Nonsense"])
def test_what_no_fleet_gives_out_is_unknown_whoever_cannot_tell(tmp_path: Path, word: str) -> None:
    root = with_policy(fleet(tmp_path, a=RULE + "}"), word)
    assert sorted(str(each["code"]) for each in findings(root)[1]) == ["QPF019", "QPF042", "QPF391"]


@pytest.mark.parametrize("word", ["L9-3", "three-replicas"])
def test_a_code_that_sound_constraints_do_not_give_out_is_unknown(tmp_path: Path, word: str) -> None:
    root = with_policy(fleet(tmp_path, a=RULE), word)
    assert sorted(str(each["code"]) for each in findings(root)[1]) == ["L9-1", "QPF019", "QPF042"]
