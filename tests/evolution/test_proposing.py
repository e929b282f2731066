"""Moving deprecated fields in the texts of their files: what else is there stays, and it is done once."""

from typing import cast

from hypothesis import assume, given
from hypothesis import strategies as st

from qpf.evolution.deprecations import Deprecation, settled
from qpf.evolution.source import SourceText
from qpf.evolution.unlike import unlike
from qpf.fixing.fixes import most_of
from qpf.fixing.trial import Trial
from qpf.gitops.fix import Fixes, propose
from qpf.model.diagnostic import Note
from qpf.model.fleet import Document
from qpf.model.migration import Trail
from qpf.model.node import to_data
from qpf.model.span import start_of
from qpf.stages.upgrade import Use, uses_of
from qpf.syntax.writer import write_yaml
from tests.evolution.documents import BODIES, PATHS, text_tree
from tests.evolution.test_splice import commented, comments

PAIRS = st.lists(st.tuples(PATHS, PATHS), min_size=1, max_size=3)
TEXTS = BODIES.filter(bool).map(lambda body: commented(write_yaml(body).decode()))


def deprecations(*pairs: tuple[str, str]) -> tuple[Deprecation, ...]:
    return settled([Deprecation(path, "", use, None) for path, use in dict(pairs).items()])


def used(text: str, *pairs: tuple[str, str], version: str = "") -> list[Use]:
    trail = Trail("a.yaml", version, start_of("a.yaml"))
    return list(uses_of(Document("agent", "a", "a.yaml", text_tree(text), trail), deprecations(*pairs)))


def proposed(text: str, *pairs: tuple[str, str], version: str = "") -> Fixes:
    return propose(used(text, *pairs, version=version), {"a.yaml": text.encode()})


def after(text: str, *pairs: tuple[str, str]) -> str:
    """What becomes of a text."""
    edits = proposed(text, *pairs).edits
    return edits["a.yaml"].after.decode() if edits else text


def reasons(text: str, *pairs: tuple[str, str]) -> list[str]:
    return [note.message for note in proposed(text, *pairs).refused.values()]


def is_in_order(lines: list[str], others: list[str]) -> bool:
    """Whether lines are among others, in this order."""
    rest = iter(others)
    return all(line in rest for line in lines)


@given(TEXTS, PAIRS)
def test_what_moved_is_the_tree_with_fields_moved_and_the_next_run_does_nothing(text, pairs):
    done = after(text, *pairs)
    if unlike(text_tree(text), text_tree(done), deprecations(*pairs)) is not None:
        assume(len(comments(done)) < len(comments(text)))  # a mapping that lost all its fields is gone
    brought = {use.path for use in used(done, *pairs)} - {use.path for use in used(text, *pairs)}
    assume(not brought)  # is found to be deprecated then, so that nothing is written
    assert after(done, *pairs) == done
    assert set(comments(done)) <= set(comments(text))


@given(TEXTS, PATHS, st.sampled_from(["new", "new-er", "a b"]))
def test_a_rename_touches_no_byte_but_those_of_the_key(text, path, name):
    new = f'{path.rpartition(".")[0]}["{name}"]'
    expected = text
    for use in used(text, (path, new)):
        start, end = SourceText(text, text_tree(text)).range_of(use.span)
        expected = text[:start] + (f'"{name}"' if " " in name else name) + text[end:]
    done = after(text, (path, new))
    assert done in {expected, text}
    assert (done == text) == (not used(text, (path, new)) or " " in name)


@given(TEXTS, PATHS)
def test_lines_that_are_not_of_a_moved_field_stay_as_they_are_and_in_their_order(text, path):
    for use in used(text, (path, "moved.far.away")):
        source = SourceText(text, text_tree(text))
        above = source.mapping(use.path[:-1])
        assert above is not None
        assume(len(above.entries) > 1 and not source.is_flow(use.path[:-1]))
        start, end = source.block(use.path)
        done = after(text, (path, "moved.far.away"))
        assert is_in_order((text[:start] + text[end:]).splitlines(), done.splitlines())
        assert to_data(text_tree(done))["moved"] == {"far": {"away": to_data(source.entry(use.path).node)}}


def test_each_place_of_a_star_is_moved_for_itself():
    text = "s:\n  x: {a: 1}\n  y: {a: 2, b: 3}\n  z:\n    - {a: 4}  # four\n"
    assert after(text, ("s.*.a", "s.*.b")) == text.replace("x: {a", "x: {b")
    assert reasons(text, ("s.*.a", "s.*.b")) == ["s.y.b is there already"]
    assert after(text, ("s.z.*.a", "s.z.*.b")) == text.replace("{a: 4", "{b: 4")


def test_what_is_inside_of_a_field_that_moves_too_goes_its_own_way():
    pairs = ("s.x", "t.x"), ("s.x.a", "u.a")
    assert after("s:\n  x: {a: 1, b: 2}\n", *pairs) == "u:\n  a: 1\nt:\n  x: {b: 2}\n"


def test_two_that_would_go_to_one_place_are_both_left():
    text, pairs = "s: {a: 1, b: 2}\n", (("s.a", "s.b"), ("s.b", "s.c"))
    assert after(text, *pairs) == text
    assert reasons(text, *pairs) == ["s.b would go there too", "s.a would go there too"]


def test_a_key_that_is_called_like_any_other_is_left():
    text = 's: {"*": {a: 1}, x: {a: 2}}\n'
    assert reasons(text, ("s.*.a", "s.*.b")) == ["it is below a key that is called `*`"]
    assert after(text, ("s.*.a", "s.*.b")) == 's: {"*": {a: 1}, x: {b: 2}}\n'


def test_what_several_share_is_left():
    text = "a: &x {k: 1}\nb: {a: *x}\n"
    assert after(text, ("a.k", "a.l")) == text
    assert "an anchor" in reasons(text, ("a.k", "a.l"))[0]


def test_what_an_earlier_version_says_is_left():
    assert proposed("a: {k: 1}\n", ("a.k", "a.l")).edits
    assert not proposed("a: {k: 1}\n", ("a.k", "a.l"), version="1.0.0").edits


class Stub:
    """Tells of files by what is edited in them."""

    def __init__(self, *unsound: set[str]) -> None:
        self.unsound = unsound

    def blamed(self, edits):
        keys = {use.place[-1] for edit in edits.values() for use in edit.uses}
        return {"a.yaml": Note("unsound")} if keys in self.unsound or "bad" in keys else {}


def test_what_is_safe_only_with_another_is_taken_with_it_in_one_run():
    text = "s: {a: 1, b: 2, bad: 3}\n"
    found = proposed(text, ("s.a", "t.a"), ("s.b", "t.b"), ("s.bad", "t.bad"))
    trial = cast("Trial", Stub({"a"}))  # `a` is sound only beside `b`, which is tried after it
    taken = most_of(found, trial)
    assert taken.edits["a.yaml"].after == b"s: {bad: 3}\nt:\n  a: 1\n  b: 2\n"
    assert [(path, note.message) for (_, path), note in taken.refused.items()] == [(("s", "bad"), "unsound")]
