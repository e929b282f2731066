"""A held decision is answered once, by a person or by its time-out, and has its effects once."""

import asyncio
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from sqlalchemy import update

from qpf_runtime.agent import Agent
from qpf_runtime.audit_check import verify
from qpf_runtime.bus.inprocess import InProcessBus
from qpf_runtime.bus.port import Delivery
from qpf_runtime.components.governance import apply_governance
from qpf_runtime.components.memory import remember
from qpf_runtime.config import EscalationPolicy, GovernanceConfig, InputPort, OutputPort, Route
from qpf_runtime.errors import Unavailable
from qpf_runtime.held import APPROVALS, AnsweredAlready, Expired, NotApplied, UnknownApproval, approval_id
from qpf_runtime.packet import Packet
from qpf_runtime.runtime import Runtime
from qpf_runtime.stores import LocalStores
from qpf_runtime.testing import stand_in
from tests.runtime.world import (
    Answer,
    Ask,
    FakeClock,
    bound,
    config,
    counted,
)

pytestmark = pytest.mark.anyio

MINUTES = 30

GATE = 1
"""The step that asks the gate."""


class Outcome(Packet):
    kind: ClassVar[str] = "ask_outcome"
    number: int
    decision: str


class Call(Packet):
    kind: ClassVar[str] = "call"
    number: int
    severity: str
    channel: str


class Clock(FakeClock):
    """A clock whose time of day can be set."""

    def jump(self, by):
        self._now += by


@pytest.fixture
def clock():
    return Clock()


def governance(**changes):
    settings: dict[str, Any] = {
        "thresholds": {"confidence": 0.7},
        "escalationpolicy": EscalationPolicy(
            channel="desk", contacts=("lead",), timeout_minutes=MINUTES, on_timeout="reject"
        ),
        "governed": ("outcome",),
    }
    return GovernanceConfig(**(settings | changes))


def policy(on_timeout):
    return governance(
        escalationpolicy=EscalationPolicy(channel="desk", timeout_minutes=MINUTES, on_timeout=on_timeout)
    )


async def weigh(_agent, turn):
    turn.confidence = 0.5
    turn.facts["note"] = "thin"


async def reply(_agent, turn):
    turn.reply = Answer(number=turn.packet.number)


def make(runtime, *more, rules=None, first=weigh, steps=()):
    settings = config(
        "solo",
        governance=rules or governance(),
        inputs={"ask": InputPort(packet="ask", reply="answer")},
        outputs={"outcome": OutputPort(packet="ask_outcome"), "escalation": OutputPort(packet="call")},
        routes={
            "outcome": (
                Route(target="trainer", port="outcome", packet="ask_outcome"),
                Route(target="auditor", port="outcome", packet="ask_outcome"),
            ),
            "escalation": (Route(target="auditor", port="call", packet="call"),),
        },
    )
    agent = Agent(settings, runtime)
    agent.sends("outcome", Outcome)
    agent.sends("escalation", Call)
    flow = steps or (first, apply_governance, *(more or (remember,)), reply)
    agent.on("ask", Ask, bound(agent, *flow), Answer)
    return agent


class Office:
    """One agent, those it tells stood in for, and a decision that waits."""

    def __init__(self, runtime, agent, sent):
        self.runtime, self.agent, self.sent = runtime, agent, sent
        self.desk, self.approvals = agent.desk, agent.desk.approvals

    async def hold(self, number=1):
        asked = self.agent.envelope("ask", {"number": number})
        settlement = await self.agent.handle(Delivery(asked, asked=True))
        assert settlement.reply is not None
        assert not settlement.reply.failed, settlement.reply.payload
        return await self.approvals.get(approval_id("solo", asked.id, GATE))

    async def told(self, kind="ask_outcome"):
        assert await self.runtime.settled(5)
        return sorted(
            (one.agent, one.payload.get("decision") or one.payload.get("severity"))
            for one in self.sent
            if one.kind == kind
        )

    async def trail(self):
        return [(row.event, row.actor, row.outcome) for row in await self.agent.audit.entries()]


