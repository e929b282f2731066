"""What an engine that asks a model works with, beyond what the schema says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qpf_runtime.clock import SystemClock
from qpf_runtime.config import ResilienceConfig
from qpf_runtime.reasoning.transcript import Recorder, into_log
from qpf_runtime.resilience import Caller


@dataclass(frozen=True, slots=True)
class Means:
    """What the agent lends its engine.

    Attributes:
        agent: What tools get as their first argument.
        caller: Makes the calls of the model, by the schema's failure policy; has the clock.
        variables: The environment variables of the process: keys of providers, and what must not be read.
        secrets: What else nobody may read in a record: what files told the process.
        recorder: Gets a transcript of each decision.
    """

    agent: object = None
    caller: Caller = field(default_factory=lambda: Caller(ResilienceConfig(), SystemClock()))
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    recorder: Recorder = into_log
