"""What is known of the last compile: read as written, or not at all."""

import pytest

from qpf.engine.state import Kept, State, read_state, write_state
from qpf.model.digest import ordered, sealed

ROW = ["main_agent", "c", "k", {"agents/main_agent.yaml": "d"}, {"fleet": "e"}, 2, 3]
STATE = State(
    {"python": "3.11"},
    {"main_agent": Kept("c", "k", {"agents/main_agent.yaml": "d"}, {"fleet": "e"}, b"re", b"cor")},
)


def written(row: list[object]) -> bytes:
    return sealed(ordered([1, {"python": "3.11"}, [row]]) + b"\n" + b"recor")


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
    assert read_state(sealed(ordered([1, ["python"], []]) + b"\n")) == State()
