"""The twelve required sections as the compiler sees them: model, merge strategies, interface, policy.

A path that is not listed merges as everything does: mappings deeply, other values whole.
"""

from qpf.api import Exclusive, Fixed, Keyed, Section, Set, Tighten
from qpf_plugins.agent_schema.collaborationnetwork import CollaborationNetwork
from qpf_plugins.agent_schema.communicationstack import CommunicationStack
from qpf_plugins.agent_schema.cursorinstructions import CursorInstructions
from qpf_plugins.agent_schema.deployment import Deployment
from qpf_plugins.agent_schema.governance import Governance
from qpf_plugins.agent_schema.integration import Integration
from qpf_plugins.agent_schema.learningsystem import LearningSystem
from qpf_plugins.agent_schema.memorytopology import MemoryTopology
from qpf_plugins.agent_schema.metadata import Metadata
from qpf_plugins.agent_schema.reasoningengine import ReasoningEngine
from qpf_plugins.agent_schema.system import System
from qpf_plugins.agent_schema.worldmodelintegration import WorldModelIntegration

_MUST_STAY_TRUE = Tighten(order=(False, True))
_MAY_RISE = Tighten(tighter="up")
_MAY_FALL = Tighten(tighter="down")
_MORE_IS_TIGHTER = Tighten(tighter="up")
_LESS_IS_TIGHTER = Tighten(tighter="down")
_SEEN = Fixed()

SYSTEM = Section(name="system", model=System, merge={"tags": Set()})

INTEGRATION = Section(
    name="integration",
    model=Integration,
    merge={"connectto": Set(), "imports": Set(), "methods": Exclusive(), "services": Set()},
    dependencies=("connectto",),
    adds={"methods": "methods", "imports": "imports"},
    policy={"connectto": _SEEN, "services": _LESS_IS_TIGHTER},
)

GOVERNANCE = Section(
    name="governance",
    model=Governance,
    merge={
        "mode": Tighten(order=("autonomous", "hybrid", "supervised")),
        "humanoverride": _MUST_STAY_TRUE,
        "anchors": Set(),
        "thresholds.*": _MAY_RISE,
        "escalationpolicy.contacts": Set(),
        "escalationpolicy.timeout_minutes": _MAY_FALL,
        "escalationpolicy.on_timeout": Tighten(order=("approve", "escalate", "reject")),
        "escalationtriggers": Keyed("name"),
        "escalationtriggers.*.metric": Fixed(),
        "escalationtriggers.*.below": _MAY_RISE,
        "escalationtriggers.*.above": _MAY_FALL,
        "escalationtriggers.*.action": Tighten(order=("log", "notify", "escalate", "block")),
        "escalationtriggers.*.severity": Tighten(order=("low", "medium", "high", "critical")),
        "governed": Set(),
        "audittrail": _MUST_STAY_TRUE,
    },
    policy={
        "anchors": _MORE_IS_TIGHTER,
        "escalationpolicy.channel": _SEEN,
        "escalationpolicy.contacts": _MORE_IS_TIGHTER,
        "governed": _MORE_IS_TIGHTER,
    },
)

MEMORYTOPOLOGY = Section(
    name="memorytopology",
    model=MemoryTopology,
    policy={
        "workingmemory.ttl_hours": _SEEN,
        "workingmemory.purpose": _SEEN,
        "episodicmemory.retention": _SEEN,
        "episodicmemory.purpose": _SEEN,
        "semanticmemory.purpose": _SEEN,
        "causalmemory.purpose": _SEEN,
        "archive.retention": _SEEN,
        "archive.purpose": _SEEN,
    },
)

COMMUNICATIONSTACK = Section(
    name="communicationstack",
    model=CommunicationStack,
    merge={"input": Exclusive(), "output": Exclusive()},
    interface=("input", "output"),
    adds={"inputs": "input", "outputs": "output"},
    policy={"protocol": _SEEN, "delivery.dead_letter_retention": _SEEN},
)

REASONINGENGINE = Section(
    name="reasoningengine",
    model=ReasoningEngine,
    merge={"strategymodes": Set(), "tools": Exclusive()},
    policy={
        "primary_model": _SEEN,
        "modelversion": _SEEN,
        "temperature": _SEEN,
        "max_tokens": _LESS_IS_TIGHTER,
        "tools": _LESS_IS_TIGHTER,
        "budget.tokens": _LESS_IS_TIGHTER,
        "budget.calls": _LESS_IS_TIGHTER,
        "budget.seconds": _LESS_IS_TIGHTER,
    },
)

COLLABORATIONNETWORK = Section(
    name="collaborationnetwork", model=CollaborationNetwork, merge={"peers": Set()}
)

LEARNINGSYSTEM = Section(name="learningsystem", model=LearningSystem, merge={"feedback": Set()})

WORLDMODELINTEGRATION = Section(name="worldmodelintegration", model=WorldModelIntegration)

CURSORINSTRUCTIONS = Section(
    name="cursorinstructions",
    model=CursorInstructions,
    merge={"generatefiles": Set(), "generatetests": Set(), "linkexisting": Set()},
)

DEPLOYMENT = Section(
    name="deployment",
    model=Deployment,
    policy={
        "apimode": Tighten(order=("public", "private")),
        "auth_required": Tighten(order=(False, True)),
        "replicas": _SEEN,
        "resources.requests.cpu": _SEEN,
        "resources.requests.memory": _SEEN,
        "resources.limits.cpu": _SEEN,
        "resources.limits.memory": _SEEN,
        "secrets.*.secret": _SEEN,
        "secrets.*.key": _SEEN,
    },
)

METADATA = Section(name="metadata", model=Metadata)

SECTIONS = (
    SYSTEM,
    INTEGRATION,
    GOVERNANCE,
    MEMORYTOPOLOGY,
    COMMUNICATIONSTACK,
    REASONINGENGINE,
    COLLABORATIONNETWORK,
    LEARNINGSYSTEM,
    WORLDMODELINTEGRATION,
    CURSORINSTRUCTIONS,
    DEPLOYMENT,
    METADATA,
)
