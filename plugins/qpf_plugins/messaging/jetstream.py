"""The same streams and consumers as objects of the JetStream controller of a cluster (NACK, `v1beta2`)."""

from collections.abc import Iterator
from typing import Any

from qpf.api import Environment
from qpf_plugins.messaging.options import options_of
from qpf_plugins.messaging.streams import Config, streams

Object = dict[str, Any]

VERSION = "jetstream.nats.io/v1beta2"

_STREAM = {
    "name": "name",
    "subjects": "subjects",
    "retention": "retention",
    "storage": "storage",
    "replicas": "replicas",
    "discard": "discard",
    "discard_new_per_subject": "discardPerSubject",
    "max_msgs_per_subject": "maxMsgsPerSubject",
    "max_msg_size": "maxMsgSize",
    "max_age_seconds": "maxAge",
    "duplicate_window_seconds": "duplicateWindow",
}
_CONSUMER = {
    "durable": "durableName",
    "filter": "filterSubject",
    "ack_wait_seconds": "ackWait",
    "max_deliver": "maxDeliver",
    "backoff_seconds": "backoff",
    "max_ack_pending": "maxAckPending",
}
_ALWAYS = {"ackPolicy": "explicit", "deliverPolicy": "all", "replayPolicy": "instant"}
_TIMES = frozenset({"ack_wait_seconds", "backoff_seconds", "duplicate_window_seconds", "max_age_seconds"})


def objects(environment: Environment) -> Iterator[Object]:
    """A Stream and its Consumers, for every stream of an environment."""
    options = options_of(environment)
    instance = f"{environment.fleet.name}-{environment.name}".lower().replace("_", "-")
    for stream in streams(environment):
        name = _object_name(stream["name"])
        spec = _spec({**stream, "replicas": options.replicas}, _STREAM)
        yield _object("Stream", name, instance, options.namespace, spec)
        for consumer in stream["consumers"]:
            spec = {"streamName": stream["name"], **_spec(consumer, _CONSUMER), **_ALWAYS}
            named = f"{name}-{_object_name(consumer['durable'])}"
            yield _object("Consumer", named, instance, options.namespace, spec)


def _object(kind: str, name: str, instance: str, namespace: str | None, spec: Object) -> Object:
    labels = {"app.kubernetes.io/instance": instance, "app.kubernetes.io/managed-by": "qpf"}
    metadata: Object = {"labels": labels, "name": name}
    if namespace is not None:
        metadata["namespace"] = namespace
    return {"apiVersion": VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _spec(config: Config, names: dict[str, str]) -> Object:
    """The controller's words for JetStream's: every setting must have one, so that none is lost on the way.

    Raises:
        KeyError: If one has none.
    """
    return {
        names[key]: _duration(value) if key in _TIMES else value
        for key, value in config.items()
        # No time and no list is the controller's default, and it wants them left out.
        if key != "consumers" and not (key in _TIMES and not value)
    }


def _duration(value: Any) -> Any:
    if isinstance(value, list):
        return [_duration(each) for each in value]
    whole = round(value * 1000)
    return f"{whole}ms" if whole % 1000 else f"{whole // 1000}s"


def _object_name(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
