"""Every finding of this plugin: consistency of the resources it emits, and whether they fit."""

from qpf.api import Code, Severity

SERVICE_WITHOUT_ADDRESS = Code(
    "QPF610",
    "service-without-address",
    Severity.ERROR,
    "An agent talks to a service that the environment gives no address for.",
)
RESOURCE_NAME_INVALID = Code(
    "QPF611",
    "resource-name-invalid",
    Severity.ERROR,
    "A name cannot become the name or a label of a Kubernetes resource.",
)
RESOURCE_NAME_COLLISION = Code(
    "QPF612",
    "resource-name-collision",
    Severity.ERROR,
    "Two agents would share the name of their Kubernetes resources.",
)
LOCAL_MEMORY_NOT_SHARED = Code(
    "QPF613",
    "local-memory-not-shared",
    Severity.WARNING,
    "Several replicas keep memory that each of them has for itself.",
)
VARIABLE_RESERVED = Code(
    "QPF614",
    "variable-reserved",
    Severity.ERROR,
    "A secret would fill an environment variable that the agent's own configuration sets.",
)
TRAFFIC_CUT = Code(
    "QPF616",
    "traffic-cut",
    Severity.ERROR,
    "The emitted network rules cut an agent off from what it says it needs.",
)
CANARY_SHARE_IMPOSSIBLE = Code(
    "QPF617",
    "canary-share-impossible",
    Severity.ERROR,
    "A new version is to be tried on a smaller share of the traffic than one replica gets.",
)
POOL_EXCEEDED = Code(
    "QPF703",
    "pool-exceeded",
    Severity.ERROR,
    "The agents of an environment request more than the environment has.",
)
CONFIG_TOO_LARGE = Code(
    "QPF615",
    "config-too-large",
    Severity.ERROR,
    "An agent's configuration does not fit into a ConfigMap (1 MiB).",
)
