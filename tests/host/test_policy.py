"""What a section may say of fields that matter to those who answer for agents."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from qpf.host.shape import fault_of
from qpf.model.extension import Section
from qpf.model.merge import Fixed, Set, Tighten


class Quota(BaseModel):
    """What an agent may use."""

    model_config = ConfigDict(extra="forbid")

    most: int = 10


def section(policy: Any) -> Section:
    return Section(name="quota", model=Quota, policy=policy)


@pytest.mark.parametrize(
    "policy",
    [{}, {"most": Tighten(tighter="down")}, {"most": Fixed()}, {"limits.*.most": Tighten(order=("a", "b"))}],
)
def test_a_policy_says_which_way_is_tighter_or_that_there_is_none(policy: Any) -> None:
    assert fault_of(section(policy)) is None


@pytest.mark.parametrize("policy", [{"most": Set()}, {"most": "down"}, {1: Fixed()}, ["most"], None])
def test_anything_else_is_said_to_be_wrong(policy: Any) -> None:
    assert fault_of(section(policy)) == "`policy` must be a mapping of strings to Tighten or Fixed"


def test_a_policy_is_about_paths() -> None:
    assert "is not a path inside the section" in str(fault_of(section({"most[": Fixed()})))
