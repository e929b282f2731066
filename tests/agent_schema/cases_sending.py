"""For every rule about delivery, governed ports and tools, fleets it must object to and let pass."""

from typing import Any

from qpf.api import Environment
from tests.agent_schema.build import agent, answers, asks, environment
from tests.agent_schema.case import STACK, Case, alone

GATE = {"description": "Asks.", "implementation": "qpf_runtime.components.governance:apply_governance"}
STEPS = {
    "imports": ["some.module", "qpf_runtime.components.governance"],
    "methods": {"work": {"description": "Works.", "implementation": "some.module:work"}, "gate": GATE},
}


def delivery(timeout_ms: int = 2000, **values: Any) -> Environment:
    """One agent that says how packets get to it."""
    return alone(communicationstack={"delivery": values}, deployment={"timeout_ms": timeout_ms})


def governed(*flow: str, port: str = "ask") -> Environment:
    """One agent that governs a port, with one flow."""
    stack = {**asks(), **answers(flow=flow)}
    return environment(
        agent("an_agent", communicationstack=stack, integration=STEPS, governance={"governed": [port]})
    )


def tool(imports: list[str]) -> Environment:
    """One agent whose model may call a tool."""
    tools = {"price": {"description": "Looks up a price.", "implementation": "some.prices:price"}}
    return alone(integration={"imports": imports}, reasoningengine={"tools": tools})


CASES = (
    Case(
        "backoff-exceeds-deliveries", "as many", lambda: delivery(max_deliver=2, backoff_seconds=[1.0, 2.0])
    ),
    Case(
        "backoff-exceeds-deliveries",
        "more",
        lambda: delivery(max_deliver=3),
        "an_agent has 4 waits between 3 deliveries",
        (STACK, "delivery", "max_deliver"),
        notes=1,
    ),
    Case("concurrency-exceeds-in-flight", "the same", lambda: delivery(concurrency=9, max_in_flight=9)),
    Case(
        "concurrency-exceeds-in-flight",
        "more",
        lambda: delivery(concurrency=10, max_in_flight=9),
        "is to handle 10 packets at a time, but is given 9 at most",
        (STACK, "delivery", "concurrency"),
        notes=1,
    ),
    Case("ack-wait-too-short", "longer", lambda: delivery(ack_wait_seconds=2.001)),
    Case(
        "ack-wait-too-short",
        "the same",
        lambda: delivery(ack_wait_seconds=2.0),
        "is handed out again after 2 s, but may take 2 s",
        (STACK, "delivery", "ack_wait_seconds"),
        notes=1,
    ),
    Case(
        "ack-wait-too-short",
        "the other layer",
        lambda: delivery(timeout_ms=30_000),
        "is handed out again after 30 s, but may take 30 s",
        ("deployment", "timeout_ms"),
        notes=1,
    ),
    Case("unknown-governed-port", "known", lambda: governed("gate", "work")),
    Case(
        "unknown-governed-port",
        "unknown",
        lambda: governed("gate", "work", port="asks"),
        "an_agent has no output port asks to govern",
        ("governance", "governed", 0),
        notes=1,
    ),
    Case("ungated-port", "nothing governed", alone),
    Case("ungated-port", "behind the gate", lambda: governed("gate", "work")),
    Case(
        "ungated-port",
        "no gate",
        lambda: governed("work"),
        "an_agent can never send by ask",
        ("governance", "governed", 0),
        notes=1,
    ),
    Case(
        "ungated-port",
        "nothing behind the gate",
        lambda: governed("work", "gate"),
        "an_agent can never send by ask",
        ("governance", "governed", 0),
        notes=1,
    ),
    Case("unimported-tool", "imported", lambda: tool(["some.prices"])),
    Case(
        "unimported-tool",
        "not imported",
        lambda: tool(["some"]),
        "the tool price of an_agent is implemented in some.prices, which is not among the imports",
        ("reasoningengine", "tools", "price", "implementation"),
        notes=1,
    ),
)
