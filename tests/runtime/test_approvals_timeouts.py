"""What nobody answers in time becomes what the schema says, once, whatever the clocks do."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from qpf_runtime.components.memory import remember
from qpf_runtime.held import APPROVALS, Expired
from tests.runtime.office import (
    APPROVED,
    MINUTES,
    local,
    office,
    policy,
)
from tests.runtime.world import counted

pytestmark = pytest.mark.anyio


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


async def test_a_decision_that_cannot_be_applied_keeps_no_other_waiting(runtime, clock):
    desk = await office(runtime)
    held, other = await desk.hold(1), await desk.hold(2)
    spoil = update(APPROVALS).where(APPROVALS.c.id == held.id).values(envelope="{}")
    await desk.agent.database.run(lambda connection: connection.execute(spoil))
    clock.pass_time(timedelta(minutes=MINUTES))
    assert await desk.desk.look() == 1
    assert (await desk.approvals.get(other.id)).state == "expired"