async def office(runtime, *more, rules=None, first=weigh):
    agent = make(runtime, *more, rules=rules, first=first)
    sent = await stand_in(agent)
    await agent.start()
    await agent.desk.stop()  # the tests look when they want to
    return Office(runtime, agent, sent)


APPROVED = [("auditor", "approved"), ("trainer", "approved")]


async def test_an_escalated_turn_waits_with_all_it_knew_and_sends_nothing_governed(runtime, clock):
    desk = await office(runtime)
    held = await desk.hold()
    assert (held.state, held.round, held.outcome, held.answered_by) == ("pending", 1, None, None)
    assert held.facts["note"] == "thin"
    assert held.decision.outcome == "escalated"
    assert (held.channel, held.contacts) == ("desk", ("lead",))
    assert held.expires_at - held.created_at == timedelta(minutes=MINUTES)
    assert await desk.told() == []
    assert await desk.told("call") == [("auditor", "medium")]


async def test_approving_sends_what_was_withheld_once(runtime):
    desk = await office(runtime)
    held = await desk.hold()
    done = await desk.approvals.answer(held.id, "approve", "ada", "looks right")
    assert (done.state, done.outcome, done.answered_by, done.note) == (
        "approved", "approved", "ada", "looks right",
    )  # fmt: skip
    assert await desk.told() == APPROVED
    assert await desk.trail() == [
        ("decision", "agent", "escalated"),
        ("held", "agent", "pending"),
        ("answer", "person:ada", "approved"),
    ]
    assert await desk.agent.database.run(verify) == ()


async def test_rejecting_sends_nothing_governed(runtime):
    desk = await office(runtime)
    held = await desk.hold()
    done = await desk.approvals.answer(held.id, "reject", "ada")
    assert (done.state, done.outcome) == ("rejected", "rejected")
    assert await desk.told() == []


async def test_a_second_answer_is_refused_and_names_the_first(runtime):
    desk = await office(runtime)
    held = await desk.hold()
    await desk.approvals.answer(held.id, "approve", "ada")
    with pytest.raises(AnsweredAlready, match=r"approved by ada at 2026-01-01"):
        await desk.approvals.answer(held.id, "reject", "bob")
    assert await desk.told() == APPROVED


async def test_of_many_answers_at_once_one_counts(runtime):
    desk = await office(runtime)
    held = await desk.hold()
    answers = await asyncio.gather(
        *(desk.approvals.answer(held.id, "approve", f"person{number}") for number in range(8)),
        return_exceptions=True,
    )
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    assert sum(isinstance(answer, AnsweredAlready) for answer in answers) == 7
    assert await desk.told() == APPROVED
    assert len([row for row in await desk.trail() if row[0] == "answer"]) == 1


async def test_of_two_processes_that_answer_at_once_one_counts(tmp_path, clock):
    one, two = [
        Runtime(InProcessBus(), LocalStores(tmp_path), clock=clock, ids=counted(), models="offline")
        for _ in range(2)
    ]
    async with one, two:
        first, second = await office(one), await office(two)
        held = await first.hold()
        for _ in range(3):
            answers = await asyncio.gather(
                first.approvals.answer(held.id, "approve", "ada"),
                second.approvals.answer(held.id, "reject", "bob"),
                return_exceptions=True,
            )
        assert all(isinstance(answer, AnsweredAlready) for answer in answers)
        outcome = (await first.approvals.get(held.id)).outcome
        told = await first.told() + await second.told()
        assert told == (APPROVED if outcome == "approved" else [])
        assert len([row for row in await first.trail() if row[0] == "answer"]) == 1


async def test_nobody_answers_after_the_time_out(runtime, clock):
    desk = await office(runtime)
    held = await desk.hold()
    clock.pass_time(timedelta(minutes=MINUTES))
    with pytest.raises(Expired, match="waited until"):
        await desk.approvals.answer(held.id, "approve", "ada")
    assert await desk.desk.look() == 1
    with pytest.raises(Expired, match="is rejected"):
        await desk.approvals.answer(held.id, "approve", "ada")
    assert await desk.told() == []


