"""Packets on the wire: any envelope makes the round trip; anything else is an envelope or a WireError."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qpf_runtime import wire
from qpf_runtime.bus.topology import Topology
from qpf_runtime.envelope import PRIORITIES, PacketEnvelope, canonical, digest
from qpf_runtime.wire import Message, WireError

TOPOLOGY = Topology("demo", "dev")
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)

tokens = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
identifiers = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=60)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
times = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 -- the strategy adds the zone
    max_value=datetime(9998, 1, 1),  # noqa: DTZ001 -- as above
    timezones=st.sampled_from(
        [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=11))]
    ),
)


@st.composite
def envelopes(draw) -> PacketEnvelope:
    sender = draw(tokens)
    return PacketEnvelope(
        id=draw(identifiers),
        kind=draw(identifiers),
        packet_version=draw(st.integers(1, 99)),
        priority=draw(st.sampled_from(PRIORITIES)),
        source=draw(st.sampled_from([sender, f"{sender}.out", f"{sender}.out.x"])),
        target=f"{draw(tokens)}.{draw(tokens)}",
        correlation_id=draw(identifiers),
        causation_id=draw(st.none() | identifiers),
        created_at=draw(times),
        deadline=draw(st.none() | times),
        schema_version=draw(identifiers),
        traceparent=draw(
            st.none() | st.from_regex(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", fullmatch=True)
        ),
        payload=draw(st.dictionaries(st.text(max_size=8), json_values, max_size=4)),
        path=tuple(draw(st.lists(st.text(max_size=20), max_size=4))),
    )


def message(headers, body=b"{}", subject="qpf.demo.dev.packet.taker.ask.medium.outside") -> Message:
    return Message(subject, headers, body, "js-S-7", AT)


def read(found: Message) -> PacketEnvelope:
    return wire.read(found, TOPOLOGY, lambda port: ("ask", 3) if port == "ask" else None)


def event(**attributes: str | None) -> dict[str, str]:
    headers: dict[str, str | None] = {"specversion": "1.0", "id": "p1", "source": "outside", "type": "ask"}
    return {f"ce-{name}": value for name, value in (headers | attributes).items() if value is not None}


@given(envelopes())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_envelope_makes_the_round_trip(envelope: PacketEnvelope):
    headers, body = wire.write(envelope, "demo")
    assert all(value.isascii() and value.isprintable() for value in headers.values())
    found = Message(TOPOLOGY.subject(envelope), headers, body, "js-S-1", AT)
    assert wire.read(found, TOPOLOGY, lambda _port: ("other", 1)) == envelope
    assert wire.read_reply(found, "demo") == envelope


attributes = "specversion source type time subject dataschema priority path digest deadline correlationid"
names = st.sampled_from(
    [f"ce-{name}" for name in attributes.split()] + ["CE-ID", "traceparent", "content-type"]
)
values = st.text(max_size=30) | st.sampled_from(["1.0", "outside", "ask", "taker.ask", "%ff%00", "low"])
subjects = st.text(max_size=30) | st.builds(
    "qpf.demo.dev.packet.{}.{}.{}.{}".format, tokens, st.just("ask"), st.sampled_from(PRIORITIES), tokens
)


@given(st.dictionaries(names | st.text(max_size=9), values, max_size=12), st.binary(max_size=60), subjects)
@example(event(), b"[" * 100_000, "qpf.demo.dev.packet.taker.ask.medium.outside")
@example(event(), b'{"a":' * 5_000, "qpf.demo.dev.packet.taker.ask.medium.outside")
@example(event(), b'{"a":' + b"9" * 5_000 + b"}", "qpf.demo.dev.packet.taker.ask.medium.outside")
@example(event(), b'{"a":1e999}', "qpf.demo.dev.packet.taker.ask.medium.outside")
@example(event(), b'{"a":"\\ud800"}', "qpf.demo.dev.packet.taker.ask.medium.outside")
@example(event(time="2026-11-24"), b"{}", "qpf.demo.dev.packet.taker.ask.medium.outside")
@example(
    event(dataschema="urn:qpf:demo:packet:ask:\u0663"), b"{}", "qpf.demo.dev.packet.taker.ask.medium.outside"
)
def test_anything_else_is_an_envelope_or_a_wire_error(headers, body, subject):
    found = message(headers, body, subject)
    for reader in (read, lambda one: wire.read_reply(one, "demo")):
        with suppress(WireError):
            assert isinstance(reader(found), PacketEnvelope)


def test_a_bare_message_is_a_packet_of_the_kind_its_port_takes():
    found = read(message({}, b'{"number": 1}'))
    assert (found.id, found.correlation_id, found.source, found.target) == (
        "js-S-7",
        "js-S-7",
        "outside",
        "taker.ask",
    )
    assert (found.kind, found.packet_version, found.priority, found.created_at) == ("ask", 3, "medium", AT)
    assert found.digest == digest(b'{"number": 1}') != digest(canonical(found.payload))


def test_an_event_needs_only_what_cloudevents_requires():
    found = read(message(event(id="p9", source="outside")))
    assert (found.id, found.packet_version, found.created_at) == ("p9", 3, AT)


@pytest.mark.parametrize(
    ("headers", "body", "code", "reason"),
    [
        (event(source="main.out"), b"{}", "forged_source", "from 'main.out' and came as outside's"),
        (event(subject="taker.other"), b"{}", "misdirected", "ce-subject is 'taker.other'"),
        (event(subject="other.ask"), b"{}", "misdirected", "sent as taker.ask"),
        (event(priority="critical"), b"{}", "misdirected", "ce-priority is 'critical'"),
        (event(id=None), b"{}", "invalid_attribute", "ce-id must be there"),
        (event(id="\u00e9"), b"{}", "invalid_attribute", "id: "),
        (event(id="a b"), b"{}", "invalid_attribute", "id: "),
        (event(specversion="0.3"), b"{}", "invalid_attribute", "'0.3', not 1.0"),
        (event(time="soon"), b"{}", "invalid_attribute", "ce-time is 'soon'"),
        (event(deadline="2026-01-01T00:00:00"), b"{}", "invalid_attribute", "deadline: "),
        (
            event(dataschema="urn:qpf:other:packet:ask:1"),
            b"{}",
            "invalid_attribute",
            "urn:qpf:demo:packet:ask:1",
        ),
        (event(digest="sha256:" + "0" * 64), b"{}", "digest_mismatch", "not that of the body"),
        (event() | {"content-type": "text/xml"}, b"{}", "invalid_attribute", "'text/xml'"),
        (event() | {"traceparent": "00-x"}, b"{}", "invalid_attribute", "traceparent: "),
        ({}, b"[1]", "invalid_json", "must be a JSON object"),
        ({}, b"{", "invalid_json", "line 1 column"),
        ({}, b'{"a":' * 400 + b"1" + b"}" * 400, "invalid_json", "recursion limit"),
        ({}, b'"' + b"a" * 1024 * 1024 + b'"', "too_large", "may have 1048576 bytes"),
    ],
)
def test_what_is_wrong_is_said(headers, body, code, reason):
    with pytest.raises(WireError) as error:
        read(message(headers, body))
    assert error.value.code == code
    assert reason in error.value.reason


def test_a_subject_of_another_fleet_or_port_is_refused():
    with pytest.raises(WireError, match="not the subject of a packet") as misdirected:
        read(message({}, subject="qpf.other.dev.packet.taker.ask.medium.outside"))
    with pytest.raises(WireError, match="no input port tell") as unknown:
        read(message({}, subject="qpf.demo.dev.packet.taker.tell.medium.outside"))
    assert (misdirected.value.code, unknown.value.code) == ("misdirected", "unknown_port")


def test_what_is_too_large_is_not_sent():
    large = PacketEnvelope(
        id="p1",
        kind="ask",
        source="outside",
        target="taker.ask",
        correlation_id="c",
        created_at=AT,
        schema_version="6.0.0",
        payload={},
    ).model_copy(update={"payload": {"text": "a" * 1024 * 1024}})
    with pytest.raises(WireError, match="packet p1 has 1048587 bytes"):
        wire.write(large, "demo")
    with pytest.raises(WireError, match="headers of"):
        wire.write(large.model_copy(update={"payload": {}, "path": ("\u00e9" * 200,) * 256}), "demo")
