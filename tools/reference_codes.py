"""The reference of codes: one page a code, with the case that shows it, and an index of them all."""

from functools import cache

from qpf.api import Code
from qpf.host.catalogue import catalogue
from qpf.host.code_pages import Page, page_of
from qpf.host.registry import Registry, load_registry
from tools import installed
from tools.code_cases import Case, case_of

INDEX = """\
# Codes

Every finding has a code, named for the defect and owned by the core or by one plugin. The first digit says
where it comes from: 0 host and configuration, 1 to 7 the seven layers of validation (syntax, structure,
types, dependencies, governance, consistency, performance), 8 evolution, 9 drift. An **error** fails the run
with exit code 1; warnings and notes do not, unless `qpf.yaml` or `--strict` says so. How a finding is laid
out: [read a finding](../how-to/read-a-finding.md). `qpf explain CODE` prints a page.
"""


@cache
def registry() -> Registry:
    """The built-in plugins."""
    return load_registry(installed.plugins()).value


def codes() -> str:
    """The index."""
    rows = [row(page_of(code, registry())) for code in catalogue(registry()).values()]
    return "\n".join([INDEX, "| Code | Name | Severity | Owner |", "| --- | --- | --- | --- |", *rows, ""])


def pages() -> dict[str, str]:
    """Every code's page, by its file in the reference."""
    return {
        f"codes/{code.id}.md": text_of(page_of(code, registry()), case_of(code))
        for code in catalogue(registry()).values()
    }


def row(page: Page) -> str:
    """One line of the index."""
    code = page.code
    return f"| {link(code)} | {code.name} | {code.severity.name.lower()} | {page.owner} |"


def link(code: Code, folder: str = "") -> str:
    """The link to a code's page, from a page of the reference."""
    return f"[{code.id}]({folder}codes/{code.id}.md)"


def text_of(page: Page, case: Case | None) -> str:
    """One code's page."""
    code = page.code
    layer = f" in layer {page.layer}" if page.layer else ""
    head = f"# {code.id} {code.name}\n\n{code.summary}\n"
    facts = f"{code.severity.name.capitalize()}{layer}, found by `{page.owner}`.\n"
    parts = [head, facts, *([f"{page.body}\n"] if page.body else []), *([shown(case)] if case else [])]
    return "\n".join(parts)


def shown(case: Case) -> str:
    """A case: what was typed, and what was printed of this code."""
    commands = "\n".join(case.commands)
    blocks = "\n\n".join(case.blocks)
    return (
        f"## As it is found\n\nFrom the tests, `tests/cases/{case.name}`:\n\n"
        f"```console\n{commands}\n```\n\n```text\n{blocks}\n```\n"
    )
