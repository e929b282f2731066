"""The parts of the server by themselves, on whatever may come."""

import asyncio
import shutil
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import ClassVar, NoReturn, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types as lsp

from qpf.host.registry import load_registry
from qpf.io.overlay import Overlay
from qpf.io.worktree import WorkTree
from qpf.lsp.checker import Checker, Worker
from qpf.lsp.completion import completions
from qpf.lsp.cursor import blanks_at
from qpf.lsp.desk import Desk
from qpf.lsp.hover import hover
from qpf.lsp.mending import mended
from qpf.lsp.places import definition, references
from qpf.lsp.positions import Places, code_points, units
from qpf.lsp.reading import Reading
from qpf.lsp.server import Server, answering, noting
from qpf.lsp.view import View
from qpf.model.digest import digest
from qpf.model.fleet import Source
from qpf.model.node import find, to_data
from qpf.model.span import Span
from qpf.syntax.reader import read_yaml

TINY = Path(__file__).parent.parent / "fleets" / "tiny"
TEXTS = {path: (TINY / path).read_text() for path in ("agents/keeper.yaml", "glue.yaml", "sub/memory.yaml")}
ENCODINGS = ("utf-8", "utf-16", "utf-32")


@given(st.text(), st.sampled_from(ENCODINGS), st.data())
def test_a_place_is_found_again_whatever_is_counted(line: str, encoding: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(line)))
    assert code_points(line, units(line[:index], encoding), encoding) == index


@pytest.mark.parametrize(
    ("encoding", "length"), [("utf-8", 4 + 3 + 2 + 1), ("utf-16", 2 + 1 + 1 + 1), ("utf-32", 4)]
)
def test_units_are_those_of_the_encoding(encoding: str, length: int) -> None:
    assert units("\U0001f5dd鍵éa", encoding) == length


def test_a_place_in_the_midst_of_a_character_is_before_it() -> None:
    assert code_points("a\U0001f5ddb", 2, "utf-16") == 1


def test_a_place_behind_the_end_is_the_end() -> None:
    places = Places({"a": "x: 1\ny: \U0001f5dd".encode()}, "utf-16")
    assert places.range(Span("a", 9, 9, 9, 9)).start == lsp.Position(1, 5)
    assert places.range(Span("nowhere", 3, 1, 3, 2)).start == lsp.Position(0, 0)


def test_a_place_without_extent_takes_its_line_along() -> None:
    places = Places({"a": b"x: 1\n"}, "utf-16")
    assert places.range(Span("a", 1, 1, 1, 1)) == lsp.Range(lsp.Position(0, 0), lsp.Position(0, 4))


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(list(TEXTS)), st.data())
def test_what_is_not_broken_keeps_its_place(path: str, data: st.DataObject) -> None:
    """Of a text with a piece of nonsense in it, most is read, and reads as it did."""
    text = TEXTS[path]
    at = data.draw(st.sampled_from([index + 1 for index, letter in enumerate(text) if letter == "\n"]))
    nonsense = data.draw(
        st.sampled_from(["'", '"', "[", "{", "}", "x", "\t", "- - :", "&a *b", "? [", "%", "@"])
    )
    broken = mended(text[:at] + nonsense + "\n" + text[at:])
    whole = read_yaml("", text.encode()).value
    assert broken is not None
    assert whole is not None
    kept = [key for key in whole.entries if key in broken.entries]
    assert len(kept) >= len(whole.entries) // 2


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="ab:-[]{}'\"#&*!|>%@`?, \n\t\U0001f5dd"), st.integers(0, 30), st.integers(0, 30))
def test_any_text_is_looked_at_without_a_fault(text: str, line: int, column: int) -> None:
    mended(text)
    blanks_at(text, line, column)


@pytest.fixture(scope="module")
def loaded() -> object:
    reading = Reading(load_registry().value)
    return reading.load(WorkTree(TINY), "", lambda: None).value


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(list(TEXTS)), st.data())
def test_anything_may_be_asked_anywhere_in_any_text(loaded: object, path: str, data: st.DataObject) -> None:
    text = TEXTS[path]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    text = text[:start] + data.draw(st.text(alphabet="a:-[]{}'\" \n#", max_size=5)) + text[end:]
    line = data.draw(st.integers(0, text.count("\n") + 1))
    position = lsp.Position(line, data.draw(st.integers(0, 60)))
    workspace = loaded
    view = View(path, text, workspace, Places(TEXTS_AS_BYTES, "utf-16"), lambda name: f"file:///{name}")  # type: ignore[arg-type]  # a fixture
    completions(view, position)
    spot = view.spot(position)
    if spot is not None:
        hover(view, spot)
        [view.location(span) for span in (*definition(view, spot), *references(view, spot))]


TEXTS_AS_BYTES = {path: text.encode() for path, text in TEXTS.items()}


