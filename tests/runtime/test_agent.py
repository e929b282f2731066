"""Dispatch: payload checked, steps in order, time limited, failures answered and remembered."""

import asyncio

import pytest

from qpf_runtime.agent import Agent
from qpf_runtime.bus.inprocess import InProcessBus
from qpf_runtime.bus.port import Done
from qpf_runtime.config import DeliveryConfig, InputPort, OutputPort, ReasoningConfig, Route
from qpf_runtime.envelope import Json
from qpf_runtime.errors import ConfigurationError, PacketRejected, RequestFailed, Undeliverable
from qpf_runtime.packet import assemble
from qpf_runtime.runtime import Runtime, TurnRecord
from tests.runtime.world import Answer, Ask, answer_double, answering, bound, config

pytestmark = pytest.mark.anyio


async def test_steps_run_in_order_and_leave_their_hops(runtime):
    async def first(_agent, turn):
        turn.facts["seen"] = turn.packet.number

    async def second(_agent, turn):
        turn.reply = Answer(number=turn.facts["seen"] + 1)

    agent = answering(runtime, first, second)
    sent = agent.envelope("ask", {"number": 4})
    reply = await agent.answer(sent)
    assert reply.payload == {"number": 5}
    assert reply.path == ("solo.first", "solo.second")
    assert (reply.causation_id, reply.correlation_id) == (sent.id, sent.correlation_id)
    assert (reply.source, reply.target) == ("solo.ask", "outside")


async def test_a_payload_that_does_not_fit_is_answered_field_by_field(runtime):
    agent = answering(runtime, answer_double)
    reply = await agent.answer(agent.envelope("ask", {"number": "4", "extra": 1}))
    assert reply.failed
    assert reply.payload["code"] == "invalid_payload"
    assert [found["field"] for found in reply.payload["fields"]] == ["number", "extra"]
    assert reply.path == ()


async def test_numbers_are_not_made_of_texts_nor_texts_of_numbers(runtime):
    agent = answering(runtime, answer_double)
    numbers: tuple[Json, ...] = ("1", 1.5, None, True, [1])
    for number in numbers:
        reply = await agent.answer(agent.envelope("ask", {"number": number}))
        assert reply.payload["code"] == "invalid_payload", number


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"target": "solo.other"}, "unknown_port"),
        ({"target": "somebody.ask"}, "unknown_port"),
        ({"kind": "answer"}, "wrong_kind"),
    ],
)
async def test_a_packet_for_somebody_else_is_refused(runtime, change, code):
    agent = answering(runtime, answer_double)
    reply = await agent.answer(agent.envelope("ask", {"number": 1}).model_copy(update=change))
    assert reply.payload["code"] == code


async def test_a_turn_that_takes_too_long_fails_and_says_where(runtime):
    async def fine(_agent, _turn):
        return None

    async def slow(_agent, _turn):
        await asyncio.sleep(5)

    agent = answering(runtime, fine, slow, timeout_ms=20)
    reply = await agent.answer(agent.envelope("ask", {"number": 1}))
    assert reply.payload["code"] == "timeout"
    assert reply.payload["message"] == "not finished within 20 ms"
    assert reply.payload["at"] == "solo.slow"
    assert reply.path == ("solo.fine", "solo.slow")


async def test_a_step_that_times_out_by_itself_is_not_the_turns_timeout(runtime):
    async def gives_up(_agent, _turn):
        raise TimeoutError

    agent = answering(runtime, gives_up)
    reply = await agent.answer(agent.envelope("ask", {"number": 1}))
    assert reply.payload["code"] == "step_failed"


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ValueError("odd"), "step_failed", "ValueError: odd"),
        (PacketRejected("not today"), "rejected", "not today"),
        (RequestFailed("no luck"), "request_failed", "no luck"),
        (Undeliverable("nobody there"), "undeliverable", "nobody there"),
    ],
)
async def test_a_failing_step_is_answered_and_remembered(runtime, error, code, message):
    async def fails(_agent, _turn):
        raise error

    agent = answering(runtime, fails)
    reply = await agent.answer(agent.envelope("ask", {"number": 1}))
    assert (reply.payload["code"], reply.payload["message"]) == (code, message)
    (episode,) = await agent.memory.episodic.recall(kind="failed_turn")
    assert episode.content["code"] == code
    assert episode.content["at"] == "solo.fails"


