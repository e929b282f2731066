"""Plain scalars where they stand: the value or key they mean, and what is wrong with them."""

from typing import Final, Protocol

from qpf.model.diagnostic import Code, Note
from qpf.model.node import Atom
from qpf.model.span import Span
from qpf.syntax import codes, scalars
from qpf.syntax.characters import INVISIBLE, escape

_LONGEST: Final = 40
_OCTAL: Final = frozenset("01234567")


class Report(Protocol):
    """Records a finding."""

    def __call__(self, code: Code, message: str, span: Span, hint: str = "", *notes: Note) -> None:
        """Record it."""


def plain_value(text: str, span: Span, report: Report) -> Atom:
    """The value of a plain scalar; a number that cannot be taken stays text."""
    try:
        value = scalars.resolve(text)
    except scalars.NonFiniteError:
        hint = "write a number that fits in 64 bits; put it in double quotes if it is meant as text"
        report(codes.NON_FINITE_NUMBER, f"`{short(text)}` is not a finite number", span, hint)
        return text
    except scalars.TooLongError:
        hint = "put it in double quotes if it is an identifier"
        report(codes.NUMBER_TOO_LONG, f"`{short(text)}` has more than 20 digits", span, hint)
        return text
    if type(value) is int and scalars.is_leading_zero(text):
        message = f"`{short(text)}` is {value} here, and octal or text for older readers"
        hint = f'write `{value}` for the number, `"{short(text)}"` for the text'
        digits = text.lstrip("0") or "0"
        if set(digits) <= _OCTAL and len(digits) <= _LONGEST:
            hint += f", `0o{digits}` for the octal number ({int(digits, 8)})"
        report(codes.LEADING_ZERO, message, span, hint)
    return value


def plain_key(text: str, span: Span, report: Report) -> str | None:
    """The key that a plain scalar gives, or None where it gives none."""
    if text == "<<":
        hint = 'write the keys out, or put them in a base or sub-schema; `"<<"` in quotes is an ordinary key'
        report(codes.MERGE_KEY, "merge keys are not used: qpf merges layers itself", span, hint)
        return None
    try:
        value = scalars.resolve(text)
    except ValueError:
        value = 0.0
    if isinstance(value, str):
        return text
    kind = scalars.kind_of(value)
    message = f"the key `{short(text)}` is {'an' if kind == 'integer' else 'a'} {kind}, not text"
    if value is None:
        message = f"the key `{text}` is null, not text" if text else "a key is missing before the colon"
    hint = f'put it in double quotes: `"{short(text)}":`' if text else "write the key before the colon"
    report(codes.NON_STRING_KEY, message, span, hint)
    return text or None


def short(text: str) -> str:
    """A text as messages quote it: one line, not too long, nothing invisible."""
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
    return INVISIBLE.sub(escape, text)
