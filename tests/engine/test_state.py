"""What is known of the last compile: read as written, or not at all."""

import pytest

from qpf.engine.state import Kept, State, read_state, write_state
from qpf.model.digest import ordered, sealed

ROW = ["main_agent", "c", "k", {"agents/main_agent.yaml": "d"}, {"fleet": "e"}, 2, 3]
STATE = State(
    {"python": "3.11"},
    {"main_agent": Kept("c", "k", {"agents/main_agent.yaml": "d"}, {"fleet": "e"}, b"re", b"cor")},
    "around",
    {"acme/seek": (("metadata",), ("metadata", None), (None,))},
)
SILENT = {"acme/seek": [["metadata"], ["metadata", None], [None]]}


def written(row: list[object], silent: object = SILENT) -> bytes:
    return sealed(ordered([2, {"python": "3.11"}, "around", silent, [row]]) + b"\n" + b"recor")


def test_a_state_is_read_as_it_was_written() -> None:
    assert read_state(write_state(STATE)) == STATE
    assert written(ROW) == write_state(STATE)


@pytest.mark.parametrize(
    ("place", "strange"),
    [(3, {"a": 1}), (3, ["a"]), (3, None), (4, "text"), (4, {"a": None}), (5, "2"), (5, None), (6, 1.5)],
)
def test_a_sealed_row_of_other_types_is_not_believed(place: int, strange: object) -> None:
    row = [*ROW[:place], strange, *ROW[place + 1 :]]

    assert read_state(written(row)) == State()


def test_a_row_too_short_is_not_believed() -> None:
    assert read_state(written(ROW[:-1])) == State()


def test_tools_that_are_not_text_by_name_are_not_believed() -> None:
    assert read_state(sealed(ordered([2, ["python"], "", {}, []]) + b"\n")) == State()


@pytest.mark.parametrize(
    "silent", [[], "seek", {"seek": "metadata"}, {"seek": [[]]}, {"seek": [[1]]}, {"seek": 1}, {"seek": [{}]}]
)
def test_silence_of_another_form_is_not_believed(silent: object) -> None:
    assert read_state(written(ROW, silent)) == State()


def test_a_state_of_another_format_is_not_believed() -> None:
    assert read_state(sealed(ordered([1, {}, []]) + b"\n")) == State()
