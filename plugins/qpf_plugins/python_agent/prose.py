"""Text that people wrote in schemas, made safe for docstrings, comments, Markdown and TOML.

Such text is untrusted: it may hold quotes, backslashes, control characters or lines that look
like code. Every function here returns text that stays text. Knows nothing of agents.
"""

import re
from functools import lru_cache

WIDTH = 100
"""Columns of a line of emitted Python."""

# Characters that hide or reorder what a reader sees (controls, bidirectional marks, zero-width
# characters, tags, private use, noncharacters). A fixed list: `str.isprintable` differs between
# versions of Python, and the output must not.
_INVISIBLE = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U0010ffff"
)
_HIDDEN = re.compile(f"[{_INVISIBLE}]")
_DOCSTRING_ESCAPED = re.compile(rf'[{_INVISIBLE}\\]|\A"|"(?=")|(?<=")"|"\Z')
_SECTION_WORDS = (
    "args|arguments|attention|attributes|caution|danger|error|example|examples|hint|important|keyword args|"
    "keyword arguments|methods|note|notes|other args|other arguments|other parameters|parameters|receives|"
    "return|returns|raise|raises|references|see also|short summary|tip|todo|warning|warnings|warns|yield|"
    "yields|extended summary|extra parameters|keyword parameters"
)
_SECTION = re.compile(rf"\s*(?:{_SECTION_WORDS})\b\W*\Z", re.IGNORECASE)
_SIGNATURE = re.compile(r"\w\(")
_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_ENDED = (".", "!", "?")
_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|~$&]")
_LINE_START = re.compile(r"(\d*)([-+=.)])")


def escape(character: str) -> str:
    r"""Write one character as `\uXXXX`, or `\UXXXXXXXX` beyond the basic plane."""
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004 the end of the plane


def one_line(text: str) -> str:
    """The words of a text, a single space between them."""
    return " ".join(text.split())


@lru_cache(maxsize=4096)
def sentence(text: str) -> str:
    """The text on one line, capitalised and ended like a sentence; empty for an empty text."""
    line = one_line(text)
    if not line:
        return ""
    word = line.split(" ", 1)[0].rstrip(",.;:!?")
    if word.isascii() and word.isalpha() and word.islower():
        line = line[0].upper() + line[1:]
    return line if line.endswith(_ENDED) else line + "."


def fold(line: str, width: int) -> list[str]:
    """Break one line of prose between words; a word longer than a line is cut."""
    if columns(line) <= width:
        return [line]
    lines: list[str] = []
    current = ""
    for whole in line.split(" "):
        word = whole
        if current and columns(current) + 1 + columns(word) <= width:
            current += " " + word
            continue
        if current:
            lines.append(current)
        while columns(word) > width:
            cut = width if word.isascii() else max(1, width // 10)
            lines.append(word[:cut])
            word = word[cut:]
        current = word
    if current:
        lines.append(current)
    return lines


def columns(text: str) -> int:
    """How wide a text is at most in a docstring: escapes count in full, beyond ASCII all are wide."""
    if text.isascii() and text.isprintable() and "\\" not in text and '"' not in text:
        return len(text)
    escaped = _DOCSTRING_ESCAPED.sub(_escape_match, text)
    return len(escaped) + sum(1 for each in escaped if each > "\x7e")


def paragraphs(text: str, width: int) -> list[str]:
    """The lines of a text, folded; an empty line between paragraphs, none at the ends."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        flat = one_line(line)
        if flat:
            lines.extend(fold(flat, width))
        elif lines and lines[-1]:
            lines.append("")
    # A line "Returns" would be read as a heading of the docstring.
    return [f"- {line}" if _SECTION.match(line) else line for line in lines]


@lru_cache(maxsize=4096)
def docstring(text: str, *, indent: int = 0, otherwise: str, more: tuple[str, ...] = ()) -> str:
    """A docstring, quotes included, whose first line is a sentence that fits.

    Args:
        text: What the schema says; its first line becomes the summary if it fits.
        indent: Columns the docstring stands in.
        otherwise: The summary if the text does not give one: our own words, short.
        more: Paragraphs of ours to follow, one line each.
    """
    room = WIDTH - indent
    head, rest = _split(text, room - 6)
    lines = [head or otherwise]
    for block in (rest, *more):
        body = paragraphs(block, room)
        if body:
            lines += ["", *body]
    safe = [_DOCSTRING_ESCAPED.sub(_escape_match, line) for line in lines]
    if len(safe) == 1:
        return f'"""{safe[0]}"""'
    pad = " " * indent
    inner = "\n".join(pad + line if line else "" for line in safe[1:])
    return f'"""{safe[0]}\n{inner}\n{pad}"""'


def comment(text: str) -> str:
    """The text on one line, harmless behind a `#`."""
    return _HIDDEN.sub("", one_line(text))


def toml_string(text: str) -> str:
    """A TOML basic string of one line."""
    flat = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _HIDDEN.sub(_escape_match, flat) + '"'


def markdown(text: str) -> str:
    """The text on one line, as words of a Markdown paragraph or table cell: no markup, no HTML."""
    line = _MARKDOWN.sub(
        lambda found: _ENTITIES.get(found[0], "\\" + found[0]), _HIDDEN.sub("", one_line(text))
    )
    return _LINE_START.sub(r"\1\\\2", line, count=1) if _LINE_START.match(line) else line


def _split(text: str, width: int) -> tuple[str, str]:
    """The summary and what remains of the text; no summary if nothing at its start fits."""
    whole = sentence(text)
    if columns(whole) <= width:
        return ("", text) if _heading(whole) else (whole, "")
    first, *others = _BLANK.split(text.strip())
    start, stop, tail = one_line(first).partition(". ")
    head = sentence(start)
    if columns(head) > width or _heading(head):
        return "", text
    return head, "\n\n".join([tail, *others] if stop else others)


def _heading(line: str) -> bool:
    """Whether a linter would take the line for a docstring's section, or for a signature."""
    return bool(_SECTION.match(line) or _SIGNATURE.search(line))


def _escape_match(found: re.Match[str]) -> str:
    return escape(found[0])


_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