@pytest.mark.parametrize(("on_timeout", "outcome"), [("approve", "approved"), ("reject", "rejected")])
async def test_the_time_out_applies_what_the_schema_says(runtime, clock, on_timeout, outcome):
    desk = await office(runtime, rules=policy(on_timeout))
    held = await desk.hold()
    clock.pass_time(timedelta(minutes=MINUTES) - timedelta(seconds=1))
    assert await desk.desk.look() == 0
    clock.pass_time(timedelta(seconds=1))
    assert await desk.desk.look() == 1
    assert await desk.desk.look() == 0
    done = await desk.approvals.get(held.id)
    assert (done.state, done.outcome, done.answered_by) == ("expired", outcome, "timeout")
    assert await desk.told() == (APPROVED if outcome == "approved" else [])
    assert (await desk.trail())[-1] == ("timeout", "timeout", outcome)


async def test_a_time_out_that_escalates_waits_once_more_and_then_rejects(runtime, clock):
    desk = await office(runtime, rules=policy("escalate"))
    held = await desk.hold()
    clock.pass_time(timedelta(minutes=MINUTES))
    assert await desk.desk.look() == 1
    again = await desk.approvals.get(held.id)
    assert (again.state, again.round, again.severity) == ("pending", 2, "high")
    assert await desk.told("call") == [("auditor", "high"), ("auditor", "medium")]
    assert await desk.desk.look() == 0
    clock.pass_time(timedelta(minutes=MINUTES))
    assert await desk.desk.look() == 1
    assert (await desk.approvals.get(held.id)).outcome == "rejected"
    assert await desk.told() == []
    assert [row for row in await desk.trail() if row[1] == "timeout"] == [
        ("timeout", "timeout", "escalated"),
        ("timeout", "timeout", "rejected"),
    ]


async def test_in_its_second_round_a_decision_can_be_approved(runtime, clock):
    desk = await office(runtime, rules=policy("escalate"))
    held = await desk.hold()
    clock.pass_time(timedelta(minutes=MINUTES))
    await desk.desk.look()
    done = await desk.approvals.answer(held.id, "approve", "ada")
    assert (done.outcome, done.severity) == ("approved", "high")
    assert await desk.told() == APPROVED


async def test_a_wall_clock_that_jumps_ahead_ends_no_wait(runtime, clock):
    desk = await office(runtime)
    held = await desk.hold()
    clock.jump(timedelta(days=1))
    assert await desk.desk.look() == 0
    assert (await desk.approvals.answer(held.id, "approve", "ada")).outcome == "approved"


async def test_a_wall_clock_that_jumps_back_prolongs_no_wait(runtime, clock):
    desk = await office(runtime)
    await desk.hold()
    clock.jump(-timedelta(days=1))
    clock.pass_time(timedelta(minutes=MINUTES))
    assert await desk.desk.look() == 1


def local(folder, clock, ids):
    return Runtime(InProcessBus(), LocalStores(folder), clock=clock, ids=ids, models="offline")


async def test_a_decision_waits_on_after_a_restart_for_the_rest_of_its_time(tmp_path, clock):
    ids = counted()
    async with local(tmp_path, clock, ids) as runtime:
        held = await (await office(runtime)).hold()
    clock.pass_time(timedelta(minutes=MINUTES - 1))
    async with local(tmp_path, clock, ids) as runtime:
        desk = await office(runtime)
        assert await desk.desk.look() == 0
        clock.pass_time(timedelta(minutes=1))
        assert await desk.desk.look() == 1
        assert (await desk.approvals.get(held.id)).state == "expired"


async def test_what_timed_out_while_nothing_ran_is_applied_at_the_start(tmp_path, clock):
    ids = counted()
    async with local(tmp_path, clock, ids) as runtime:
        held = await (await office(runtime, rules=policy("approve"))).hold()
    clock.pass_time(timedelta(days=1))
    async with local(tmp_path, clock, ids) as runtime:
        desk = await office(runtime, rules=policy("approve"))
        desk.desk.start()
        for _ in range(1000):
            if (await desk.approvals.get(held.id)).state == "expired":
                break
            await asyncio.sleep(0.01)
        assert await desk.told() == APPROVED


