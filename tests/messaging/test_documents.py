"""The emitted documents of a bus: what the runtime derives itself, what official schemas accept."""

from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest
import yaml
from pydantic import ValidationError

from qpf_runtime.bus.declare import LARGEST_MESSAGE, BusDeclaration, declaration
from qpf_runtime.bus.topology import Topology
from qpf_runtime.config import AgentConfig
from qpf_runtime.envelope import OUTSIDE, PacketEnvelope
from qpf_runtime.packet import Packet
from qpf_runtime.testing import sample
from qpf_runtime.wire import write
from tests.messaging.compiled import ENVIRONMENTS, bus_file, bus_json, configs, modules, specification

every_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


def packet_classes(environment: str) -> dict[str, type[Packet]]:
    """The emitted class of each kind of packet."""
    with modules(environment, "packets") as found:
        return {
            each.kind: each
            for module in found.values()
            for each in vars(module).values()
            if isinstance(each, type) and issubclass(each, Packet) and each is not Packet
        }


def subjects(environment: str) -> dict[str, tuple[AgentConfig, str]]:
    """Every subject a packet may be sent to, with its receiver and input port: read from the agents."""
    found = {}
    agents = {config.name: config for config in configs(environment)}
    names = Topology(next(iter(agents.values())).fleet, environment)
    for config in agents.values():
        for routes in config.routes.values():
            for route in routes:
                where = f"{names.prefix}.packet.{route.target}.{route.port}.{route.priority}.{config.name}"
                found[where] = agents[route.target], route.port
        for port, taken in config.inputs.items():
            where = f"{names.prefix}.packet.{config.name}.{port}.{taken.priority}.{OUTSIDE}"
            found[where] = config, port
    return found


@every_environment
def test_declaration_is_what_the_runtime_derives_from_the_agents(environment: str) -> None:
    emitted = bus_json(environment, "bus.json")
    derived = declaration(configs(environment))
    assert emitted == derived.model_dump(mode="json")
    assert BusDeclaration.model_validate_json(bus_file(environment, "bus.json")) == derived


@every_environment
def test_server_takes_the_largest_packet_and_keeps_what_it_accepted(environment: str) -> None:
    told = bus_file(environment, "server.conf").splitlines()
    assert f"max_payload: {LARGEST_MESSAGE}" in told
    assert "  sync_interval: always" in told


@every_environment
def test_asyncapi_document_fits_the_official_schema(environment: str) -> None:
    schema = specification("@asyncapi/specs/schemas/3.0.0-without-$id.json")
    validator = jsonschema_rs.validator_for(schema)
    assert [error.message for error in validator.iter_errors(bus_json(environment, "asyncapi.json"))] == []


def test_official_schema_refuses_what_is_no_asyncapi() -> None:
    schema = specification("@asyncapi/specs/schemas/3.0.0-without-$id.json")
    broken = bus_json("dev", "asyncapi.json")
    next(iter(broken["operations"].values()))["action"] = "publish"
    assert not jsonschema_rs.validator_for(schema).is_valid(broken)


@every_environment
def test_channels_are_the_subjects_agents_send_to(environment: str) -> None:
    channels = bus_json(environment, "asyncapi.json")["channels"]
    packets = {each["address"]: each for name, each in channels.items() if name.startswith("packet.")}
    expected = subjects(environment)
    assert sorted(packets) == sorted(expected)
    for address, channel in packets.items():
        receiver, port = expected[address]
        assert list(channel["messages"]) == [receiver.inputs[port].packet]


@every_environment
def test_every_reference_leads_somewhere(environment: str) -> None:
    document = bus_json(environment, "asyncapi.json")
    references = list(_references(document))
    assert references
    for reference in references:
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


@every_environment
def test_whoever_waits_is_told_what_may_come_back(environment: str) -> None:
    operations = bus_json(environment, "asyncapi.json")["operations"]
    for config in configs(environment):
        for port, routes in config.routes.items():
            owed = config.outputs[port].reply
            for route in routes:
                sent = operations[f"{config.name}.{port}.send.{route.target}.{route.port}"]
                kinds = [
                    each["$ref"].rpartition("/")[2] for each in sent.get("reply", {}).get("messages", ())
                ]
                assert kinds == ([owed, "error"] if owed else [])


