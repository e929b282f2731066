"""An escalated match request, approved later, reaches those who learn and those who audit, once."""

import pytest

from qpf_runtime.audit_check import verify
from qpf_runtime.bus.port import Delivery
from qpf_runtime.config import EscalationPolicy, GovernanceConfig, Route
from qpf_runtime.envelope import Json
from qpf_runtime.runtime import TurnRecord
from tests.runtime.world import fleet

pytestmark = pytest.mark.anyio

UNSURE: dict[str, Json] = {
    "request_id": "r-1",
    "buyer_id": "b-1",
    "supplier_id": "s-1",
    "needs": {"price": 0.9, "speed": 0.8},
    "capabilities": {},
}

ROUTES = {
    "score_request": (
        Route(target="tensoraios", port="score_request", packet="score_request", priority="high"),
    ),
    "escalation": (
        Route(target="governance_auditor", port="escalation", packet="escalation", priority="critical"),
    ),
    "outcome": (
        Route(target="tensor_trainer", port="match_outcome", packet="match_outcome", priority="low"),
        Route(target="governance_auditor", port="decision", packet="match_outcome"),
    ),
}


async def test_an_approved_match_reaches_trainer_and_auditor_once(runtime):
    records: list[TurnRecord] = []
    runtime.watchers.append(records.append)
    agents = await fleet(
        runtime,
        governance=GovernanceConfig(
            thresholds={"confidence": 0.7},
            escalationpolicy=EscalationPolicy(channel="governance"),
            governed=("outcome",),
        ),
        routes=ROUTES,
    )
    main = agents["main_agent"]
    settlement = await main.handle(Delivery(main.envelope("match_request", UNSURE), asked=True))
    assert settlement.reply.payload["decision"] == "escalated"
    assert await runtime.settled(5)

    def told():
        return sorted(
            (one.agent, one.envelope.payload["decision"], one.settled)
            for one in records
            if one.envelope.kind == "match_outcome"
        )

    assert told() == []
    assert [one.agent for one in records if one.envelope.kind == "escalation"] == ["governance_auditor"]
    (held,) = await main.desk.approvals.list("pending")
    await main.desk.approvals.answer(held.id, "approve", "ada", "known supplier")
    assert await runtime.settled(5)
    assert told() == [
        ("governance_auditor", "approved", "done"),
        ("tensor_trainer", "approved", "done"),
    ]
    (outcome,) = {one.envelope.correlation_id for one in records if one.envelope.kind == "match_outcome"}
    assert outcome == held.envelope.correlation_id
    for agent in agents.values():
        assert await agent.database.run(verify) == ()
