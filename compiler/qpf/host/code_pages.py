"""The page of a code: what the rule does, why what it finds is bad, an example, and what to write instead.

A rule's page is the docstring of its check, for the code that it names first. For any other it is the file
`pages/<ID>.md` in its owner's package; a code whose summary says it all has none.
"""

import inspect
import textwrap
from importlib.resources import files

from msgspec import Struct

from qpf.host.catalogue import core
from qpf.host.layers import layer_of, layers_of
from qpf.host.registry import Registry
from qpf.model.diagnostic import Code
from qpf.model.extension import LAYER_NAMES

_CORE = "qpf.host"


class Page(Struct, frozen=True):
    """What is said of a code.

    Attributes:
        code: The code.
        owner: The plugin that finds it, or `qpf`.
        layer: The layer it belongs to, by name; empty if to none.
        body: Its page, as Markdown; empty if its summary says it all.
    """

    code: Code
    owner: str
    layer: str
    body: str


def page_of(code: Code, registry: Registry) -> Page:
    """Everything that is known of a code."""
    owner = next((each for each in registry.codes if each.value.id == code.id), None)
    layer = layer_of(code, layers_of(registry))
    body = _documented(code, registry)
    if not body:
        package = _CORE if code.id in core() or owner is None else owner.package
        body = _file(package, code)
    return Page(code, owner.plugin if owner else "qpf", LAYER_NAMES[layer - 1] if layer else "", body)


def as_markdown(docstring: str) -> str:
    """A docstring without its first line: its sections with their titles in bold, and not indented."""
    _, _, rest = docstring.partition("\n")
    parts: list[str] = []
    block: list[str] = []
    for line in [*rest.strip().splitlines(), "end"]:
        if line.startswith((" ", "\t")) or not line:
            block.append(line)
            continue
        parts.append(textwrap.dedent("\n".join(block)).strip())
        block = []
        parts.append(f"**{line.rstrip(':')}**" if line.endswith(":") else line)
    return "\n\n".join(part for part in parts[:-1] if part)


def _documented(code: Code, registry: Registry) -> str:
    """What the docstring of a rule says that finds this code before any other."""
    for entry in registry.passes:
        if entry.value.codes[:1] == (code,):
            return as_markdown(inspect.getdoc(entry.value.check) or "")
    return ""


def _file(package: str, code: Code) -> str:
    place = files(package).joinpath("pages", f"{code.id}.md")
    return place.read_text(encoding="utf-8").strip() if place.is_file() else ""
