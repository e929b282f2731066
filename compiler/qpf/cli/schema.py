"""`qpf schema`: the agent schema that the installed plugins make up."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from qpf.cli import options
from qpf.cli.exit import NO_VERDICT
from qpf.cli.output import finish, leave, note, reserved_stdout, show_json, show_table
from qpf.cli.schema_diff import diff
from qpf.cli.schema_document import KINDS, file_name, schema_document, schema_text
from qpf.cli.session import Session
from qpf.evolution.diff.judging.rule import every_rule, summaries
from qpf.host.registry import load_registry
from qpf.io.files import replace_file
from qpf.model.nearest import did_you_mean
from qpf.render.findings_schema import findings_schema

FINDINGS = "findings"


@click.group()
def schema() -> None:
    """Work with the agent schema."""


schema.add_command(diff)


@schema.command()
@click.option(
    "--kind",
    type=click.Choice((*KINDS, FINDINGS)),
    help="Which file to describe; `composed` is an agent merged, where nothing may be missing, `findings` "
    "what `-o json` prints.  [default: agent; with --out, every file]",
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write `<kind>.schema.json` files into this folder of the fleet instead of printing.",
)
@options.output("text", "json")
@click.pass_obj
def export(session: Session, kind: str | None, out: Path | None, form: str) -> None:
    """Print or write the JSON Schema of a fleet's files, for editors and other tools.

    As text it is the bare JSON Schema; `-o json` puts it under `schema`. With --out, all kinds are
    written at once, for instance into .qpf/schemas, where the settings of `qpf init` look for them.
    """
    with reserved_stdout():
        outcome = load_registry()
        kinds = [kind] if kind else list(KINDS) if out else ["agent"]
        documents = {
            each: findings_schema() if each == FINDINGS else schema_document(each, outcome.value)
            for each in kinds
        }
    if outcome.report.failed:
        finish(outcome.report, form)
    if out is not None:
        written = _write(session.root / out, out, documents)
        if form == "json":
            show_json({"schemas": written}, outcome.report)
        else:
            show_table(("files", "schema"), [(each["files"], each["schema"]) for each in written])
        return
    ((_, document),) = documents.items()
    if form == "json":
        show_json({"schema": document}, outcome.report)
    else:
        click.echo(schema_text(document), nl=False)


def _write(folder: Path, shown: Path, documents: Mapping[str, Any]) -> list[dict[str, str]]:
    """Write schemas, each file whole; one that is there already and says the same is left alone."""
    written = []
    for kind, document in documents.items():
        name = file_name(kind)
        content = schema_text(document)
        try:
            if not (folder / name).exists() or (folder / name).read_bytes() != content:
                replace_file(folder / name, content, 0o644)
        except OSError as error:
            note(f"qpf: cannot write {(shown / name).as_posix()}: {error.strerror}")
            leave(NO_VERDICT)
        files = KINDS[kind].files if kind in KINDS else ""
        written.append({"kind": kind, "files": files, "schema": (shown / name).as_posix()})
    return written


@schema.command()
@click.argument("code", required=False)
@options.output("text", "json")
def rules(code: str | None, form: str) -> None:
    """List what `qpf schema diff` knows of changes; with CODE, say what that one means."""
    known = {rule.code: rule for rule in every_rule()}
    if code is not None and code not in known:
        hint = did_you_mean(code, known)
        message = f"no rule {code}" + (f"; {hint}" if hint else "")
        raise click.BadParameter(message, param_hint="CODE")
    chosen = [known[code]] if code else list(known.values())
    if form == "json":
        rows = [
            {"code": each.code, "name": each.name, "kinds": list(each.kinds), "page": each.page}
            for each in chosen
        ]
        show_json({"rules": rows})
    elif code:
        click.echo(f"{code} {known[code].name}\n\n{known[code].page}")
    else:
        show_table(
            ("code", "name", "means"), [(each.code, each.name, summaries()[each.code]) for each in chosen]
        )
