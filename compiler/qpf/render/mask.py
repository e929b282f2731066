"""Find obvious secrets in text, so that no renderer repeats them.

A net for what should not be there at all: schemas hold references to secrets, never their values. It
masks too much rather than too little, but leaves references (`secret: main-agent-memory`) readable.
"""

import re
from collections.abc import Iterable, Mapping

from qpf.model.diagnostic import Diagnostic, TextEdit
from qpf.model.node import Data

MASK = "***"

_NAMES = (
    r"(?:password|passwd|passphrase|pwd|api[_-]?key|secret[_-]?key|secret[_-]?access[_-]?key"
    r"|client[_-]?secret|app[_-]?secret|shared[_-]?secret|private[_-]?key|signing[_-]?key"
    r"|encryption[_-]?key|access[_-]?key|account[_-]?key|auth[_-]?token|access[_-]?token"
    r"|refresh[_-]?token|token|credentials?)"
)
_QUOTED = r"""\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\n]|'')*'?"""
_PLAIN = r"[^\s\"'{}\[\]|>&*!#,](?:[^\n,}\]#]|(?<!\s)#)*"

_BLOCK = (
    rf"^([ ]*)(?:- )?[\"']?[\w.-]{{0,64}}{_NAMES}[\"']?:[ ]*[|>][-+0-9]*[ ]*\n"
    r"(?P<block>(?:\1 +[^\n]*(?:\n|\Z)|[ ]*\n)+)"
)
_NEXT_LINE = (
    rf"name:[ ]{{0,8}}[\"']?[\w.-]{{0,64}}{_NAMES}[\"']?[ ]*\n[ ]*[\"']?value[\"']?:[ ]{{0,8}}"
    rf"({_QUOTED}|{_PLAIN})"
)

# The value is in the group; in patterns without one the whole match is the secret.
_PATTERNS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        # password: hunter2      "api_key": "..."      TOKEN=...
        (rf"{_NAMES}[\"']?[ \t]{{0,8}}(?::(?!//)|=)[ \t]{{0,8}}({_QUOTED}|{_PLAIN})", re.IGNORECASE),
        # password: |            and the lines below it that stand further in
        (_BLOCK, re.IGNORECASE | re.MULTILINE),
        # - name: DB_PASSWORD    with its value on the next line
        (_NEXT_LINE, re.IGNORECASE),
        (r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(.*?)(?:-----END|\Z)", re.DOTALL),
        (r"://([^\s/@\"'<>]+)@", 0),
        (r"(?<![A-Za-z0-9])(?:bearer|basic)[ ]+([A-Za-z0-9._~+/=-]{16,})", re.IGNORECASE),
        (r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Z])", 0),
        (r"(?<![A-Za-z0-9])gh[opsru]_[A-Za-z0-9]{20,}", 0),
        (r"(?<![A-Za-z0-9])github_pat_[A-Za-z0-9_]{20,}", 0),
        (r"(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{16,}", 0),
        (r"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30,}", 0),
        (r"(?<![A-Za-z0-9])pypi-AgE[A-Za-z0-9_-]{16,}", 0),
        (r"(?<![A-Za-z0-9_-])sk-(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{16,}", 0),
        (r"(?<![A-Za-z0-9])xox[abeprs]-[A-Za-z0-9-]{10,}", 0),
        (r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}", 0),
        (r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}", 0),
    )
)
_HINTS = re.compile(
    r"pass|pwd|key|secret|token|credential|-----BEGIN|://|bearer|basic|AKIA|ASIA|gh[opsru]_|github_pat_|glpat-"
    r"|npm_|pypi-|sk-|xox|AIza|eyJ",
    re.IGNORECASE,
)
_EMPTY = frozenset({"", "null", "true", "false", "none", "~"})


def secrets(text: str) -> tuple[tuple[int, int], ...]:
    """Where secrets stand in a text: ranges that do not overlap, sorted, none across a line end."""
    if not _HINTS.search(text):
        return ()
    found: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            group: str | int = "block" if "block" in pattern.groupindex else min(pattern.groups, 1)
            start, end = match.span(group)
            found.extend(_lines(text, start, end))
    return tuple(_merged(found))


def mask(text: str) -> str:
    """The text with every secret replaced by `***`, of whatever length it is; lines stay lines."""
    parts = []
    position = 0
    for start, end in secrets(text):
        parts += [text[position:start], MASK]
        position = end
    return "".join(parts) + text[position:]


def _lines(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    """Split a range at line ends, trimmed of spaces and quotes; empty values are no secrets."""
    for line in re.finditer(r"[^\r\n]+", text[start:end]):
        value = line.group()
        inner = value.strip(" \t\"'")
        if inner.lower() not in _EMPTY:
            offset = start + line.start() + value.index(inner)
            yield offset, offset + len(inner)


def _merged(ranges: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    last: tuple[int, int] | None = None
    for start, end in sorted(ranges):
        if last is not None and start <= last[1]:
            last = (last[0], max(last[1], end))
            continue
        if last is not None:
            yield last
        last = (start, end)
    if last is not None:
        yield last


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
