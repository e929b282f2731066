"""Whatever is typed into a fleet: an editor gets findings and answers, never a fault of ours, and at once."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from lsprotocol import types as lsp

from qpf.host.pins import tools_of
from qpf.host.registry import load_registry
from qpf.lsp.actions import actions
from qpf.lsp.completion import completions
from qpf.lsp.desk import Desk, Text
from qpf.lsp.hover import hover
from qpf.lsp.judging import Judging
from qpf.lsp.places import definition, references
from qpf.lsp.reading import Reading
from qpf.lsp.view import View
from tests.fuzz import seeds
from tests.fuzz.inputs import Files
from tests.fuzz.mutations import KINDS, mutated
from tests.fuzz.target import limited

PLACES = 12
"""So many places of each file are asked about."""

EACH = 5_000
fleets = st.sampled_from(("tiny", "flat", "mesh", "broken", "laden"))
numbers = st.integers(0, 2**32 - 1)
times = st.sampled_from((1, 1, 2, 4))


@cache
def desk(name: str) -> Desk:
    """A fleet on disk that an editor has open, looked at once."""
    folder = TemporaryDirectory()
    _FOLDERS.append(folder)
    for path, content in seeds.fleet(name).items():
        file = Path(folder.name) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    registry = load_registry().value
    made = Desk(Path(folder.name), Reading(registry), Judging(tools_of(registry.pins)), "utf-16")
    made.understood(made.judge({}, "2026-11-26", lambda: None)[0])
    return made


_FOLDERS: list[TemporaryDirectory[str]] = []


def answers(name: str, files: Files, chance: Random) -> None:
    """Type what is different into the files, and ask about them here and there."""
    here, before = desk(name), seeds.fleet(name)
    changed = {path: content for path, content in files.items() if before.get(path) != content}
    here.texts = {path: Text(f"file://{here.root}/{path}", text, 2) for path, text in changed.items()}
    with limited():
        for path in changed:
            here.at_once(path)
        workspace, here.shown = here.judge(here.texts, "2026-11-26", lambda: None)
        here.understood(workspace)
        for path in changed:
            view = here.view(path)
            assert view is not None
            for position in _positions(view, chance):
                spot = view.spot(position)
                if spot is not None:
                    hover(view, spot)
                    definition(view, spot)
                    references(view, spot)
                completions(view, position)
                list(actions(here, path, lsp.Range(position, position)))


def _positions(view: View, chance: Random) -> Iterator[lsp.Position]:
    for _ in range(PLACES):
        line = chance.randrange(len(view.lines) + 1)
        width = len(view.lines[line]) if line < len(view.lines) else 0
        yield lsp.Position(line, chance.randrange(width + 2))


@pytest.mark.parametrize("kind", KINDS)
def test_an_editor_is_answered_whatever_is_typed(kind: str) -> None:
    @given(fleets, numbers, times)
    @settings(max_examples=30, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    def holds(name: str, number: int, count: int) -> None:
        answers(name, mutated(name, kind, number, count), Random(number))  # noqa: S311  # not for secrets

    holds()


@pytest.mark.hunt
def test_an_editor_is_answered_whatever_is_typed_for_long() -> None:
    @seed(1)
    @given(fleets, st.sampled_from(KINDS), numbers, times)
    @settings(max_examples=EACH, suppress_health_check=[HealthCheck.too_slow])
    def holds(name: str, kind: str, number: int, count: int) -> None:
        answers(name, mutated(name, kind, number, count), Random(number))  # noqa: S311  # not for secrets

    holds()
