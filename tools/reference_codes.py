"""The reference of codes: what each means, who owns it, and the page its rule carries in its docstring."""

import inspect
import sys
import textwrap
from types import ModuleType

from qpf.api import Code, Severity
from tools import installed

INTRODUCTION = """\
# Codes

Every finding has a code, named for the defect and owned by the core or by one plugin. The first digit says
where it comes from: 0 host and configuration, 1 to 7 the seven layers of validation (syntax, structure,
types, dependencies, governance, consistency, performance), 8 evolution, 9 drift. An **error** fails the run
with exit code 1; warnings and notes do not. How a finding is laid out:
[read a finding](../how-to/read-a-finding.md).
"""


def codes() -> str:
    """The page."""
    found = [(module, code) for declared in installed.codes().values() for module, code in declared[:1]]
    rows = [row(module, code) for module, code in found]
    head = [INTRODUCTION, "| Code | Name | Severity | Owner |", "| --- | --- | --- | --- |", *rows, ""]
    return "\n".join(head + [entry(module, code) for module, code in found])


def row(module: str, code: Code) -> str:
    """One line of the table."""
    link = f"[{code.id}](#{anchor(code)})"
    return f"| {link} | {code.name} | {code.severity.name.lower()} | {installed.owner(module)} |"


def anchor(code: Code) -> str:
    """The fragment of a code's heading."""
    return f"{code.id.lower()}-{code.name}"


def entry(module: str, code: Code) -> str:
    """One code's part of the page."""
    severity = "" if code.severity is Severity.ERROR else f" ({code.severity.name.lower()})"
    lines = [f"## {code.id} {code.name}\n", f"{code.summary}{severity}\n"]
    page = rule_page(sys.modules[module], code)
    return "\n".join([*lines, page] if page else lines)


def rule_page(module: ModuleType, code: Code) -> str:
    """What the rule's docstring says beyond its first line, as Markdown."""
    if getattr(module, "CODE", None) is not code:
        return ""
    documented = inspect.getdoc(getattr(module, "check", None)) or ""
    _, _, body = documented.partition("\n")
    lines: list[str] = []
    block: list[str] = []
    for line in [*body.strip().splitlines(), "end"]:
        if line.startswith((" ", "\t")) or not line:
            block.append(line)
            continue
        lines.append(textwrap.dedent("\n".join(block)).strip())
        block = []
        lines.append(f"**{line.rstrip(':')}**" if line.endswith(":") else line)
    return "\n\n".join(part for part in lines[:-1] if part) + "\n"
