"""All that a plugin may import.

Example:
    ```python
    from qpf.api import Section, hookimpl

    @hookimpl
    def qpf_sections():
        return [Section(name="costs", model=Costs, required=False)]
    ```
"""

import pluggy
from msgspec.structs import replace

from qpf.model.artifact import Artifact
from qpf.model.cache import Cache, Store, StoreError, StoreOptions, StoreSize
from qpf.model.diagnostic import Applicability, Code, Diagnostic, Fix, Note, Severity, TextEdit
from qpf.model.digest import canonical, digest, digest_of
from qpf.model.doubt import parted
from qpf.model.event import (
    AgentChecked,
    Event,
    ExtractionFinished,
    ExtractionStarted,
    Notifier,
    Origin,
    Planned,
    RunFinished,
    RunStarted,
    Sink,
    SinkOptions,
    StageFinished,
)
from qpf.model.executor import Executor, ExecutorError, Pool
from qpf.model.extension import (
    EVERY_EMITTER,
    Command,
    EmitError,
    Emitter,
    FleetCode,
    Gate,
    Measurement,
    Pass,
    Section,
    Tools,
    UntoldError,
    format_layer,
)
from qpf.model.fleet import Agent, Connection, Environment, Glue, Port
from qpf.model.merge import Append, Exclusive, Fixed, Keyed, Replace, Set, Strategy, Tighten
from qpf.model.migration import (
    FieldAdd,
    FieldDeprecated,
    FieldMove,
    FieldRemove,
    FieldRename,
    Join,
    ListToMap,
    Migration,
    Rewrite,
    Split,
    TypeChange,
    ValueMap,
)
from qpf.model.nearest import did_you_mean
from qpf.model.node import Data, thaw
from qpf.model.path import Path, format_path
from qpf.model.secret import Caught, catch
from qpf.model.span import Span, start_of
from qpf.model.text import Text
from qpf.model.trust import Trust

hookimpl = pluggy.HookimplMarker("qpf")

__all__ = [
    "EVERY_EMITTER",
    "Agent",
    "AgentChecked",
    "Append",
    "Applicability",
    "Artifact",
    "Cache",
    "Caught",
    "Code",
    "Command",
    "Connection",
    "Data",
    "Diagnostic",
    "EmitError",
    "Emitter",
    "Environment",
    "Event",
    "Exclusive",
    "Executor",
    "ExecutorError",
    "ExtractionFinished",
    "ExtractionStarted",
    "FieldAdd",
    "FieldDeprecated",
    "FieldMove",
    "FieldRemove",
    "FieldRename",
    "Fix",
    "Fixed",
    "FleetCode",
    "Gate",
    "Glue",
    "Join",
    "Keyed",
    "ListToMap",
    "Measurement",
    "Migration",
    "Note",
    "Notifier",
    "Origin",
    "Pass",
    "Path",
    "Planned",
    "Pool",
    "Port",
    "Replace",
    "Rewrite",
    "RunFinished",
    "RunStarted",
    "Section",
    "Set",
    "Severity",
    "Sink",
    "SinkOptions",
    "Span",
    "Split",
    "StageFinished",
    "Store",
    "StoreError",
    "StoreOptions",
    "StoreSize",
    "Strategy",
    "Text",
    "TextEdit",
    "Tighten",
    "Tools",
    "Trust",
    "TypeChange",
    "UntoldError",
    "ValueMap",
    "canonical",
    "catch",
    "did_you_mean",
    "digest",
    "digest_of",
    "format_layer",
    "format_path",
    "hookimpl",
    "parted",
    "replace",
    "start_of",
    "thaw",
]
