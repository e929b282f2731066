"""What `environment.yaml` may say under `options.kubernetes`: facts about the cluster, unknown to agents."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from qpf.api import Data, Environment, thaw

NAME = "kubernetes"

BROKER = "nats"
"""The name under which agents list the broker among their services."""

Item = TypeVar("Item")

# A YAML list arrives as a list and is kept as a tuple; its items stay strict.
Items = Annotated[tuple[Item, ...], Field(strict=False)]

NamespaceName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
ObjectName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
HostName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
Size = Annotated[str, Field(pattern=r"^[1-9][0-9]*(Ki|Mi|Gi|Ti)$")]
Cpu = Annotated[
    str,
    Field(pattern=r"^([1-9][0-9]*m|[1-9][0-9]*(\.[0-9]{1,3})?|0\.([1-9][0-9]{0,2}|0[1-9][0-9]?|00[1-9]))$"),
]
Port = Annotated[int, Field(ge=1, le=65535)]
LabelKey = Annotated[
    str,
    Field(pattern=r"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$"),
]
LabelValue = Annotated[str, Field(pattern=r"^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$")]
ImageName = Annotated[str, Field(pattern=r"^[a-z0-9][A-Za-z0-9._/@:-]*$")]
Cidr = Annotated[str, Field(pattern=r"^[0-9a-fA-F.:]+/[0-9]{1,3}$")]


class OptionsModel(BaseModel):
    """A block of options: nothing is coerced, nothing unknown is let through."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Peer(OptionsModel):
    """Pods of this cluster that agents talk to."""

    namespace: NamespaceName = Field(description="The namespace they run in.")
    labels: dict[LabelKey, LabelValue] = Field(
        default_factory=dict, description="Labels they carry; none means every pod of the namespace."
    )
    port: Port = Field(description="The port the pods themselves listen on.")


class Service(OptionsModel):
    """Where an external service is reached: pods of a namespace, or addresses outside the cluster."""

    namespace: NamespaceName | None = Field(
        default=None, description="The namespace it runs in; leave it out for a service outside the cluster."
    )
    labels: dict[LabelKey, LabelValue] = Field(
        default_factory=dict, description="Labels of its pods; none means every pod of the namespace."
    )
    cidr: Cidr | None = Field(
        default=None,
        description="Addresses of a service outside the cluster, in place of `namespace`.",
        examples=["10.40.0.0/16"],
    )
    port: Port = Field(description="The port the pods (or the addresses) themselves listen on.")
    host: HostName | None = Field(
        default=None,
        description=(
            "The name agents connect to; left out, that of a Service called as the service is, in its "
            "`namespace`."
        ),
        examples=["nats.messaging.svc"],
    )
    protocol: Literal["TCP", "UDP"] = Field(default="TCP", description="The transport it speaks.")

    def address(self, name: str) -> str:
        """Host and port that agents connect to; `name` is what the service is called."""
        return f"{self.host or f'{name}.{self.namespace}.svc'}:{self.port}"

    @property
    def named(self) -> bool:
        """Whether agents can be told where it is, beyond being let through to it."""
        return self.host is not None or self.namespace is not None

    @model_validator(mode="after")
    def _one_place(self) -> "Service":
        if (self.namespace is None) == (self.cidr is None):
            message = "say where it is: either namespace (with labels) or cidr, not both"
            raise ValueError(message)
        if self.cidr is not None and self.labels:
            message = "labels select pods; addresses outside the cluster have none"
            raise ValueError(message)
        if self.cidr is not None:
            ip_network(self.cidr)
        return self


class Storage(OptionsModel):
    """Disk space of an agent."""

    size: Size = Field(
        default="1Gi", description="Size of the data volume.", json_schema_extra={"unit": "bytes"}
    )
    temporary_size: Size = Field(
        default="256Mi", description="Size of `/tmp`.", json_schema_extra={"unit": "bytes"}
    )
    persistent: bool = Field(
        default=False,
        description=(
            "Whether memory that an agent keeps on its own disk outlives its pod: such an agent with one "
            "replica then gets a volume claim."
        ),
    )
    storage_class: ObjectName | None = Field(
        default=None, description="The storage class of claims; the cluster's default if left out."
    )


class Amounts(OptionsModel):
    """Amounts of what machines have; what is left out is not counted."""

    cpu: Cpu | None = Field(
        default=None,
        description="Processor time: `64` cores.",
        json_schema_extra={"unit": "cores"},
        examples=["64"],
    )
    memory: Size | None = Field(
        default=None, description="Memory: `256Gi`.", json_schema_extra={"unit": "bytes"}, examples=["256Gi"]
    )


class ResourcePool(OptionsModel):
    """What the agents of an environment share."""

    total_available: Amounts = Field(description="What all replicas of all agents may request together.")


