"""What a person is told of an exception that nobody foresaw: one line, and whose fault it is.

Loaded only when it happens.
"""

import traceback
from contextlib import suppress
from importlib.metadata import entry_points

import click


def tell(error: BaseException, *, plugin: str = "", with_traceback: bool = False, form: str = "") -> None:
    """Say what happened on stderr.

    Args:
        error: What was raised.
        plugin: Whose command ran; empty for the compiler's own.
        with_traceback: Whether to show where.
        form: How the command prints; a service that reads SARIF is told too that there is no verdict.
    """
    culprit = plugin or _culprit(error)
    hint = "QPF_TRACEBACK=1 or `qpf --debug` shows where; please report it with that"
    message = " ".join(f"{type(error).__name__}: {error}".split())
    if culprit:
        whose = f"error in plugin `{culprit}`"
    elif isinstance(error, OSError) and error.strerror:
        # Such as a full disk behind stdout: nothing that a report would help with.
        whose, hint = "the system refuses", "`qpf --debug` shows where"
        message = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    else:
        whose = "internal error"
    click.echo(f"qpf: {whose}: {message}", err=True)
    if form == "sarif":
        from qpf.render.sarif import render_failure

        with suppress(OSError):  # it is stdout, perhaps, that refuses
            click.echo(render_failure(f"{whose}: {message}"), nl=False)
    if with_traceback:
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    else:
        click.echo(f"hint: {hint}", err=True)


def _culprit(error: BaseException) -> str:
    """The plugin in whose code an exception arose, if it did: of a model's validator, for instance."""
    packages = {entry.module: entry.name for entry in entry_points(group="qpf")}
    found = ""
    step = error.__traceback__
    while step is not None:
        module = str(step.tb_frame.f_globals.get("__name__", ""))
        for package, name in packages.items():
            if module == package or module.startswith(f"{package}."):
                found = name
        step = step.tb_next
    return found