async def test_a_flow_that_owes_a_reply_and_gives_none_has_failed(runtime):
    async def forgets(_agent, _turn):
        return None

    agent = answering(runtime, forgets)
    reply = await agent.answer(agent.envelope("ask", {"number": 1}))
    assert reply.payload["message"] == "the flow ended with reply none; the port owes answer"


async def test_the_path_collects_hops_of_called_agents(runtime):
    async def calls(agent, turn):
        reply = await agent.request("ask", Ask(number=turn.packet.number))
        turn.reply = Answer(**reply.payload)

    async def ends(_agent, _turn):
        return None

    caller = Agent(
        config(
            "caller",
            inputs={"ask": InputPort(packet="ask", reply="answer")},
            outputs={"ask": OutputPort(packet="ask", reply="answer")},
            routes={"ask": (Route(target="solo", port="ask", packet="ask", priority="high"),)},
        ),
        runtime,
    )
    caller.sends("ask", Ask, Answer)
    caller.on("ask", Ask, bound(caller, calls, ends), Answer)
    callee = answering(runtime, answer_double)
    await callee.start()
    sent = caller.envelope("ask", {"number": 3})
    reply = await caller.answer(sent)
    assert reply.payload == {"number": 6}
    assert reply.path == ("caller.calls", "solo.answer_double", "caller.ends")
    assert reply.correlation_id == sent.id


async def test_an_error_of_a_called_agent_fails_the_caller_with_its_message(runtime):
    async def calls(agent, _turn):
        await agent.request("ask", Ask(number=1))

    async def refuses(_agent, _turn):
        msg = "no"
        raise PacketRejected(msg)

    caller = Agent(
        config(
            "caller",
            inputs={"ask": InputPort(packet="ask", reply="answer")},
            outputs={"ask": OutputPort(packet="ask", reply="answer")},
            routes={"ask": (Route(target="solo", port="ask", packet="ask"),)},
        ),
        runtime,
    )
    caller.sends("ask", Ask, Answer)
    caller.on("ask", Ask, bound(caller, calls), Answer)
    reply = await caller.answer(caller.envelope("ask", {"number": 1}))
    assert (reply.payload["code"], "no agent solo" in reply.payload["message"]) == ("request_failed", True)
    await answering(runtime, refuses).start()
    reply = await caller.answer(caller.envelope("ask", {"number": 1}))
    assert reply.payload["message"] == "solo.ask answered: no"
    assert reply.path == ("caller.calls", "solo.refuses")


async def test_what_is_configured_must_be_wired(runtime):
    agent = Agent(config("solo", inputs={"ask": InputPort(packet="ask")}), runtime)
    with pytest.raises(ConfigurationError, match="agent solo: configured but not wired: input port ask"):
        await agent.start()


async def test_wiring_must_agree_with_the_configuration(runtime):
    agent = Agent(
        config(
            "solo",
            inputs={"ask": InputPort(packet="ask", reply="answer")},
            outputs={"out": OutputPort(packet="answer")},
        ),
        runtime,
    )
    steps = bound(agent, answer_double)
    for mistake, message in [
        (lambda: agent.on("other", Ask, steps, Answer), "input port other is not configured"),
        (lambda: agent.on("ask", Answer, steps, Answer), "input port ask is for ask, not for answer"),
        (lambda: agent.on("ask", Ask, steps), "the reply of input port ask is for answer, not for no packet"),
        (lambda: agent.on("ask", Ask, [], Answer), "input port ask has no steps"),
        (lambda: agent.sends("ask", Ask), "output port ask is not configured"),
        (lambda: agent.sends("out", Ask), "output port out is for answer, not for ask"),
    ]:
        with pytest.raises(ConfigurationError, match=message):
            mistake()


