"""Contenders take turns; what is slow or never ends has one figure, and the row says so."""

import subprocess

from benchmarks.engine.turns import ONCE, beside, take_turns


def never_ends() -> float:
    raise subprocess.TimeoutExpired(["peer"], 120.0)


def test_figure_is_the_median_of_as_many_runs_as_asked() -> None:
    ours, theirs = iter((3.0, 1.0, 2.0)), iter((6.0, 4.0, 5.0))
    figures = take_turns({"ours": lambda: next(ours)}, {"theirs": lambda: next(theirs)}, 3)
    assert (figures["ours"].median, figures["theirs"].median) == (2.0, 5.0)
    row = beside("case", figures["ours"], "theirs", figures["theirs"], "ratio <= 0.4")
    assert (row.reference, row.ratio, row.met) == ("theirs", 0.4, True)


def test_what_is_slow_runs_once_and_its_row_says_so() -> None:
    ours, theirs = iter((2 * ONCE, 2 * ONCE)), iter((3 * ONCE,))
    figures = take_turns({"ours": lambda: next(ours)}, {"theirs": lambda: next(theirs)}, 2)
    assert beside("case", figures["ours"], "theirs", figures["theirs"]).reference == "theirs, one run only"
    assert len(figures["ours"].seconds) == 2


def test_what_never_ends_counts_with_its_limit_and_its_row_says_so() -> None:
    figures = take_turns({"ours": lambda: 60.0}, {"theirs": never_ends}, 2)
    row = beside("case", figures["ours"], "theirs", figures["theirs"], "ratio <= 1")
    assert row.reference == "theirs, killed unfinished after 120 s"
    assert (row.reference_value, row.ratio) == (120.0, 0.5)


def test_a_peer_that_is_missing_is_in_the_row_and_judges_nothing() -> None:
    figures = take_turns({"ours": lambda: 1.0}, {}, 1)
    row = beside("case", figures["ours"], "kapitan cannot be installed", None, "ratio <= 1")
    assert (row.reference, row.reference_value, row.met) == ("kapitan cannot be installed", None, None)