async def test_a_decision_is_answered_after_a_restart(tmp_path, clock):
    ids = counted()
    async with local(tmp_path, clock, ids) as runtime:
        held = await (await office(runtime)).hold()
    async with local(tmp_path, clock, ids) as runtime:
        desk = await office(runtime)
        await desk.approvals.answer(held.id, "approve", "ada")
        assert await desk.told() == APPROVED


async def test_after_a_restart_a_clock_that_was_set_back_prolongs_a_wait_by_one_time_out_at_most(
    tmp_path, clock
):
    ids = counted()
    async with local(tmp_path, clock, ids) as runtime:
        await (await office(runtime)).hold()
    clock.jump(-timedelta(days=365))
    async with local(tmp_path, clock, ids) as runtime:
        desk = await office(runtime)
        assert await desk.desk.look() == 0
        clock.pass_time(timedelta(minutes=MINUTES))
        assert await desk.desk.look() == 1


async def test_an_answer_whose_transaction_fails_never_was(tmp_path, clock, monkeypatch):
    async with local(tmp_path, clock, counted()) as runtime:
        desk = await office(runtime)
        held = await desk.hold()
        before = await desk.trail()
        append = desk.agent.audit.append

        def gone(connection, row):
            append(connection, row)
            msg = "the database is gone"
            raise Unavailable(msg)

        with monkeypatch.context() as patched:
            patched.setattr(desk.agent.audit, "append", gone)
            with pytest.raises(Unavailable):
                await desk.approvals.answer(held.id, "approve", "ada")
        assert (await desk.approvals.get(held.id)).state == "pending"
        assert await desk.trail() == before
        assert await desk.told() == []
        await desk.approvals.answer(held.id, "approve", "ada")
        assert await desk.told() == APPROVED


async def test_a_process_that_dies_right_after_the_answer_sends_all_of_it_when_it_is_back(
    tmp_path, clock, monkeypatch
):
    ids = counted()
    async with local(tmp_path, clock, ids) as runtime:
        desk = await office(runtime)
        held = await desk.hold()
        assert await runtime.settled(5)
        # Killed between the commit and the sending: nothing is handed to the relay.
        monkeypatch.setattr(desk.agent.relay, "take", lambda packets: None)
        await desk.approvals.answer(held.id, "approve", "ada")
        assert await desk.told() == []
    async with local(tmp_path, clock, ids) as runtime:
        desk = await office(runtime)
        for _ in range(500):
            if await desk.told() == APPROVED:
                break
            await asyncio.sleep(0.01)
        with pytest.raises(AnsweredAlready):
            await desk.approvals.answer(held.id, "approve", "ada")
        assert await desk.told() == APPROVED


async def test_a_rest_of_the_turn_that_fails_leaves_the_decision_waiting(runtime):
    broken = [True]

    async def stumble(_agent, turn):
        if turn.decision.outcome == "approved" and broken[0]:
            msg = "a bug"
            raise ZeroDivisionError(msg)

    desk = await office(runtime, remember, stumble)
    held = await desk.hold()
    with pytest.raises(NotApplied, match="a bug"):
        await desk.approvals.answer(held.id, "approve", "ada")
    assert (await desk.approvals.get(held.id)).state == "pending"
    assert await desk.told() == []
    broken.clear()
    broken.append(False)
    await desk.approvals.answer(held.id, "approve", "ada")
    assert await desk.told() == APPROVED


async def test_a_time_out_that_cannot_be_applied_is_tried_again_later(runtime, clock):
    broken = [True]

    async def stumble(_agent, turn):
        if turn.decision.outcome == "rejected" and broken[0]:
            msg = "a bug"
            raise ZeroDivisionError(msg)

    desk = await office(runtime, remember, stumble)
    held = await desk.hold()
    clock.pass_time(timedelta(minutes=MINUTES))
    assert await desk.desk.look() == 0
    broken[0] = False
    assert await desk.desk.look() == 0
    clock.pass_time(timedelta(seconds=5))
    assert await desk.desk.look() == 1
    assert (await desk.approvals.get(held.id)).state == "expired"


