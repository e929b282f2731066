"""`qpf explain QPF412`: the page of a code."""

from typing import NoReturn

import click

from qpf import pipeline
from qpf.cli.exit import CLEAN
from qpf.cli.output import finish, leave, pages, reserved_stdout, show_json
from qpf.cli.session import Session
from qpf.host.catalogue import catalogue, named
from qpf.host.code_pages import Page, page_of
from qpf.host.registry import load_registry
from qpf.model.extension import LAYER_NAMES
from qpf.model.nearest import nearest_code
from qpf.model.policy import is_acceptable, is_firm
from qpf.render.pages import published


def explain_code(session: Session, word: str, form: str) -> NoReturn:
    """Print a code's page; ends the command."""
    with reserved_stdout():
        outcome = load_registry()
    if outcome.report.failed:
        finish(outcome.report, form)
    known = catalogue(outcome.value)
    code = named(known.values(), word)
    page = _fleets(session, word) if code is None else None
    if page is not None:
        _print(page, form)
    if code is None:
        hint = nearest_code(word, [*known, *(each.name for each in known.values())])
        message = f"there is no code {word}" + (f"; {hint}" if hint else "")
        raise click.BadParameter(message, param_hint="CODE")
    _print(page_of(code, outcome.value), form)


def _fleets(session: Session, word: str) -> Page | None:
    """The page of a code that the fleet gives out itself, if there is a fleet and it does."""
    from qpf.io.worktree import WorkTree

    with reserved_stdout():
        workspace = pipeline.load(WorkTree(session.root)).value
    given = workspace.given.value.codes if workspace else ()
    found = next((each for each in given if word in {each.code.id, each.code.name}), None)
    if found is None:
        return None
    where = f"The fleet gives it out, at {found.span}."
    return Page(found.code, "the fleet's constraints", LAYER_NAMES[found.layer - 1], where)


def _print(page: Page, form: str) -> NoReturn:
    if form == "json":
        show_json({"code": _data(page)})
    else:
        click.echo(_text(page))
    leave(CLEAN)


def _data(page: Page) -> dict[str, object]:
    return {
        "id": page.code.id,
        "name": page.code.name,
        "severity": page.code.severity.name.lower(),
        "firm": is_firm(page.code),
        "summary": page.code.summary,
        "layer": page.layer or None,
        "owner": page.owner,
        "page": page.body,
        "url": published(pages(), page.code) or None,
    }


def _text(page: Page) -> str:
    code = page.code
    layer = f" in layer {page.layer}" if page.layer else ""
    firm = f", which nothing lowers{'' if is_acceptable(code) else ' or accepts'}" if is_firm(code) else ""
    lines = [
        f"{code.id} {code.name}",
        f"{code.severity.name.lower()}{layer}, found by {page.owner}{firm}",
        "",
        code.summary,
    ]
    lines += ["", page.body] if page.body else []
    url = published(pages(), code)
    lines += ["", url] if url else []
    return "\n".join(lines)
