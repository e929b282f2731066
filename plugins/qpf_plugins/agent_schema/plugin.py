"""Registers the agent schema: its sections and the rules that hold between them."""

from collections.abc import Iterable

from qpf.api import Pass, Section, hookimpl
from qpf_plugins.agent_schema.passes import PASSES
from qpf_plugins.agent_schema.sections import SECTIONS


@hookimpl
def qpf_sections() -> Iterable[Section]:
    """The twelve sections every agent must have."""
    return SECTIONS


@hookimpl
def qpf_passes() -> Iterable[Pass]:
    """The rules between sections and between agents, layers 4 to 7."""
    return PASSES
