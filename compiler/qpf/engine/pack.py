"""What one extraction made, as one string of bytes: a table of its files, then their contents.

Knows nothing of where packs are kept. What comes out of a cache was sealed to its key there, so a pack is
whole or absent; here only its form is checked.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import accumulate
from sys import intern
from typing import Any

from msgspec import Struct

from qpf.model.artifact import Artifact
from qpf.model.digest import digest, ordered
from qpf.model.output import Output

_SEPARATOR = b"\n"


class Head(Struct, frozen=True):
    """The table of one extraction's files.

    Attributes:
        outputs: In the order emitted.
        tests: How many of them are tests.
        lines: Lines of Python in them.
        size: Bytes of the table, with the separator after it.
    """

    outputs: tuple[Output, ...]
    tests: int
    lines: int
    size: int


def write_pack(artifacts: Iterable[Artifact]) -> bytes:
    """Pack the artifacts of one agent."""
    files = tuple(artifacts)
    head = {
        "subject": files[0].subject if files else "",
        "files": [
            [each.path, digest(each.content), len(each.content), each.executable, each.emitter]
            for each in files
        ],
        "tests": sum(is_test(each.path) for each in files),
        "lines": sum(each.content.count(b"\n") for each in files if each.path.endswith(".py")),
    }
    return b"".join((ordered(head), _SEPARATOR, *(each.content for each in files)))


def read_head(payload: bytes) -> Head:
    """Read the table of a pack, or of the beginning of one that has all of it.

    Raises:
        ValueError: If `write_pack` did not write it.
    """
    text, found, _ = payload.partition(_SEPARATOR)
    try:
        head: dict[str, Any] = json.loads(text)
        subject = head["subject"]
        outputs = tuple(
            Output(path, each, size, executable, intern(emitter), subject)
            for path, each, size, executable, emitter in head["files"]
        )
        return Head(outputs, int(head["tests"]), int(head["lines"]), len(text) + len(found))
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        message = "this is no pack"
        raise ValueError(message) from error


def read_pack(payload: bytes) -> Head:
    """Read the table of a pack, and see that all files are as it says.

    Raises:
        ValueError: If they are not.
    """
    head = read_head(payload)
    if not all(map(_is_plain, head.outputs)):
        message = "the table of this pack is not what it should be"
        raise ValueError(message)
    if not all(digest(content) == output.digest for output, content in contents(payload, head)):
        message = "a file of this pack is not what its table says"
        raise ValueError(message)
    return head


def contents(payload: bytes, head: Head) -> Iterator[tuple[Output, bytes]]:
    """Every file of a pack with its content.

    Raises:
        ValueError: If the pack is not as long as its table says.
    """
    if head.size + sum(each.size for each in head.outputs) != len(payload):
        message = "this pack is not as long as its table says"
        raise ValueError(message)
    starts = accumulate((each.size for each in head.outputs), initial=head.size)
    for output, start in zip(head.outputs, starts, strict=False):
        yield output, payload[start : start + output.size]


def _is_plain(output: Output) -> bool:
    """Whether each field is of its type, and the emitter's name one that can be written."""
    kinds: list[object] = [type(each) for each in output]
    return kinds == [str, str, int, bool, str, str] and output.size >= 0 and output.emitter.isprintable()


def is_test(path: str) -> bool:
    """Whether a file is a test, by the name pytest looks for."""
    name = path.rpartition("/")[2]
    return name.startswith("test_") and name.endswith(".py")


def part_of(path: str) -> str:
    """What a file is of an extraction, in the guide's words: `code`, `tests`, `docs` or `manifest`."""
    if is_test(path) or "/tests/" in path:
        return "tests"
    name, _, suffix = path.rpartition("/")[2].rpartition(".")
    if suffix in {"md", "rst"}:
        return "docs"
    return "code" if suffix in {"py", "toml", "typed"} or not name else "manifest"
