"""The files of a synthetic fleet, as text.

Five bases say most of what an agent is; thirty sub-schemas are shared, each agent is composed of five
of them; agents are glued into chains of ten.
"""

SUBS = 30
SUBS_EACH = 5
CHAIN = 10
PACKETS = 10
SCHEMA = "6.0.0"

BASES = ("core_service", "domain_adapter", "orchestrator", "background_worker", "governance_monitor")
COMPONENTS = (
    "routing:route_packet",
    "enrichment:enrich_context",
    "memory:recall",
    "reasoning:reason",
    "governance:apply_governance",
    "memory:remember",
)


def agent_name(number: int) -> str:
    """The name of an agent, from 0."""
    return f"agent_{number:05d}"


def sub_name(number: int) -> str:
    """The name of a sub-schema, from 0."""
    return f"skill_{number:02d}"


def subs_of(agent: int) -> list[int]:
    """The five sub-schemas of an agent: all different, all thirty used alike."""
    return sorted((agent * 7 + step * 11) % SUBS for step in range(SUBS_EACH))


def next_of(agent: int, agents: int) -> int | None:
    """Whom an agent hands its work on to: the next in its chain of ten, if there is one."""
    following = agent + 1
    return following if following < agents and following % CHAIN else None


def packet_of(agent: int) -> str:
    """The kind of packet that travels an agent's chain."""
    return f"task_{agent // CHAIN % PACKETS:02d}"


def fleet(environments: tuple[str, ...]) -> str:
    """`qpf.yaml`."""
    branches = "".join(f"  {name}: {{branch: {name}}}\n" for name in environments)
    return (
        f"fleet: synthetic\nschema_version: {SCHEMA}\nagents: auto\n"
        f"environments:\n{branches}targets: [python_agent, kubernetes]\n"
    )


def glue(agents: int) -> str:
    """`glue.yaml`: the packet kinds, and the chains."""
    lines = [f"schema_version: {SCHEMA}", "packets:"]
    for number in range(min(PACKETS, -(-agents // CHAIN))):
        lines += [
            f"  task_{number:02d}:",
            f"    description: Work of line {number}, handed from agent to agent.",
            "    version: 1",
            "    fields:",
            "      task_id: {type: string, description: Identifies the task.}",
            "      features: {type: array, items: number, description: What is known about it.}",
            "      weight: {type: number, required: false, default: 1.0, description: Its weight.}",
        ]
    lines += [
        "  task_result:",
        "    description: What became of a task.",
        "    version: 1",
        "    fields:",
        "      task_id: {type: string, description: Identifies the task.}",
        "      score: {type: number, description: How well it went.}",
    ]
    connections = [
        f"  - {{from: {agent_name(agent)}.forward, to: {agent_name(following)}.request, "
        f"packet: {packet_of(agent)}, priority: medium}}"
        for agent in range(agents)
        if (following := next_of(agent, agents)) is not None
    ]
    if connections:
        lines += ["connections:", *connections]
    return "\n".join(lines) + "\n"


def sub(number: int) -> str:
    """A sub-schema: one method, some evidence, a trigger, and the file that is made of it."""
    name = sub_name(number)
    return f"""\
name: {name}
schema_version: {SCHEMA}
type: sub-schema
role: Skill {number} of the synthetic fleet.
adds:
  methods:
    apply_{number:02d}:
      description: Apply skill {number} to the task.
      implementation: qpf_runtime.components.{COMPONENTS[number % len(COMPONENTS)]}
system:
  tags: [skill-{number:02d}]
governance:
  anchors: [board-{number % 4}]
  escalationtriggers:
    - name: doubt_{number:02d}
      metric: confidence
      below: 0.5
      action: notify
      severity: low
reasoningengine:
  strategymodes: [mode_{number % 6}]
  weights:
    evidence_{number:02d}: 0.{number % 9 + 1}
metadata:
  labels:
    skill-{number:02d}: enabled
cursorinstructions:
  generatefiles: [{name}.py]
  generatetests: [test_{name}.py]
"""


def agent(number: int, agents: int) -> str:
    """An agent: one base, five sub-schemas, its ports and its own values."""
    name = agent_name(number)
    following = next_of(number, agents)
    flow = "".join(f"        - apply_{sub:02d}\n" for sub in subs_of(number))
    subs = "".join(f"    - {sub_name(sub)}\n" for sub in subs_of(number))
    depends = "" if following is None else f"integration:\n  connectto: [{agent_name(following)}]\n"
    output = (
        ""
        if following is None
        else f"""\
  output:
    forward:
      packet: {packet_of(number)}
      description: The task, for the next agent of the line.
      reply: task_result
"""
    )
    services = "integration:\n" if following is None else ""
    return f"""\
name: {name}
schema_version: {SCHEMA}
role: Agent {number} of the synthetic fleet.
composition:
  base: {BASES[number % len(BASES)]}
  subs:
{subs}  type: composite
system:
  title: Agent {number}
  owner: team-{number % 12}
  criticality: {("low", "medium", "high")[number % 3]}
{depends}{services}  services: [postgresql, redis]
memorytopology:
  workingmemory:
    keyspace: "agent_v6:{name}:*"
communicationstack:
  input:
    request:
      packet: {packet_of(number)}
      description: A task of line {number // CHAIN % PACKETS}.
      priority: {("low", "medium", "high")[number % 3]}
      flow:
{flow}        - build_reply
      reply: task_result
{output}deployment:
  image: registry.example/synthetic/{name.replace("_", "-")}:{SCHEMA}
  endpoints:
    request: {{path: /v1/tasks, method: POST, description: Hand in a task.}}
  secrets:
    DATABASE_URL: {{secret: {name.replace("_", "-")}-memory, key: url}}
    REDIS_URL: {{secret: {name.replace("_", "-")}-cache, key: url}}
metadata:
  owner: team-{number % 12}
  description: Agent {number} of the synthetic fleet.
  labels:
    team: team-{number % 12}
"""


def environment(name: str, agents: int) -> str:
    """An environment: a few values for all, more replicas for every tenth agent of the later ones."""
    level = {"dev": "DEBUG", "staging": "INFO", "production": "WARNING"}[name]
    text = f"""\
schema_version: {SCHEMA}
options:
  kubernetes:
    namespace: synthetic-{name}
    services:
      postgresql: {{namespace: data, port: 5432}}
      redis: {{namespace: data, port: 6379}}
overrides:
  all:
    deployment:
      log_level: {level}
"""
    if name == "dev":
        return text
    replicas = {"staging": 2, "production": 3}[name]
    text += "  agents:\n"
    for number in range(0, agents, CHAIN):
        text += f"    {agent_name(number)}:\n      deployment:\n        replicas: {replicas}\n"
    return text
