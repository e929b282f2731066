"""Artifacts stay in their folder, off the compiler's files, and claim a path once."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.host.territory import refusal, settle
from qpf.io.lockfile import is_inner_path
from qpf.model.artifact import Artifact

OWNERS = {"a": "acme", "b": "bolt"}


def art(path: str, emitter: str = "a", subject: str = "") -> Artifact:
    return Artifact(path, b"", emitter=emitter, subject=subject)


@pytest.mark.parametrize(
    "path",
    ["agents/x/README.md", "a", ".dockerignore", "manifests/x/a b.yaml", "naïve/ü.txt", "gitignore/.gitkeep"],
)
def test_plain_paths_are_allowed(path: str) -> None:
    assert refusal(art(path)) is None


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/a", "a/", "a//b", ".", "./a", "a/.", "..", "../a", "a/../b", "a/..", "C:/a", "c:a", "a\\b",
        "a\0b", "a\nb", "a\x7f", "\ud800", "a/\u202e", "x" * 256, "ä" * 128, ".git/config", "a/.GIT/hooks/x",
        "qpf.lock", "QPF.LOCK", "environment.yaml", "environment.yaml/x", "composed/x.yaml", "Composed/x",
        "composed",
    ],
)  # fmt: skip
def test_other_paths_are_refused(path: str) -> None:
    assert refusal(art(path)) is not None


@given(st.text() | st.lists(st.sampled_from(["a", "..", ".", "", "b\\", "\0", ".git"])).map("/".join))
def test_what_is_allowed_can_be_published(path: str) -> None:
    if refusal(art(path)) is None:
        assert is_inner_path(path)


def test_the_path_claimed_first_is_kept_and_both_are_named() -> None:
    outcome = settle([art("x", "b", "two"), art("x", "a", "one"), art("y", "b")], OWNERS)
    assert [(each.path, each.emitter) for each in outcome.value] == [("x", "a"), ("y", "b")]
    (found,) = outcome.report.diagnostics
    assert (found.code.id, found.plugin, found.subject) == ("QPF017", "bolt", "two")
    assert found.message == (
        "`x` is written twice: by emitter `a` of plugin `acme` for `one` "
        "and by emitter `b` of plugin `bolt` for `two`"
    )


def test_case_is_no_difference() -> None:
    (found,) = settle([art("Read.me"), art("read.ME", "b")], OWNERS).report.diagnostics
    assert "are one file where case does not count" in found.message


@pytest.mark.parametrize("paths", [("x", "x/y"), ("x/y/z", "x/y"), ("X/y", "x")])
def test_a_file_is_no_folder(paths: tuple[str, str]) -> None:
    for first, second in (paths, paths[::-1]):
        (found,) = settle([art(first), art(second, "b")], OWNERS).report.diagnostics
        assert "cannot both exist" in found.message


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", "x/y", "X", "z/1", "z/2"]))),
    st.randoms(),
)
def test_settling_is_blind_to_order(claims: list[tuple[str, str]], random: Random) -> None:
    artifacts = [art(path, emitter) for emitter, path in dict.fromkeys(claims)]
    once = settle(artifacts, OWNERS)
    random.shuffle(artifacts)
    assert settle(artifacts, OWNERS) == once
    assert settle(once.value, OWNERS).report.diagnostics == ()