@every_environment
def test_payload_schemas_say_what_the_emitted_packets_accept(environment: str) -> None:
    components = bus_json(environment, "asyncapi.json")["components"]
    classes = packet_classes(environment)
    assert set(components["messages"]) - {"error"} == set(classes)
    for kind, packet in classes.items():
        validator = jsonschema_rs.validator_for(components["schemas"][f"{kind}_payload"])
        payload = sample(packet).payload()
        assert validator.is_valid(payload)
        assert components["messages"][kind]["x-version"] == packet.version
        for name in payload:
            for wrong in (
                {**payload, name: {"no": ["such"]}},
                {**payload, f"{name}_": 1},
                _without(payload, name),
            ):
                assert validator.is_valid(wrong) == _reads(packet, wrong), (kind, name, wrong)


@every_environment
def test_headers_are_those_the_runtime_writes(environment: str) -> None:
    document = bus_json(environment, "asyncapi.json")
    known = document["components"]["schemas"]["envelope"]["properties"]
    for kind, packet in packet_classes(environment).items():
        envelope = PacketEnvelope(
            id="one",
            kind=kind,
            packet_version=packet.version,
            source="an_agent.port",
            target="other.port",
            correlation_id="first",
            causation_id="before",
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
            deadline=datetime(2026, 1, 2, tzinfo=UTC),
            schema_version="6.0.0",
            traceparent=f"00-{'a' * 32}-{'b' * 16}-01",
            payload=sample(packet).payload(),
            path=("an_agent.step",),
        )
        headers, _ = write(envelope, document["info"]["title"].split()[2])
        assert set(headers) == set(known)
        schema = {**document["components"]["messages"][kind]["headers"], "components": document["components"]}
        validator = jsonschema_rs.validator_for(schema)
        assert [error.message for error in validator.iter_errors(headers)] == []
        assert not validator.is_valid({**headers, "ce-type": "another"})
        assert not validator.is_valid({**headers, "ce-priority": "utmost"})


@every_environment
def test_cluster_objects_say_what_the_declaration_says(environment: str) -> None:
    declared = BusDeclaration.model_validate_json(bus_file(environment, "bus.json"))
    found = list(yaml.safe_load_all(bus_file(environment, "jetstream.yaml")))
    streams = {each["spec"]["name"]: each["spec"] for each in found if each["kind"] == "Stream"}
    consumers = {
        (each["spec"]["streamName"], each["spec"]["durableName"]): each["spec"]
        for each in found
        if each["kind"] == "Consumer"
    }
    assert {each["apiVersion"] for each in found} == {"jetstream.nats.io/v1beta2"}
    assert len({(each["kind"], each["metadata"]["name"]) for each in found}) == len(found)
    assert set(streams) == {stream.name for stream in declared.streams}
    for stream in declared.streams:
        spec = streams[stream.name]
        assert spec["subjects"] == list(stream.subjects)
        assert (spec["retention"], spec["discard"]) == (stream.retention, stream.discard)
        assert spec["discardPerSubject"] == stream.discard_new_per_subject
        assert spec["maxMsgsPerSubject"] == stream.max_msgs_per_subject
        assert seconds(spec.get("maxAge", "0s")) == stream.max_age_seconds
        assert seconds(spec["duplicateWindow"]) == stream.duplicate_window_seconds
        for consumer in stream.consumers:
            spec = consumers.pop((stream.name, consumer.durable))
            assert (spec["filterSubject"], spec["ackPolicy"]) == (consumer.filter, "explicit")
            assert [seconds(each) for each in spec.get("backoff", ())] == list(consumer.backoff_seconds)
            assert seconds(spec["ackWait"]) == consumer.ack_wait_seconds
            assert (spec["maxDeliver"], spec["maxAckPending"]) == (
                consumer.max_deliver,
                consumer.max_ack_pending,
            )
    assert consumers == {}


def seconds(duration: str) -> float:
    """A duration of Go, as far as we write them."""
    return float(duration[:-2]) / 1000 if duration.endswith("ms") else float(duration[:-1])


def _references(value: Any) -> Any:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def _reads(packet: type[Packet], payload: dict[str, Any]) -> bool:
    try:
        packet.read(payload)
    except ValidationError:
        return False
    return True


def _without(payload: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if key != name}