async def test_a_reply_that_is_not_what_the_port_waits_for_is_refused():
    for change, message in [
        ({"kind": "other"}, r"solo\.ask answered with other, not answer"),
        ({"payload": {"number": "x"}}, r"solo\.ask answered with a bad answer: number: "),
        (None, r"solo\.ask gave no reply"),
    ]:
        other = Runtime.in_memory()
        agent = calling(other)

        async def reply(delivery, change=change):
            envelope = delivery.envelope
            turned = {"kind": "answer", "source": envelope.target, "target": envelope.source}
            return Done(None if change is None else envelope.model_copy(update=turned | change))

        assert isinstance(other.bus, InProcessBus)
        await other.bus.collect("solo", DeliveryConfig(), reply)
        with pytest.raises(RequestFailed, match=message):
            await agent.request("ask", Ask(number=1))
        await other.close()


async def test_a_request_needs_a_port_with_one_receiver_and_the_right_packet(runtime):
    agent = calling(runtime)
    with pytest.raises(ConfigurationError, match="there is no output port other; there is ask"):
        await agent.request("other", Ask(number=1))
    with pytest.raises(ConfigurationError, match="output port ask is for ask, not for answer"):
        await agent.emit("ask", Answer(number=1))
    both = (Route(target="a", port="ask", packet="ask"), Route(target="b", port="ask", packet="ask"))
    agent = calling(runtime, routes={"ask": both})
    with pytest.raises(ConfigurationError, match="needs a reply and one receiver, not 2"):
        await agent.request("ask", Ask(number=1))


async def test_a_step_that_cannot_build_its_packet_names_the_field(runtime):
    async def builds(_agent, turn):
        turn.reply = assemble(Answer, {"number": "x"})

    agent = answering(runtime, builds)
    reply = await agent.answer(agent.envelope("ask", {"number": 1}))
    assert reply.payload["code"] == "step_failed"
    assert reply.payload["message"].startswith("cannot build Answer: number: ")


async def test_an_envelope_for_a_port_that_is_not_there_is_not_made(runtime):
    with pytest.raises(KeyError, match="agent solo has no input port other"):
        answering(runtime, answer_double).envelope("other", {})


def calling(runtime, **changes):
    settings = {
        "outputs": {"ask": OutputPort(packet="ask", reply="answer")},
        "routes": {"ask": (Route(target="solo", port="ask", packet="ask"),)},
    }
    agent = Agent(config("caller", **(settings | changes)), runtime)
    agent.sends("ask", Ask, Answer)
    return agent


async def test_an_unknown_model_is_refused_at_the_start_naming_agent_and_field(tmp_path):
    reasoning = ReasoningConfig(primary_model="acme:clever-1")
    async with Runtime.local(tmp_path) as local:
        with pytest.raises(
            ConfigurationError, match=r'agent solo: reasoningengine\.primary_model is "acme:cl'
        ):
            Agent(config("solo", reasoning=reasoning), local)
    async with Runtime.local(tmp_path, models="offline") as offline:
        assert Agent(config("solo", reasoning=reasoning), offline).reasoner is not None


async def test_a_watcher_that_fails_does_no_harm(runtime):
    def breaks(_record):
        raise RuntimeError

    seen: list[TurnRecord] = []
    runtime.watchers += [breaks, seen.append]
    agent = answering(runtime, answer_double)
    reply = await agent.answer(agent.envelope("ask", {"number": 1}))
    assert reply.payload == {"number": 2}
    assert [record.hops for record in seen] == [("solo.answer_double",)]


async def test_concurrent_turns_do_not_mix(runtime):
    async def waits(_agent, turn):
        await asyncio.sleep(0.001 * (turn.packet.number % 3))
        turn.facts["number"] = turn.packet.number

    async def answers(_agent, turn):
        turn.reply = Answer(number=turn.facts["number"])

    agent = answering(runtime, waits, answers)
    await agent.start()
    asked = [runtime.bus.request(agent.envelope("ask", {"number": number}), 5) for number in range(50)]
    assert [reply.payload["number"] for reply in await asyncio.gather(*asked)] == list(range(50))
