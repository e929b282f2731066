"""Constraints in CUE, which people of the fleet write, as passes of the layers 3 to 7."""

from collections.abc import Iterable

from qpf.api import Pass, hookimpl
from qpf_plugins.cue_constraints.passes import PASSES


@hookimpl
def qpf_passes() -> Iterable[Pass]:
    """Whether constraints make sense, and whether agents keep to them."""
    return PASSES
