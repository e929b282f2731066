"""A held decision is answered once, and has its effects once."""

import asyncio
from datetime import timedelta

import pytest

from qpf_runtime.audit_check import verify
from qpf_runtime.bus.inprocess import InProcessBus
from qpf_runtime.bus.port import Delivery
from qpf_runtime.components.governance import apply_governance
from qpf_runtime.components.memory import remember
from qpf_runtime.errors import Unavailable
from qpf_runtime.held import AnsweredAlready, NotApplied, UnknownApproval
from qpf_runtime.runtime import Runtime
from qpf_runtime.stores import LocalStores
from qpf_runtime.testing import stand_in
from tests.runtime.office import (
    APPROVED,
    MINUTES,
    governance,
    local,
    make,
    office,
    reply,
    weigh,
)
from tests.runtime.world import counted

pytestmark = pytest.mark.anyio


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
        await first.told(), await second.told()
        # Both send what their common outbox holds; it counts once, because it keeps its id.
        sent = {one.id for desk in (first, second) for one in desk.sent if one.kind == "ask_outcome"}
        assert len(sent) == (len(APPROVED) if outcome == "approved" else 0)
        assert len([row for row in await first.trail() if row[0] == "answer"]) == 1


async def test_a_decision_is_answered_after_a_restart(tmp_path, clock):
    ids = counted()
    async with local(tmp_path, clock, ids) as runtime:
        held = await (await office(runtime)).hold()
    async with local(tmp_path, clock, ids) as runtime:
        desk = await office(runtime)
        await desk.approvals.answer(held.id, "approve", "ada")
        assert await desk.told() == APPROVED


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
