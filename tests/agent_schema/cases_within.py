"""For every rule within an agent, fleets it must object to and fleets it must let pass."""

from tests.agent_schema.build import AMOUNTS, WORK, agent, answers, asks, environment
from tests.agent_schema.case import IN, POLICY, TRIGGERS, Case, alone, pair, trigger

CASES = (
    Case("unknown-output-port", "exists", pair),
    Case("unknown-method", "known", pair),
    Case(
        "unknown-method",
        "unknown",
        lambda: pair(two=answers(flow=("work", "wrok"))),
        "two has no method wrok, a step of its input port asked",
        (*IN, "flow", 1),
        "two",
        notes=1,
    ),
    Case("unimported-method", "imported", lambda: alone(integration=WORK)),
    Case(
        "unimported-method",
        "not imported",
        lambda: alone(integration={**WORK, "imports": ["some"]}),
        "implemented in some.module, which is not among the imports",
        ("integration", "methods", "work", "implementation"),
        notes=1,
    ),
    Case("missing-model", "needs nobody", alone),
    Case(
        "missing-model",
        "has one",
        lambda: alone(
            integration={"connectto": ["two"]}, reasoningengine={"primary_model": "offline:deterministic"}
        ),
    ),
    Case(
        "missing-model",
        "has none",
        lambda: alone(integration={"connectto": ["two"]}),
        "connects to two but has no model",
        ("reasoningengine", "primary_model"),
        notes=1,
    ),
    Case(
        "unauthenticated-private-api",
        "public",
        lambda: alone(deployment={"apimode": "public", "auth_required": False}),
    ),
    Case("unauthenticated-private-api", "asks", lambda: alone(deployment={"apimode": "private"})),
    Case(
        "unauthenticated-private-api",
        "does not ask",
        lambda: alone(deployment={"apimode": "private", "auth_required": False}),
        "the private API of an_agent does not ask",
        ("deployment", "auth_required"),
        notes=1,
    ),
    Case("missing-escalation-policy", "no override", alone),
    Case(
        "missing-escalation-policy",
        "somebody",
        lambda: alone(governance={"humanoverride": True, "escalationpolicy": POLICY}),
    ),
    Case(
        "missing-escalation-policy",
        "no policy",
        lambda: alone(governance={"humanoverride": True}),
        "there is no escalation policy",
        ("governance", "humanoverride"),
    ),
    Case(
        "missing-escalation-policy",
        "nobody",
        lambda: alone(governance={"humanoverride": True, "escalationpolicy": {"channel": "desk"}}),
        "names no contacts",
        ("governance", "escalationpolicy", "contacts"),
        notes=1,
    ),
    Case("unactionable-trigger", "one bound", lambda: trigger(below=0.5)),
    Case("unactionable-trigger", "the other bound", lambda: trigger(above=0.5)),
    Case(
        "unactionable-trigger",
        "no bound",
        trigger,
        "the trigger unsure of an_agent has no bound",
        ("governance", TRIGGERS, 0),
    ),
    Case(
        "unactionable-trigger",
        "two bounds",
        lambda: trigger(below=0.5, above=0.7),
        "has two bounds",
        ("governance", TRIGGERS, 0),
        notes=1,
    ),
    Case("unknown-metric", "measured", lambda: trigger(below=0.5)),
    Case(
        "unknown-metric",
        "in a packet",
        lambda: environment(
            agent(
                "one",
                communicationstack=answers(),
                governance={TRIGGERS: [{"name": "late", "metric": "urgency", "above": 3.0, "action": "log"}]},
            )
        ),
    ),
    Case(
        "unknown-metric",
        "in a reply",
        lambda: environment(
            agent(
                "one",
                communicationstack=asks(),
                governance={TRIGGERS: [{"name": "weak", "metric": "score", "below": 0.3, "action": "log"}]},
            )
        ),
    ),
    Case(
        "unknown-metric",
        "a text",
        lambda: environment(
            agent(
                "one",
                communicationstack=answers(packet="news"),
                governance={TRIGGERS: [{"name": "odd", "metric": "text", "below": 1.0, "action": "log"}]},
            )
        ),
        "watches text, which one never sees",
        ("governance", TRIGGERS, 0, "metric"),
        "one",
    ),
    Case(
        "unknown-metric",
        "unknown",
        lambda: trigger(metric="confidense", below=0.5),
        "watches confidense",
        ("governance", TRIGGERS, 0, "metric"),
    ),
    Case("nowhere-to-escalate", "somewhere", lambda: trigger(below=0.5)),
    Case(
        "nowhere-to-escalate",
        "needs nobody",
        lambda: alone(
            governance={
                TRIGGERS: [{"name": "unsure", "metric": "confidence", "below": 0.5, "action": "block"}]
            }
        ),
    ),
    Case(
        "nowhere-to-escalate",
        "said by another rule",
        lambda: alone(
            governance={
                "humanoverride": True,
                TRIGGERS: [{"name": "unsure", "metric": "confidence", "below": 0.5, "action": "notify"}],
            }
        ),
    ),
    Case(
        "nowhere-to-escalate",
        "nowhere",
        lambda: alone(
            governance={
                TRIGGERS: [{"name": "unsure", "metric": "confidence", "below": 0.5, "action": "notify"}]
            }
        ),
        "is to notify, but nobody is named",
        ("governance", TRIGGERS, 0, "action"),
    ),
    Case(
        "temporal-scope-exceeds-memory",
        "within working memory",
        lambda: alone(
            memorytopology={
                "workingmemory": {"ttl_hours": 2400.0},
                "episodicmemory": {"retention": "1 days"},
            },
            reasoningengine={"temporalscope": "100 days"},
        ),
    ),
    Case(
        "temporal-scope-exceeds-memory",
        "within episodic memory",
        lambda: alone(
            memorytopology={"episodicmemory": {"retention": "1 years"}},
            reasoningengine={"temporalscope": "12 months"},
        ),
    ),
    Case(
        "temporal-scope-exceeds-memory",
        "the guide's example",
        lambda: alone(
            memorytopology={"workingmemory": {"ttl_hours": 1.0}},
            reasoningengine={"temporalscope": "365 days"},
        ),
        "an_agent looks back 365 days, further than it remembers",
        ("reasoningengine", "temporalscope"),
        notes=2,
    ),
    Case("keyspace-collision", "apart", lambda: environment(agent("one"), agent("one_more"))),
    Case(
        "keyspace-collision",
        "the same",
        lambda: environment(
            agent("one"), agent("two", memorytopology={"workingmemory": {"keyspace": "agent_v6:one:*"}})
        ),
        "the keyspace agent_v6:one:* of two lies in agent_v6:one:* of one",
        ("memorytopology", "workingmemory", "keyspace"),
        "two",
        notes=1,
    ),
    Case(
        "keyspace-collision",
        "inside",
        lambda: environment(
            agent("one"),
            agent("two", memorytopology={"workingmemory": {"keyspace": "agent_v6:one:more:*"}}),
            agent("zero"),
        ),
        "of two lies in agent_v6:one:* of one",
        ("memorytopology", "workingmemory", "keyspace"),
        "two",
        notes=1,
    ),
    Case(
        "remote-memory-latency",
        "slow enough",
        lambda: alone(
            deployment={"decisionlatencymaxms": 100},
            memorytopology={"episodicmemory": {"storagetype": "postgresql"}},
        ),
    ),
    Case("remote-memory-latency", "local", lambda: alone(deployment={"decisionlatencymaxms": 50})),
    Case(
        "remote-memory-latency",
        "remote",
        lambda: alone(
            deployment={"decisionlatencymaxms": 99},
            memorytopology={"episodicmemory": {"storagetype": "postgresql"}},
        ),
        "promises a decision in 99 ms, but remembers in a remote database",
        ("deployment", "decisionlatencymaxms"),
        notes=1,
    ),
    Case("requests-exceed-limits", "the same", alone),
    Case(
        "requests-exceed-limits",
        "other units",
        lambda: alone(
            deployment={
                "resources": {
                    "requests": {"cpu": "1000m", "memory": "1024Mi"},
                    "limits": {"cpu": "1", "memory": "1Gi"},
                }
            }
        ),
    ),
    Case(
        "requests-exceed-limits",
        "memory",
        lambda: alone(deployment={"resources": {"requests": {"memory": "1Gi"}, "limits": AMOUNTS}}),
        "requests 1Gi of memory, more than its limit of 128Mi",
        ("deployment", "resources", "requests", "memory"),
        notes=1,
    ),
    Case(
        "requests-exceed-limits",
        "cpu",
        lambda: alone(deployment={"resources": {"requests": {"cpu": "0.5"}}}),
        "requests 0.5 of cpu, more than its limit of 100m",
        ("deployment", "resources", "requests", "cpu"),
        notes=1,
    ),
)
