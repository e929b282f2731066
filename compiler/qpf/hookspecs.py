"""Every hook. Each is called once, takes nothing, and hands over frozen values.

The host sorts, attributes and runs what is registered; the order in which plugins load
or hooks are called never matters.
"""

from collections.abc import Iterable

import pluggy

from qpf.model.cache import Cache
from qpf.model.event import Notifier
from qpf.model.executor import Executor
from qpf.model.extension import Command, Emitter, Gate, Pass, Section
from qpf.model.migration import Migration

hookspec = pluggy.HookspecMarker("qpf")


@hookspec
def qpf_sections() -> Iterable[Section]:
    """Register parts of the agent schema. A name may be registered once."""


@hookspec
def qpf_migrations() -> Iterable[Migration]:
    """Register steps from one schema version to a later one. A step may be given once."""


@hookspec
def qpf_passes() -> Iterable[Pass]:
    """Register validation passes."""


@hookspec
def qpf_emitters() -> Iterable[Emitter]:
    """Register emitters; an environment runs those its `targets:` name."""


@hookspec
def qpf_gates() -> Iterable[Gate]:
    """Register quality gates over emitted files, run by `qpf test`."""


@hookspec
def qpf_caches() -> Iterable[Cache]:
    """Register caches of extractions that machines share. A scheme may be registered once."""


@hookspec
def qpf_executors() -> Iterable[Executor]:
    """Register kinds of executors that compile elsewhere. A scheme may be registered once."""


@hookspec
def qpf_notifiers() -> Iterable[Notifier]:
    """Register kinds of sinks that follow a compile. A scheme may be registered once."""


@hookspec
def qpf_commands() -> Iterable[Command]:
    """Register extra subcommands of `qpf`."""
