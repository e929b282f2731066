"""What is said of a plugin that did wrong: one finding that names it, and where inside of it that was."""

import logging
from typing import Any

from qpf.host import codes, crash
from qpf.host.plugin import Registered
from qpf.model.diagnostic import Diagnostic, Note
from qpf.model.extension import Pass

_log = logging.getLogger(__name__)


def crashed(entry: Registered[Any], error: BaseException, doing: str) -> Diagnostic:
    """A plugin raised an exception while it was doing something."""
    kind = type(entry.value).__name__.lower()
    _log.debug("%s %s of plugin %s crashed", kind, entry.value.name, entry.plugin, exc_info=error)
    where = crash.place(error, entry.package)
    notes = (Note(f"while {doing}"), *((Note(f"raised at {where}"),) if where else ()))
    who = f"{kind} `{entry.value.name}` of plugin `{entry.plugin}`"
    if crash.is_refused_write(error):
        return Diagnostic(
            codes.PLUGIN_MUTATED_INPUT,
            f"{who} tried to change what it was given to read: {crash.cause(error)}",
            notes=notes,
            hint="values are shared and read-only: change a copy, `qpf.api.thaw(value)`",
            plugin=entry.plugin,
        )
    return Diagnostic(
        codes.PLUGIN_CRASHED,
        f"{who} crashed: {crash.cause(error)}",
        notes=notes,
        hint=f"this is a fault of plugin `{entry.plugin}`, not of the fleet: report it to its authors",
        plugin=entry.plugin,
    )


def too_slow(entry: Registered[Pass], seconds: float, doing: str) -> Diagnostic:
    """A pass was ended because it took more processor time than it may."""
    what = "for one agent" if entry.value.scope == "agent" else "for one environment"
    return Diagnostic(
        codes.PASS_TOO_SLOW,
        f"{pass_named(entry)} took more than {seconds:g} s of processor time {what}, and was ended",
        notes=(Note(f"while {doing}"), Note("it was not run again; what it found is not told")),
        hint=f"report it to the authors of plugin `{entry.plugin}`; if it may take longer, raise "
        "`validation.seconds_per_pass` in qpf.yaml",
        plugin=entry.plugin,
    )


def pass_named(entry: Registered[Pass]) -> str:
    """What messages call a pass."""
    return f"pass `{entry.value.name}` of plugin `{entry.plugin}`"
