"""Replace secrets in what is shown, so that no renderer repeats them; `qpf.model.secret` finds them."""

from collections.abc import Mapping

from qpf.model.diagnostic import Diagnostic, TextEdit
from qpf.model.node import Data
from qpf.model.secret import secrets

MASK = "***"

__all__ = ["MASK", "mask", "mask_value", "secrets", "shown_edits"]


def mask(text: str) -> str:
    """The text with every secret replaced by `***`, of whatever length it is; lines stay lines."""
    parts = []
    position = 0
    for start, end in secrets(text):
        parts += [text[position:start], MASK]
        position = end
    return "".join(parts) + text[position:]


def shown_edits(found: Diagnostic) -> tuple[TextEdit, ...]:
    """The edits of a finding's fix; none, if they would put a secret into a text: it cannot be shown."""
    edits = found.fix.edits if found.fix else ()
    return edits if all(mask(each.text) == each.text for each in edits) else ()


def mask_value(name: str | int, value: Data) -> Data:
    """A value that is shown under a name, with every secret in it replaced."""
    if isinstance(value, Mapping):
        return {key: mask_value(key, each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [mask_value(name, each) for each in value]
    if isinstance(value, str):
        return mask(f"{name}: {value}").removeprefix(f"{name}: ")
    return value
