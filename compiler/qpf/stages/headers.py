"""What the core itself reads of each file: everything but the sections, strictly typed."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, StringConstraints

from qpf.stages.engine import ExtractionEngine, ExtractionObservability
from qpf.stages.validation import Validation
from qpf.syntax.header import Header, Version

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Label = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)]
PortName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]
Role = Annotated[str, Field(description="What it is for, in a sentence or two.")]
Priority = Literal["critical", "high", "medium", "low"]
PlainType = Literal["string", "integer", "number", "boolean"]


class FleetBranch(Header):
    """One environment of the promotion path."""

    branch: str = Field(description="Branch whose head this environment shows.", examples=["staging"])


class FleetHeader(Header):
    """`qpf.yaml`, the extractor map."""

    fleet: Label = Field(description="The fleet's name.", examples=["matching"])
    schema_version: Version = Field(description="Schema version that every document is lifted to.")
    agents: Literal["auto"] | list[Name] = Field(
        default="auto",
        description="Agents to extract, dependencies first; `auto` takes all and orders them.",
        examples=["auto", ["tensoraios", "main_agent"]],
    )
    environments: dict[Label, FleetBranch] = Field(
        min_length=1,
        description="Environments in order of promotion, with their branches.",
        examples=[{"dev": {"branch": "dev"}, "production": {"branch": "main"}}],
    )
    targets: list[Label] = Field(
        default=[], description="Emitters that every environment runs.", examples=[["python_agent"]]
    )
    validation: Validation = Field(default=Validation(), description="How findings are judged.")
    extraction_engine: ExtractionEngine = Field(
        default=ExtractionEngine(), description="How the fleet is compiled: caches, processes, progress."
    )
    extraction_observability: ExtractionObservability = Field(
        default=ExtractionObservability(), description="Where traces and figures of compiles go."
    )


class EnvironmentOverrides(Header):
    """What an environment changes."""

    all: dict[str, Any] = Field(
        default={},
        description="Sections that override every agent's.",
        examples=[{"deployment": {"replicas": 1}}],
    )
    agents: dict[Name, dict[str, Any]] = Field(
        default={},
        description="Sections that override one agent's, by name; they beat `all`.",
        examples=[{"main_agent": {"deployment": {"replicas": 3}}}],
    )


class EnvironmentHeader(Header):
    """`environments/<env>/environment.yaml`."""

    schema_version: Version = Field(description="Schema version of this file.")
    targets: list[Label] | None = Field(
        default=None, description="Emitters to run; by default those of qpf.yaml."
    )
    options: dict[str, dict[str, Any]] = Field(default={}, description="Settings of emitters, by emitter.")
    overrides: EnvironmentOverrides = Field(
        default=EnvironmentOverrides(), description="Values that differ in this environment."
    )


class PacketField(Header):
    """One field of a packet's payload."""

    type: Literal["string", "integer", "number", "boolean", "array", "map"] = Field(description="Its type.")
    items: PlainType | None = Field(default=None, description="Type of an array's items.")
    values: PlainType | None = Field(default=None, description="Type of a map's values.")
    required: bool = Field(default=True, description="Whether every packet carries it.")
    default: str | int | float | bool | None = Field(default=None, description="Value where it is absent.")
    minimum: int | float | None = Field(default=None, description="Smallest allowed number.")
    maximum: int | float | None = Field(default=None, description="Largest allowed number.")
    unit: str = Field(default="", description="Unit of a number.", examples=["fraction", "milliseconds"])
    description: str = Field(default="", description="What it means.")


class PacketKind(Header):
    """The contract of one kind of packet."""

    description: str = Field(description="What it says.")
    version: int = Field(default=1, ge=1, description="Version of its fields; raise it when they change.")
    fields: dict[Name, PacketField] = Field(
        description="Fields of the payload, by name.", examples=[{"request_id": {"type": "string"}}]
    )


class GlueConnection(Header):
    """Packets flow from an output port to an input port."""

    source: PortName = Field(
        alias="from", description="`agent.port` that sends.", examples=["main_agent.score_request"]
    )
    target: PortName = Field(
        alias="to", description="`agent.port` that receives.", examples=["tensoraios.score_request"]
    )
    packet: Name = Field(description="Kind of packet.")
    priority: Priority = Field(default="medium", description="How urgent these packets are.")


class GlueMesh(Header):
    """Every listed agent sends to every other."""

    agents: list[Name] = Field(min_length=2, description="Members.")
    output: Name = Field(description="Port that sends.")
    input: Name = Field(description="Port that receives.")
    packet: Name = Field(description="Kind of packet.")
    priority: Priority = Field(default="medium", description="How urgent these packets are.")


class GlueHeader(Header):
    """`glue.yaml`, the glue layer."""

    schema_version: Version = Field(description="Schema version of this file.")
    packets: dict[Name, PacketKind] = Field(default={}, description="Packet kinds, by name.")
    connections: list[GlueConnection] = Field(default=[], description="Who sends what to whom.")
    meshes: list[GlueMesh] = Field(default=[], description="Groups that are fully connected.")


class SubComposition(Header):
    """What a sub-schema is itself composed of."""

    subs: list[Name] = Field(default=[], description="Sub-schemas it brings along.")


class AgentComposition(Header):
    """What an agent is composed of."""

    base: Name = Field(description="The base schema: the agent's high-level role.", examples=["orchestrator"])
    subs: list[Name] = Field(
        default=[],
        description="Sub-schemas; their order has no meaning.",
        examples=[["packet_router", "reasoning_engine"]],
    )
    type: Literal["atomic", "composite"] | None = Field(
        default=None, description="`atomic` without subs, `composite` with; checked where written."
    )


class SchemaHeader(Header):
    """What every schema file starts with."""

    name: Name = Field(description="Its name; the file is called the same.", examples=["main_agent"])
    schema_version: Version = Field(description="Schema version it is written in.", examples=["6.1.0"])


class BaseHeader(SchemaHeader):
    """`base/<name>.yaml`."""

    role: Role = ""


class SubHeader(SchemaHeader):
    """`sub/<name>.yaml`."""

    type: Literal["sub-schema"] = Field(default="sub-schema", description="Always `sub-schema`.")
    parent_base: list[Name] = Field(
        default=[], description="Bases it fits; none named: any.", examples=[["orchestrator"]]
    )
    role: Role = ""
    composition: SubComposition = Field(default=SubComposition(), description="Subs it is composed of.")
    adds: dict[str, Any] = Field(
        default={}, description="What it adds to its parent: methods, imports, inputs, outputs."
    )


class AgentHeader(SchemaHeader):
    """`agents/<name>.yaml`."""

    role: Role = ""
    composition: AgentComposition = Field(description="Base and subs.")


AnySchema: TypeAlias = BaseHeader | SubHeader | AgentHeader
