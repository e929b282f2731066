"""`qpf plugins`: who takes part, and with what."""

from typing import Any

import click

from qpf.cli import options
from qpf.cli.output import finish, reserved_stdout, show_json, show_table
from qpf.cli.session import Session
from qpf.host.registry import Registry, load_registry
from qpf.host.shape import name_of

KINDS = tuple(
    each for each in Registry.__struct_fields__ if each not in {"plugins", "pins", "layout", "codes"}
)
"""What a registry holds that plugins give a name to."""
COUNTED = frozenset({"sections", "passes", "gates"})
"""Too many to be listed on a line."""


@click.command()
@options.output("text", "json")
@click.pass_obj
def plugins(session: Session, form: str) -> None:
    """List the installed plugins and what they register.

    A fleet is not needed. A plugin that cannot be loaded is an error here as everywhere.
    """
    del session  # plugins belong to the installation, not to a fleet
    with reserved_stdout():
        outcome = load_registry()
    rows = [_plugin(outcome.value, position) for position in range(len(outcome.value.plugins))]
    if form == "json" and not outcome.report.failed:
        show_json({"plugins": rows}, outcome.report)
        return
    if form == "text":
        show_table(
            ("plugin", "distribution", "version", *KINDS),
            [
                (
                    row["name"],
                    row["distribution"],
                    row["version"],
                    *(_words(row[kind], listed=kind not in COUNTED) for kind in KINDS),
                )
                for row in rows
            ],
        )
    finish(outcome.report, form)


def _plugin(registry: Registry, position: int) -> dict[str, Any]:
    plugin = registry.plugins[position]
    digests = {pin.name: pin.digest for pin in registry.pins}
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "digest": digests.get(plugin.name),
        **{
            kind: [name_of(entry.value) for entry in getattr(registry, kind) if entry.plugin == plugin.name]
            for kind in KINDS
        },
        "codes": [entry.value.id for entry in registry.codes if entry.plugin == plugin.name],
    }


def _words(names: list[str], *, listed: bool) -> str:
    """Few names in full, many as a number."""
    if not names:
        return "-"
    return ", ".join(names) if listed else str(len(names))