async def test_each_of_two_gates_in_a_flow_is_answered_for_itself(runtime):
    async def ask_again(agent, turn):
        await apply_governance(agent, turn)

    desk = await office(runtime, ask_again, remember)
    first = await desk.hold()
    assert len(await desk.approvals.list("pending")) == 2
    await desk.approvals.answer(first.id, "approve", "ada")
    assert await desk.told() == []
    (second,) = await desk.approvals.list("pending")
    await desk.approvals.answer(second.id, "approve", "ada")
    assert await desk.told() == APPROVED


async def test_an_agent_whose_flow_was_changed_meanwhile_does_not_guess_where_to_go_on(tmp_path, clock):
    async def fresh(_agent, _turn):
        """Do something new."""

    ids = counted()
    async with local(tmp_path, clock, ids) as runtime:
        held = await (await office(runtime)).hold()
    async with local(tmp_path, clock, ids) as runtime:
        agent = make(runtime, steps=(fresh, weigh, apply_governance, remember, reply))
        await stand_in(agent)
        await agent.start()
        with pytest.raises(NotApplied, match="the agent was changed while it waited"):
            await agent.desk.approvals.answer(held.id, "approve", "ada")
        assert (await agent.desk.approvals.get(held.id)).state == "pending"


async def test_a_decision_that_cannot_be_applied_keeps_no_other_waiting(runtime, clock):
    desk = await office(runtime)
    held, other = await desk.hold(1), await desk.hold(2)
    spoil = update(APPROVALS).where(APPROVALS.c.id == held.id).values(envelope="{}")
    await desk.agent.database.run(lambda connection: connection.execute(spoil))
    clock.pass_time(timedelta(minutes=MINUTES))
    assert await desk.desk.look() == 1
    assert (await desk.approvals.get(other.id)).state == "expired"


@pytest.mark.parametrize("changes", [{"escalationpolicy": None}, {"humanoverride": False}])
async def test_without_a_policy_or_override_nobody_is_asked_and_nothing_leaves(runtime, changes):
    desk = await office(runtime, rules=governance(**changes))
    asked = desk.agent.envelope("ask", {"number": 1})
    await desk.agent.handle(Delivery(asked))
    assert await desk.approvals.list() == ()
    assert await desk.told() == []


async def test_a_turn_too_large_to_wait_is_refused(runtime):
    async def swell(_agent, turn):
        turn.confidence = 0.5
        turn.facts["heap"] = "x" * 2**20

    agent = (await office(runtime, first=swell)).agent
    settlement = await agent.handle(Delivery(agent.envelope("ask", {"number": 1}), asked=True))
    assert settlement.reply.payload["code"] == "rejected"
    assert "cannot be held" in settlement.reply.payload["message"]


async def test_lists_come_in_pages_the_longest_waiting_first(runtime, clock):
    desk = await office(runtime)
    ids = []
    for number in range(5):
        ids.append((await desk.hold(number)).id)
        clock.pass_time(timedelta(seconds=1))
    assert [held.id for held in await desk.approvals.list(limit=2)] == ids[:2]
    assert [held.id for held in await desk.approvals.list(after=ids[1], limit=2)] == ids[2:4]
    await desk.approvals.answer(ids[0], "reject", "ada")
    assert [held.id for held in await desk.approvals.list("rejected")] == ids[:1]
    assert [held.id for held in await desk.approvals.list("pending")] == ids[1:]
    with pytest.raises(UnknownApproval, match="solo holds no decision nothing"):
        await desk.approvals.get("nothing")


async def test_what_was_answered_long_ago_is_let_go(runtime, clock):
    desk = await office(runtime)
    held = await desk.hold()
    waiting = await desk.hold(2)
    await desk.approvals.answer(held.id, "reject", "ada")
    assert await desk.approvals.sweep() == 0
    clock.jump(timedelta(days=31))
    assert await desk.approvals.sweep() == 1
    assert [left.id for left in await desk.approvals.list()] == [waiting.id]
