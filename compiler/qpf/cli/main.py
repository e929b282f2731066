"""The entry point: global options, and what becomes of whatever a command raises.

Imports click and nothing else of weight, so that `qpf --version` is quick.
"""

import gc
import io
import os
import sys
from contextlib import suppress
from typing import NoReturn

import click

from qpf import __version__
from qpf.cli import exit as codes
from qpf.cli.lazy import PLUGIN, LazyGroup

_FOLDER = click.Path(exists=True, file_okay=False)


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="qpf", message="%(prog)s %(version)s")
@click.option(
    "-C", "root", metavar="DIR", type=_FOLDER, default=".", help="The fleet's folder; by default this one."
)
@click.option(
    "--debug", is_flag=True, help="Log what happens, and show tracebacks; QPF_TRACEBACK=1 does the same."
)
@click.pass_context
def qpf(ctx: click.Context, root: str, *, debug: bool) -> None:
    """Compile a fleet of agents, described in layers, into environments that run.

    Exit codes: 0 clean; 1 errors in the fleet, or files that would change; 2 no verdict: wrong
    usage, a fault of the configuration or of a plugin, or a bug.
    """
    if _told_where(debug=debug):
        import logging

        logging.basicConfig(stream=sys.stderr, level=logging.DEBUG, format="%(name)s: %(message)s")
    from pathlib import Path

    from qpf.cli.session import Session, refuse_foreign_memory

    folder = Path(root).resolve()
    refuse_foreign_memory(folder)
    ctx.obj = Session(folder)


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    # A command builds one large tree without cycles and ends: collecting would walk it again and again, and
    # takes more than half of the time that 1,000 agents need. Commands that go on turn it on again.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        # The locale has no say in what we write.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    try:
        status = _run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has left; Python would complain once more while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = codes.READER_LEFT
    except OSError as error:
        # The output cannot be written; nor, perhaps, what is said of that.
        from qpf.cli.failure import tell

        status = codes.NO_VERDICT
        with suppress(OSError):
            tell(error)
    except KeyboardInterrupt:
        status = codes.INTERRUPTED
    sys.exit(status)


def _run(arguments: list[str]) -> int:
    try:
        with qpf.make_context("qpf", arguments) as ctx:
            return _invoke(ctx)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        error.show()
        return codes.NO_VERDICT
    except (click.Abort, KeyboardInterrupt):
        return codes.INTERRUPTED


def _invoke(ctx: click.Context) -> int:
    """Run the command; an exception that nobody foresaw is a bug, ours or a plugin's, and says whose."""
    try:
        qpf.invoke(ctx)
    except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
        raise
    except (Exception, SystemExit) as error:  # the last line of defence: a person never sees a bare traceback
        from qpf.cli.failure import tell

        plugin = ctx.meta.get(PLUGIN, "")
        if isinstance(error, SystemExit) and plugin:
            raise  # The command is the plugin's, and so is how it ends.
        shown = _told_where(debug=ctx.params["debug"])
        tell(error, plugin=plugin, with_traceback=shown, form=ctx.meta.get("qpf.form", ""))
        return codes.NO_VERDICT
    return codes.CLEAN


def _told_where(*, debug: bool) -> bool:
    """Whether who calls wants to know where an exception arose that nobody foresaw."""
    return debug or os.environ.get("QPF_TRACEBACK", "") not in {"", "0"}
