"""What a fleet declares of its bus: the exact document, derived from its agents."""

import json

import pytest

from qpf_runtime.bus.declare import BusDeclaration, declaration
from qpf_runtime.config import AgentConfig, DeliveryConfig
from qpf_runtime.errors import ConfigurationError
from tests.runtime import world

BUS_JSON = """
{
  "version": 1,
  "fleet": "demo",
  "environment": "dev",
  "streams": [
    {
      "name": "qpf_demo_dev_asker",
      "subjects": [
        "qpf.demo.dev.packet.asker.*.critical.*",
        "qpf.demo.dev.packet.asker.*.high.*",
        "qpf.demo.dev.packet.asker.*.medium.*",
        "qpf.demo.dev.packet.asker.*.low.*"
      ],
      "retention": "workqueue",
      "storage": "file",
      "replicas": 1,
      "discard": "new",
      "discard_new_per_subject": true,
      "max_msgs_per_subject": 500,
      "max_msg_size": 1114112,
      "max_age_seconds": 0.0,
      "duplicate_window_seconds": 120.0,
      "consumers": [
        {
          "durable": "critical",
          "filter": "qpf.demo.dev.packet.asker.*.critical.*",
          "ack_wait_seconds": 31.0,
          "max_deliver": 3,
          "backoff_seconds": [31.0, 35.0, 45.0],
          "max_ack_pending": 64
        },
        {
          "durable": "high",
          "filter": "qpf.demo.dev.packet.asker.*.high.*",
          "ack_wait_seconds": 31.0,
          "max_deliver": 3,
          "backoff_seconds": [31.0, 35.0, 45.0],
          "max_ack_pending": 64
        },
        {
          "durable": "medium",
          "filter": "qpf.demo.dev.packet.asker.*.medium.*",
          "ack_wait_seconds": 31.0,
          "max_deliver": 3,
          "backoff_seconds": [31.0, 35.0, 45.0],
          "max_ack_pending": 64
        },
        {
          "durable": "low",
          "filter": "qpf.demo.dev.packet.asker.*.low.*",
          "ack_wait_seconds": 31.0,
          "max_deliver": 3,
          "backoff_seconds": [31.0, 35.0, 45.0],
          "max_ack_pending": 64
        }
      ]
    },
    {
      "name": "qpf_demo_dev_dead",
      "subjects": ["qpf.demo.dev.dead.*"],
      "retention": "limits",
      "storage": "file",
      "replicas": 1,
      "discard": "old",
      "discard_new_per_subject": false,
      "max_msgs_per_subject": -1,
      "max_msg_size": -1,
      "max_age_seconds": 2592000.0,
      "duplicate_window_seconds": 86400.0,
      "consumers": []
    },
    {
      "name": "qpf_demo_dev_advisories",
      "subjects": ["$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.qpf_demo_dev_asker.*"],
      "retention": "workqueue",
      "storage": "file",
      "replicas": 1,
      "discard": "old",
      "discard_new_per_subject": false,
      "max_msgs_per_subject": -1,
      "max_msg_size": -1,
      "max_age_seconds": 0.0,
      "duplicate_window_seconds": 120.0,
      "consumers": [
        {
          "durable": "asker",
          "filter": "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.qpf_demo_dev_asker.*",
          "ack_wait_seconds": 30.0,
          "max_deliver": -1,
          "backoff_seconds": [],
          "max_ack_pending": 16
        }
      ]
    }
  ]
}
"""


def agent(name: str, fleet: str = "demo", **delivery) -> AgentConfig:
    return world.config(name, fleet=fleet, delivery=DeliveryConfig(**delivery))


def test_the_document_is_derived_from_the_agents():
    declared = declaration([agent("asker", queue_limit=500, max_deliver=3)])
    assert json.loads(declared.model_dump_json()) == json.loads(BUS_JSON)


def test_the_document_is_read_as_it_is_written():
    read = BusDeclaration.model_validate_json(BUS_JSON)
    assert read.stream("qpf_demo_dev_asker").consumers[0].backoff_seconds == (31.0, 35.0, 45.0)
    assert BusDeclaration.model_validate_json(read.model_dump_json()) == read


def test_no_more_waits_are_declared_than_a_packet_is_handed_out():
    (stream, *_) = declaration([agent("asker", max_deliver=1)]).streams
    assert stream.consumers[0].backoff_seconds == (31.0,)


def test_without_waits_only_silence_counts():
    (stream, *_) = declaration([agent("asker", backoff_seconds=())]).streams
    assert (stream.consumers[0].backoff_seconds, stream.consumers[0].ack_wait_seconds) == ((), 30.0)


def test_dead_letters_are_kept_as_long_as_the_most_careful_agent_asks():
    kept = [agent("a", dead_letter_retention="2 hours"), agent("b", dead_letter_retention="1 months")]
    dead = declaration(kept).stream("qpf_demo_dev_dead")
    assert (dead.max_age_seconds, dead.duplicate_window_seconds) == (30 * 86_400.0, 86_400.0)
    short = declaration(kept[:1]).stream("qpf_demo_dev_dead")
    assert (short.max_age_seconds, short.duplicate_window_seconds) == (7200.0, 7200.0)


def test_agents_of_different_fleets_share_no_bus():
    with pytest.raises(ConfigurationError, match="of one fleet and environment"):
        declaration([agent("a"), agent("b", fleet="other")])
    with pytest.raises(ConfigurationError):
        declaration([])
