"""Plugins change what they are handed by copies, whatever it is made of."""

import pytest

from qpf.api import Agent, FieldRename, Trust, replace


def agent() -> Agent:
    values = {"costs": {"limit": 1}}
    return Agent(name="a", environment="dev", values=values, compose=lambda: pytest.fail("asked"), role="old")


def test_a_copy_differs_in_what_was_said_alone() -> None:
    first = agent()
    second = replace(first, role="new")
    assert (first.role, second.role) == ("old", "new")
    assert (second.name, second.values, second.compose) == (first.name, first.values, first.compose)


def test_a_copy_remembers_nothing_that_was_worked_out_of_the_first() -> None:
    first = agent()
    before = first.digest
    second = replace(first, values={"costs": {"limit": 2}})
    assert second.digest != before
    assert second.digest == replace(agent(), values=second.values).digest


def test_a_field_that_is_not_there_is_an_error() -> None:
    with pytest.raises(TypeError, match="rolle"):
        replace(agent(), rolle="new")


def test_an_operation_is_the_same_wherever_it_is_written() -> None:
    here = FieldRename("old", "new")
    assert here == replace(here, span=object())
    assert hash(here) == hash(replace(here, span=object()))
    assert here != replace(here, new="newer")


def test_no_two_share_what_is_withheld() -> None:
    first, second = Trust(), Trust()
    first.withheld.add("a password")
    assert second.withheld == set()
