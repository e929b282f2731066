"""What plugins register: frozen values that the host sorts, attributes and runs."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Protocol

from msgspec import Struct

from qpf.model.artifact import Artifact
from qpf.model.diagnostic import Code, Diagnostic
from qpf.model.fleet import Agent, Environment
from qpf.model.merge import Fixed, Strategy, Tighten
from qpf.model.node import Data
from qpf.model.span import Span

LAYER_NAMES = ("syntax", "structure", "types", "dependencies", "governance", "consistency", "performance")
"""The seven layers of validation by name, from the first, which is layer 1."""


def format_layer(number: int) -> str:
    """A layer of validation as people read it: `5 (governance)`."""
    return f"{number} ({LAYER_NAMES[number - 1]})"


class Section(Struct, frozen=True):
    """A part of the agent schema.

    Attributes:
        name: Its top-level key.
        model: A pydantic model class; unknown keys must be forbidden.
        merge: Strategy by path inside the section, `*` for any one key: `thresholds.*`.
        required: Whether every agent must have it.
        since: First schema version that knows it.
        interface: Paths inside the section that other agents depend on.
        dependencies: Paths inside the section that list names of agents this one needs.
        adds: Words of a sub-schema's `adds:` that belong here, with the path they go to:
            `{"methods": "methods"}`.
        policy: Fields whose values matter to those who answer for agents, though any layer may set
            them: which way is tighter (of a list: more items or fewer), or that there is none.
    """

    name: str
    model: type[Any]
    merge: Mapping[str, Strategy] = {}
    required: bool = True
    since: str = "6.0.0"
    interface: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    adds: Mapping[str, str] = {}
    policy: Mapping[str, Tighten | Fixed] = {}


class FleetCode(Struct, frozen=True):
    """A code that a fleet gives out itself.

    Attributes:
        code: The code, as the fleet writes it.
        span: The line that gives it out.
        layer: Of which layer it is.
        refusal: What the pass reports there if a fleet may not give out this code.
    """

    code: Code
    span: Span
    layer: int
    refusal: Code


class UntoldError(Exception):
    """Raised by `fleet_codes`: the fleet may give out more codes, and the pass says why when it runs."""


class Pass(Struct, frozen=True):
    """A validation pass over agents, over a whole environment, or over the texts of the sources.

    Attributes:
        name: In kebab-case, unique.
        layer: 2 to 7, of the seven layers.
        codes: Every code it may report.
        check: Called once an agent (`scope="agent"`) with `(Agent, Environment)`, the environment
            reduced to what concerns the agent; once (`scope="environment"`) with `(Environment)`; once
            (`scope="fleet"`) with an `(Environment)` that has no agents yet; or
            once an input file (`scope="source"`) with `(Text)`, whether it can be read as a document or
            not: such a pass is told nothing of the fleet.
        after: Names of passes that come first.
        partial: Of a pass over an environment: whether what it finds is true even if agents are missing.
            It then says nothing of an agent that is `known` and not at hand, and runs while some have
            errors: until it asks for what is wrong of one, and again without that one. Other passes wait
            until all agents are sound.
        reads: A folder of sources beside documents that it looks at, such as `base/constraints`. `check` is
            called with one argument more, their texts by path, which is the same object until the fleet is
            read anew; and not at all where there are none.
        engines: Names and versions of what decides beside the plugin's own code. Where there is anything to
            read, they are part of every key and every lock.
        fleet_codes: Finds the codes that the fleet gives out itself in those texts, if it may: the pass may
            report them beside its own, but for any with a prefix of the compiler or of an installed plugin.
            Those are found once for all, and `check` is called with one argument more: whether the fleet may
            give out a code, by its id. If there may be more than it could find, it raises `UntoldError` after
            those that it found.
    """

    name: str
    layer: int
    codes: tuple[Code, ...]
    check: Callable[..., Iterable[Diagnostic]]
    scope: Literal["agent", "environment", "fleet", "source"] = "agent"
    after: tuple[str, ...] = ()
    partial: bool = False
    reads: str = ""
    engines: Callable[[], Mapping[str, str]] = dict
    fleet_codes: Callable[[Mapping[str, str]], Iterable[FleetCode]] | None = None


class Tools(Protocol):
    """What the compiler lends to emitters: its writers and its template sandbox."""

    def render(self, template: str, values: Mapping[str, Data]) -> bytes:
        """Render a template of the emitter (or the fleet's own of the same name) as UTF-8."""

    def yaml(self, *documents: Data) -> bytes:
        """Canonical YAML that every common reader reads back alike."""

    def json(self, data: Data) -> bytes:
        """Canonical JSON, indented, keys sorted."""


class Emitter(Struct, frozen=True):
    """Turns valid agents into artifacts, in memory.

    Attributes:
        name: What `targets:` calls it.
        codes: Every code it may report.
        emit_agent: `(Tools, Agent, Environment) -> artifacts` of one agent. The environment is
            reduced to what concerns the agent: of its neighbours it has the interface only. Artifacts
            may name the files that values come from, but hold no line numbers: a line that moves
            without changing a value does not emit anything anew.
        emit_environment: `(Tools, Environment) -> artifacts` shared by all agents.
        templates: Returns its template texts by name (`config.py.jinja`); a fleet replaces one
            by a file of the same name in `templates/<emitter>/`.
        filters: Extra template filters by name.
        options: A pydantic model of what `environment.yaml` may say under `options.<name>`.
    """

    name: str
    codes: tuple[Code, ...]
    emit_agent: Callable[[Tools, Agent, Environment], Iterable[Artifact]]
    emit_environment: Callable[[Tools, Environment], Iterable[Artifact]]
    templates: Callable[[], Mapping[str, str]] = dict
    filters: Mapping[str, Callable[..., Any]] = {}
    options: type[Any] | None = None


class EmitError(Exception):
    """How an emitter reports the user's mistake: carries findings."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(found.message for found in diagnostics))
        self.diagnostics = diagnostics


class Measurement(Struct, frozen=True):
    """One row of a gate's table: `coverage 93 % (at least 80 %)`."""

    subject: str
    name: str
    value: str
    threshold: str
    passed: bool
    detail: str = ""


EVERY_EMITTER = "*"
"""The target of a gate that judges whatever is emitted."""


class Gate(Struct, frozen=True):
    """A quality gate over the emitted files of an environment.

    Attributes:
        name: In kebab-case, unique.
        codes: Every code it may report.
        target: The emitter whose artifacts it judges; `*` for those of all.
        check: `(root, folder, artifacts) -> measurements`: the fleet's root, the folder the
            environment is written to (both absolute), and its artifacts. A gate may run tools.
        scope: `agent` for a gate that can judge some agents' artifacts alone, `environment` for one
            that needs them all.
    """

    name: str
    codes: tuple[Code, ...]
    target: str
    check: Callable[[str, str, tuple[Artifact, ...]], Iterable[Measurement]]
    scope: Literal["agent", "environment"] = "agent"


class Command(Struct, frozen=True):
    """An extra subcommand: `load()` returns a click command; called only when it is needed."""

    name: str
    summary: str
    load: Callable[[], Any]