def test_a_text_lies_over_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "qpf.yaml").write_text("on disk")
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "a.yaml").write_text("on disk")
    texts = {"base/a.yaml": b"edited", "agents/new.yaml": b"new", "environments/dev/environment.yaml": b"env"}
    outcome = Overlay(WorkTree(tmp_path), texts).sources()
    assert {source.path: source.content for source in outcome.value} == {**texts, "qpf.yaml": b"on disk"}
    assert outcome.report.diagnostics == ()


def test_a_text_takes_the_place_of_a_link_and_of_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "qpf.yaml").symlink_to("/etc/passwd")
    outcome = Overlay(WorkTree(tmp_path), {"qpf.yaml": b"edited"}).sources()
    assert [source.content for source in outcome.value] == [b"edited"]
    assert outcome.report.diagnostics == ()


def test_a_text_that_is_too_large_is_a_finding(tmp_path: Path) -> None:
    outcome = Overlay(WorkTree(tmp_path), {"qpf.yaml": b"x" * (4 * 1024 * 1024 + 1)}).sources()
    assert [found.code.name for found in outcome.report.diagnostics] == ["oversized-source"]


def test_nothing_is_read_twice_and_what_is_found_is_said_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True)
    broken = b"name: [keeper\n"
    (tmp_path / "agents" / "keeper.yaml").write_bytes(broken)
    (tmp_path / "glue.yaml").write_bytes((TINY / "glue.yaml").read_bytes().replace(b"\n", b"\r\n"))
    read: list[str] = []

    def counted(source: str, content: bytes) -> object:
        read.append(source)
        return read_yaml(source, content)

    monkeypatch.setattr("qpf.stages.parse.read_yaml", counted)
    reading = Reading(load_registry().value)
    at_once = reading.document(Source("agents/keeper.yaml", broken, digest(broken)))
    looks = [reading.load(WorkTree(tmp_path), "", lambda: None) for _ in range(3)]
    assert sorted(read) == sorted(set(read))
    assert looks[0].report == looks[1].report == looks[2].report
    said = [found.code.id for found in looks[2].report.diagnostics]
    assert {*said} >= {"QPF104", *(found.code.id for found in at_once.report.diagnostics)}


def test_what_is_being_done_is_waited_for_unless_it_hangs() -> None:
    begun, go_on, done = Event(), Event(), Event()

    def work() -> None:
        begun.set()
        go_on.wait()
        done.set()

    worker = Worker()
    worker.submit(work)
    assert begun.wait(15)
    assert not worker.end(patience=0.01)
    go_on.set()
    assert worker.end(patience=15)
    assert done.is_set()


@pytest.mark.asyncio
async def test_a_fault_of_ours_is_logged_and_nobody_is_answered() -> None:
    class Log:
        told: ClassVar[list[str]] = []

        def complain(self, told: str) -> None:
            self.told.append(told)

    async def answer(_: object, params: str) -> str:
        raise LookupError(params)

    def note(_: object, params: str) -> None:
        raise LookupError(params)

    server = cast("Server", Log())
    assert await answering(answer)(server, "asked") is None
    noting(note)(server, "told")
    assert [told.splitlines()[-1] for told in Log.told] == ["LookupError: asked", "LookupError: told"]


@pytest.mark.asyncio
async def test_a_look_that_fails_is_logged_and_what_was_found_stays() -> None:
    def judge(*_: object) -> NoReturn:
        raise LookupError

    desk = SimpleNamespace(round=0, texts={}, shown={"qpf.yaml": ("found",)}, judge=judge)
    published: list[object] = []
    logged: list[str] = []
    checker = Checker(
        cast("Desk", desk), asyncio.get_running_loop(), str, lambda *told: published.append(told),
        logged.append, lambda job: job(),
    )  # fmt: skip
    checker.edited(pause=0)
    async with asyncio.timeout(15):
        await checker.ready.wait()
    assert [told.splitlines()[-1] for told in logged] == ["LookupError"]
    assert (published, desk.shown) == ([], {"qpf.yaml": ("found",)})


def test_a_long_text_that_is_broken_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def counted(source: str, content: bytes) -> object:
        read.append(len(content))
        return read_yaml(source, content)

    monkeypatch.setattr("qpf.lsp.mending.read_yaml", counted)
    for length in (100, 10_000, 150_000, 3_000_000):
        read.clear()
        mended("a: 'open\n" * (length // 9))
        assert sum(read) <= 1_000_000 + 2 * length
    assert blanks_at("a: b\n" * 100_000 + "c", 100_000, 1) == ()


def test_a_value_loses_to_what_cannot_be_read_but_its_key_stays() -> None:
    tree = mended("a: 1\nb: 'open\nc: 3\n")
    assert tree is not None
    assert to_data(tree) == {"a": 1, "b": None, "c": 3}
    assert find(tree, ("c",)) is not None
