"""`qpf lsp`: the language server, for editors to start."""

import gc
import os
import sys
from importlib.util import find_spec

import click

from qpf.cli.exit import CLEAN, FINDINGS, NO_VERDICT
from qpf.cli.output import leave, note, show_report
from qpf.cli.session import Session
from qpf.cli.today import today


@click.command("lsp")
@click.option("--stdio", is_flag=True, hidden=True, help="What editors say by habit; there is no other way.")
@click.pass_obj
def serve(session: Session, *, stdio: bool) -> None:
    """Serve editors: findings, origins, definitions, completion.

    Speaks the Language Server Protocol on stdin and stdout, and is started by an editor. Texts count
    as they are in the editor, saved or not; nothing is ever written.
    """
    del stdio
    if find_spec("pygls") is None:
        note("qpf: the language server needs pygls; install `qpf[lsp]`")
        leave(NO_VERDICT)
    from qpf.host.registry import load_registry
    from qpf.lsp.answers import serve as run

    # Whatever a plugin prints must not end up in the protocol: from here on, stdout is stderr to all others.
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    registry = load_registry()
    if registry.report.failed:
        show_report(registry.report)
        leave(NO_VERDICT)
    # A question must not wait long for the thread that looks at the fleet.
    sys.setswitchinterval(0.001)
    # What is loaded by now stays; a fleet is one large tree, in which walking often finds little to collect.
    gc.freeze()
    gc.enable()
    gc.set_threshold(100_000, 50, 100)
    dismissed = run(session.root, registry.value, today, sys.stdin.buffer, target)
    leave(CLEAN if dismissed else FINDINGS)
