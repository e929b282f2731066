"""For every rule about how agents run and learn, fleets it must object to and fleets it must let pass."""

from typing import Any

from qpf.api import Environment
from tests.agent_schema.build import agent, answers, asks, environment
from tests.agent_schema.case import POLICY, TALK, Case, alone, pair

DEPLOYMENT = "deployment"
HEALTH = (DEPLOYMENT, "health_monitoring")


def retry(**values: int) -> Environment:
    return alone(deployment={"resilience": {"retry": values}})


def probe(interval: int, name: str = "liveness_probe", timeout: int = 2000) -> Environment:
    health = {"interval_seconds": interval, name: {"endpoint": "/asked", "timeout_ms": timeout}}
    return alone(deployment={"health_monitoring": health})


def reached_at(**endpoints: tuple[str, str]) -> Environment:
    spelt = {
        name: {"method": method, "path": path, "description": "Answers."}
        for name, (method, path) in endpoints.items()
    }
    return alone(deployment={"endpoints": spelt})


def learns(kind: str, *, enabled: bool = True, stack: Any = None) -> Environment:
    return alone(
        learningsystem={"enabled": enabled, "feedback": [kind]}, communicationstack=stack or answers()
    )


def needs(replicas: int, own: int = 1) -> Environment:
    return environment(
        agent("one", integration={"connectto": ["two"]}, deployment={"replicas": own}),
        agent("two", deployment={"replicas": replicas}),
    )


CASES = (
    Case("duplicate-connection", "once", pair),
    Case(
        "duplicate-connection",
        "twice",
        lambda: pair(wires=(TALK, TALK)),
        "one.ask is connected to two.asked twice",
        subject="one",
        notes=1,
    ),
    Case("unheard-feedback", "taken in", lambda: learns("question")),
    Case("unheard-feedback", "comes as a reply", lambda: learns("answer", stack=asks())),
    Case("unheard-feedback", "does not learn", lambda: learns("news", enabled=False)),
    Case(
        "unheard-feedback",
        "not taken in",
        lambda: learns("news"),
        "learns from news, which none of its ports takes in",
        ("learningsystem", "feedback", 0),
        notes=1,
    ),
    Case("nobody-confirms", "decides alone", lambda: alone(governance={"mode": "hybrid"})),
    Case(
        "nobody-confirms",
        "somebody",
        lambda: alone(governance={"mode": "supervised", "escalationpolicy": POLICY}),
    ),
    Case(
        "nobody-confirms",
        "said by another rule",
        lambda: alone(governance={"mode": "supervised", "humanoverride": True}),
    ),
    Case(
        "nobody-confirms",
        "nobody",
        lambda: alone(governance={"mode": "supervised", "escalationpolicy": {"channel": "desk"}}),
        "every decision of an_agent is to be confirmed",
        ("governance", "mode"),
        notes=1,
    ),
    Case("retry-wait-exceeds-cap", "as long", lambda: retry(base_ms=1000, cap_ms=1000)),
    Case(
        "retry-wait-exceeds-cap",
        "longer",
        lambda: retry(base_ms=1001, cap_ms=1000),
        "first waits 1001 ms before it repeats a call, but never longer than 1000 ms",
        (DEPLOYMENT, "resilience", "retry", "base_ms"),
        notes=1,
    ),
    Case("probe-outlasts-interval", "as long", lambda: probe(2)),
    Case("probe-outlasts-interval", "startup takes its time", lambda: probe(1, "startup_probe")),
    Case(
        "probe-outlasts-interval",
        "longer",
        lambda: probe(2, "readiness_probe", 2001),
        "the readiness_probe of an_agent may take 2001 ms, but there is one every 2 s",
        (*HEALTH, "readiness_probe", "timeout_ms"),
        notes=1,
    ),
    Case(
        "shutdown-cuts-work",
        "as long",
        lambda: alone(deployment={"graceful_shutdown_timeout": 5, "timeout_ms": 5000}),
    ),
    Case(
        "shutdown-cuts-work",
        "shorter",
        lambda: alone(deployment={"graceful_shutdown_timeout": 5, "timeout_ms": 5001}),
        "has 5 s to finish when it is stopped, but one packet may take 5.001 s",
        (DEPLOYMENT, "graceful_shutdown_timeout"),
        notes=1,
    ),
    Case(
        "latency-exceeds-timeout",
        "at the same time",
        lambda: alone(deployment={"decisionlatencymaxms": 2000, "timeout_ms": 2000}),
    ),
    Case(
        "latency-exceeds-timeout",
        "later",
        lambda: alone(deployment={"decisionlatencymaxms": 2001, "timeout_ms": 2000}),
        "promises a decision in 2001 ms, but gives a packet up after 2000 ms",
        (DEPLOYMENT, "decisionlatencymaxms"),
        notes=1,
    ),
    Case("endpoint-collision", "apart", lambda: reached_at(one=("POST", "/v1"), two=("GET", "/v1"))),
    Case(
        "endpoint-collision",
        "each other",
        lambda: reached_at(one=("POST", "/v1"), two=("POST", "/v1")),
        "the endpoint two of an_agent is POST /v1, which one takes already",
        (DEPLOYMENT, "endpoints", "two", "path"),
        notes=1,
    ),
    Case(
        "endpoint-collision",
        "a probe",
        lambda: reached_at(one=("GET", "/ready")),
        "GET /ready, which readiness_probe takes already",
        (DEPLOYMENT, "endpoints", "one", "path"),
        notes=1,
    ),
    Case(
        "endpoint-collision",
        "the metrics",
        lambda: reached_at(one=("GET", "/metrics")),
        "GET /metrics, which the scrape takes already",
        (DEPLOYMENT, "endpoints", "one", "path"),
        notes=1,
    ),
    Case("needed-agent-stopped", "runs", lambda: needs(1)),
    Case("needed-agent-stopped", "stopped as well", lambda: needs(0, own=0)),
    Case(
        "needed-agent-stopped",
        "stopped",
        lambda: needs(0),
        "one cannot work without two, of which no replica runs",
        ("integration", "connectto", 0),
        "one",
        notes=1,
    ),
)
