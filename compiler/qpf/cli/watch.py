"""`--watch`: a command that looks at the sources, run again whenever they change, until Ctrl-C."""

import gc
import sys
from collections.abc import Callable, Mapping
from typing import NoReturn

import click

from qpf.cli.exit import CLEAN, FINDINGS, NO_VERDICT
from qpf.cli.output import leave, note
from qpf.cli.session import Session
from qpf.io.watching import wakes
from qpf.io.worktree import WorkTree

_NAMED = 5
"""So many changed files are named; the others are counted."""

_VERDICTS = {CLEAN: "no errors", FINDINGS: "errors", NO_VERDICT: "no verdict"}


def watching(ctx: click.Context, command: click.Command) -> NoReturn:
    """Run a command at once, and again after each change; Ctrl-C ends with the last exit code."""
    asked = ctx.params
    if asked["fix"] or asked["rev"] is not None or asked["form"] != "text":
        message = "--watch looks at the work tree, changes nothing and prints text"
        raise click.UsageError(message)
    session: Session = ctx.obj
    code = NO_VERDICT
    known: Mapping[str, str] | None = None
    try:
        for _ in wakes(session.root):
            now = {source.path: source.digest for source in WorkTree(session.root).sources().value}
            if now == known:
                continue
            told = _told(known, now)
            known = now
            _clear()
            if told:
                note(told)
            code = _look(lambda: ctx.invoke(command, **{**asked, "watch": False}))
            note(f"{_VERDICTS[code]}; waiting for changes, Ctrl-C ends it")
    except KeyboardInterrupt:
        note("")
        leave(code)
    except ImportError:
        note("qpf: --watch needs watchfiles; install qpf[watch]")
    except OSError as error:
        note(f"qpf: cannot watch {session.root}: {error.strerror or error}")
        note("hint: WATCHFILES_FORCE_POLLING=1 looks at every file again and again instead")
    leave(NO_VERDICT)


def _look(look: Callable[[], object]) -> int:
    """Run the command; its exit code."""
    gc.disable()
    try:
        look()
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.BadParameter as error:  # an agent or environment that was asked for is gone
        error.show()
        return NO_VERDICT
    finally:
        gc.enable()  # a command that ends does not collect; this one goes on
        gc.collect()
    return CLEAN


def _told(before: Mapping[str, str] | None, now: Mapping[str, str]) -> str:
    """What has changed, in a line; nothing at the first look."""
    if before is None:
        return ""
    changed = [f"{path} is new" for path in now if path not in before]
    changed += [f"{path} is gone" for path in before if path not in now]
    changed += [f"{path} changed" for path in now if path in before and before[path] != now[path]]
    left = len(changed) - _NAMED
    return ", ".join(sorted(changed)[:_NAMED]) + (f" and {left} more" if left > 0 else "")


def _clear() -> None:
    if sys.stderr.isatty():
        click.clear()
