"""A plugin that cannot be loaded, or registers what it may not, stops the run with one clear finding."""

from pathlib import Path

import pytest

from tests.host.hostile import run_with

CASES = [
    ("raises_at_import", "QPF001", "cannot be loaded: RuntimeError: the license server is down"),
    ("exits_at_import", "QPF001", "cannot be loaded: SystemExit: 0"),
    ("lacks_a_module", "QPF001", "ModuleNotFoundError: No module named 'no_such_module_anywhere'"),
    ("unknown_hook", "QPF004", "implements `qpf_pases`, which is not a hook"),
    ("unmarked_hook", "QPF005", "defines `qpf_passes` without the marker `@hookimpl`"),
    ("hook_with_argument", "QPF005", "implements a hook with arguments"),
    ("wraps_a_hook", "QPF005", "wraps the hook `qpf_passes`"),
    ("raises_in_hook", "QPF006", "hook `qpf_sections` of plugin `raises_in_hook` failed: KeyError: 'costs'"),
    ("raises_in_generator_hook", "QPF006", "failed: OSError: no more"),
    ("returns_nothing", "QPF007", "hook `qpf_sections` of plugin `returns_nothing` returned None"),
    ("returns_no_list", "QPF007", "returned a Pass"),
    ("returns_the_wrong_kind", "QPF007", "handed over a Pass"),
    ("registers_a_bad_layer", "QPF007", "registers the pass `late` wrongly: `layer` must be"),
    ("registers_a_bad_migration", "QPF007", "the migration `5.9.0 → 6.0.0` wrongly: 'system' is no path"),
    ("registers_no_data", "QPF007", "must hold what a document can hold: not JSON-like data: set"),
    ("registers_an_open_model", "QPF007", "`model` must forbid unknown keys"),
    ("takes_a_header", "QPF007", "the name `composition` belongs to the compiler"),
    ("takes_a_command", "QPF007", "the name `compile` belongs to the compiler"),
    ("takes_a_section", "QPF008", "`system` is registered by plugins `agent_schema` and `takes_a_section`"),
    ("takes_a_code", "QPF009", "plugin `takes_a_code` declares code QPF299"),
    ("runs_after_nobody", "QPF010", "pass `last` of plugin `runs_after_nobody` runs after `firts`"),
    ("runs_in_a_circle", "QPF011", "in a circle: `egg` of plugin `runs_in_a_circle` after `hen` of plugin"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "code", "message"), CASES, ids=[name for name, *_ in CASES])
def test_a_plugin_that_cannot_take_part_is_one_finding(
    name: str, code: str, message: str, tmp_path: Path
) -> None:
    status, document = run_with(name, tmp_path, "validate")
    (found,) = document["findings"]
    assert (found["code"], found["plugin"], found["severity"]) == (code, name, "error")
    assert message in found["message"]
    assert f"`{name}`" in found["message"]
    assert "Traceback" not in str(document)
    assert str(tmp_path) not in str(document)
    assert status == 2


def test_the_line_that_raised_is_named(tmp_path: Path) -> None:
    _, document = run_with("raises_at_import", tmp_path, "validate")
    (found,) = document["findings"]
    assert "hostile-raises-at-import 0.1.0" in found["message"]
    assert [note["message"] for note in found["notes"]] == [
        "raised at raises_at_import.py:4 in <module>"
    ]  # fmt: skip


def test_a_misspelt_hook_is_guessed(tmp_path: Path) -> None:
    _, document = run_with("unknown_hook", tmp_path, "validate")
    assert document["findings"][0]["hint"] == "did you mean `qpf_passes`?"


def test_nothing_is_written_when_a_plugin_is_missing(tmp_path: Path) -> None:
    status, _ = run_with("raises_at_import", tmp_path, "compile")
    folder = tmp_path / "fleet" / "environments" / "test"
    assert status == 2
    assert [path.name for path in folder.iterdir()] == ["environment.yaml"]