class GitSource(OptionsModel):
    """A branch that holds the fleet, fetched when it is looked at."""

    url: Annotated[str, Field(pattern=r"^https://[^\s/@]+(/[^\s@]*)?$")] = Field(
        description="The repository, by HTTPS and without credentials.",
        examples=["https://git.example/l9/fleet.git"],
    )
    ref: Annotated[str, Field(pattern=r"^([A-Za-z0-9_][A-Za-z0-9._/-]*)?$")] = Field(
        default="", description="The branch, tag or commit; by default the environment's branch."
    )
    server: Service = Field(description="Where the git server is reached; all else is refused.")
    secret: ObjectName | None = Field(
        default=None,
        description="Secret with the keys `username` and `password`, if the server asks for them.",
    )
    image: ImageName = Field(
        default="registry.k8s.io/git-sync/git-sync:v4.4.0", description="The image of git-sync, version 4."
    )


class ContinuousValidation(OptionsModel):
    """The fleet validated again and again, where it runs: approvals expire, and branches change by hand."""

    enabled: bool = Field(default=True, description="Whether to check periodically.")
    periodic_check_interval_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = Field(
        default=24, description="How often; once a day is at night.", json_schema_extra={"unit": "hours"}
    )
    image: ImageName = Field(
        description="An image with `qpf` and the fleet's plugins.", examples=["registry.example/l9/qpf:0.1.0"]
    )
    fleet: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._-]+)+$")] = Field(
        default="/fleet", description="Where the image carries the fleet; not asked for with `git`."
    )
    git: GitSource | None = Field(
        default=None, description="Where the fleet is fetched from; left out, the image carries it."
    )
    cpu: Cpu = Field(
        default="1", description="Processors that a check may use.", json_schema_extra={"unit": "cores"}
    )
    memory: Size = Field(
        default="512Mi", description="Memory that a check may use.", json_schema_extra={"unit": "bytes"}
    )
    timeout_minutes: Annotated[int, Field(ge=1, le=60)] = Field(
        default=10, description="When a check is ended.", json_schema_extra={"unit": "minutes"}
    )


class Options(OptionsModel):
    """Facts about the cluster that an environment runs in."""

    namespace: NamespaceName = Field(
        description="The namespace the agents run in; it is emitted, with the restricted security profile.",
        examples=["l9-production"],
    )
    monitoring_namespace: NamespaceName = Field(
        default="monitoring", description="The namespace that may scrape the agents' metrics."
    )
    ingress_namespaces: Items[NamespaceName] = Field(
        default=(),
        description="Namespaces that may call agents whose `apimode` is `public`; none means every one.",
    )
    services: dict[str, Service] = Field(
        default_factory=dict, description="Where the services are that agents name in `integration.services`."
    )
    dns: Peer = Field(
        default=Peer(namespace="kube-system", labels={"k8s-app": "kube-dns"}, port=53),
        description="The cluster's name server.",
    )
    image_pull_secrets: Items[ObjectName] = Field(
        default=(), description="Secrets of the namespace that image registries ask for."
    )
    storage: Storage = Field(default=Storage(), description="Disk space of an agent.")
    traffic_router: bool = Field(
        default=False,
        description=(
            "Whether something in the cluster splits traffic by share (a service mesh, a gateway); without "
            "it, a canary gets what one replica gets."
        ),
    )
    resource_pool: ResourcePool | None = Field(
        default=None,
        description="What agents may request together; left out, nobody adds it up.",
        examples=[{"total_available": {"cpu": "64", "memory": "256Gi"}}],
    )
    run_as_user: Annotated[int, Field(ge=1, le=2_147_483_647)] = Field(
        default=10001, description="User and group that agents run as; never root."
    )
    startup_seconds: Annotated[int, Field(ge=5, le=540)] = Field(
        default=120,
        description="How long an agent may take to start before it is restarted.",
        json_schema_extra={"unit": "seconds"},
    )
    bus_identities: bool = Field(
        default=False,
        description=(
            "Whether the broker asks agents who they are: each then reads the seed of its NKey from the key "
            "`seed` of the secret `AGENT-bus`."
        ),
    )
    priority_classes: dict[Literal["low", "medium", "high", "critical"], ObjectName] = Field(
        default_factory=dict, description="The priority class of agents, by their `system.criticality`."
    )
    continuous_validation: ContinuousValidation | None = Field(
        default=None, description="The fleet checked periodically; left out, it is not."
    )


def targeted(environment: Environment) -> bool:
    """Whether an environment wants manifests, and says what they need."""
    settings = environment.settings
    return NAME in settings.targets and NAME in settings.options


def options_of(environment: Environment) -> Options:
    """The options of an environment, typed."""
    return read(environment.settings.options[NAME])


def read(options: Mapping[str, Data]) -> Options:
    """Options from their plain data."""
    return Options.model_validate(thaw(options))
