"""Makes a JetStream server hold what a fleet declares, and checks that it does; it loses nothing."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import isclose
from typing import Any

import nats.errors
from nats.js import JetStreamContext, api
from nats.js.errors import APIError, NotFoundError

from qpf_runtime.bus.declare import BusDeclaration, ConsumerDeclaration, StreamDeclaration
from qpf_runtime.errors import BusClosed, ConfigurationError


async def apply(js: JetStreamContext, declared: BusDeclaration) -> None:
    """Make the server hold what is declared. Applied again, it changes nothing.

    Raises:
        ConfigurationError: If what is there cannot become what is declared without losing packets.
    """
    for stream in declared.streams:
        wanted = _stream_config(stream)
        try:
            try:
                there = (await js.stream_info(stream.name)).config
            except NotFoundError:
                await js.add_stream(wanted)
            else:
                _refuse_loss(stream, there)
                # Whoever gave it more copies had a reason.
                wanted = wanted.evolve(num_replicas=max(wanted.num_replicas or 1, there.num_replicas or 1))
                if _differences(wanted, there):
                    await js.update_stream(wanted)
            for consumer in stream.consumers:
                await js.add_consumer(stream.name, _consumer_config(consumer))
        except APIError as error:
            msg = f"the server refuses stream {stream.name}: {error.description}"
            raise ConfigurationError(msg) from None
        except nats.errors.TimeoutError:
            msg = f"the server does not answer about stream {stream.name}: is all of its cluster there?"
            raise ConfigurationError(msg) from None


async def check(js: JetStreamContext, streams: Iterable[StreamDeclaration]) -> None:
    """Make sure that the server holds these streams and their consumers, exactly as declared.

    How many copies a stream has is the environment's choice, and not looked at.

    Raises:
        ConfigurationError: Naming what is missing, or is declared otherwise.
        BusClosed: If the server does not say.
    """
    for stream in streams:
        what = f"stream {stream.name}"
        with _asking(what):
            held = (await js.stream_info(stream.name)).config
        found = _differences(_stream_config(stream).evolve(num_replicas=held.num_replicas), held)
        for consumer in stream.consumers if not found else ():
            what = f"consumer {consumer.durable} of stream {stream.name}"
            with _asking(what):
                there = (await js.consumer_info(stream.name, consumer.durable)).config
            found = _differences(_consumer_config(consumer), there)
            if found:
                break
        if found:
            msg = (
                f"{what} is declared otherwise on the server: {'; '.join(found)}; apply the fleet's bus.json"
            )
            raise ConfigurationError(msg)


async def present(js: JetStreamContext, stream: str, consumer: str | None = None) -> None:
    """Make sure that the server has a stream, or a consumer of it.

    Raises:
        ConfigurationError: Naming what is missing.
        BusClosed: If the server does not say.
    """
    with _asking(f"consumer {consumer} of stream {stream}" if consumer else f"stream {stream}"):
        await (js.consumer_info(stream, consumer) if consumer else js.stream_info(stream))


@contextmanager
def _asking(what: str) -> Iterator[None]:
    try:
        yield
    except NotFoundError:
        msg = f"the server has no {what}; apply the fleet's bus.json"
        raise ConfigurationError(msg) from None
    except (TimeoutError, OSError, nats.errors.Error) as error:
        # It may be on its way down, or up: who asks tries again.
        msg = f"the server does not say whether it has {what}: {error}"
        raise BusClosed(msg) from None


def _refuse_loss(stream: StreamDeclaration, there: api.StreamConfig) -> None:
    if there.retention != stream.retention or there.storage != stream.storage:
        msg = (
            f"stream {stream.name} exists with retention {there.retention} on {there.storage}; that cannot"
            f" become {stream.retention} on {stream.storage}: empty the stream, delete it, and apply again"
        )
        raise ConfigurationError(msg)
    limits = {
        "max_msgs_per_subject": (there.max_msgs_per_subject, stream.max_msgs_per_subject),
        "max_msg_size": (there.max_msg_size or -1, stream.max_msg_size),
        "max_age": (there.max_age or 0.0, stream.max_age_seconds),
    }
    for name, (has, wants) in limits.items():
        if wants > 0 and (has <= 0 or wants < has):
            msg = (
                f"stream {stream.name} has {name} {has:g} and would get {wants:g}; packets could be lost:"
                " empty the stream, delete it, and apply again"
            )
            raise ConfigurationError(msg)
    dropped = sorted(set(there.subjects or ()) - set(stream.subjects))
    if dropped:
        msg = f"stream {stream.name} would no longer take {', '.join(dropped)}; delete it if that is meant"
        raise ConfigurationError(msg)


def _stream_config(stream: StreamDeclaration) -> api.StreamConfig:
    return api.StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=api.RetentionPolicy(stream.retention),
        storage=api.StorageType(stream.storage),
        num_replicas=stream.replicas,
        discard=api.DiscardPolicy(stream.discard),
        discard_new_per_subject=stream.discard_new_per_subject,
        max_msgs_per_subject=stream.max_msgs_per_subject,
        max_msg_size=stream.max_msg_size,
        max_age=stream.max_age_seconds,
        duplicate_window=stream.duplicate_window_seconds,
    )


def _consumer_config(consumer: ConsumerDeclaration) -> api.ConsumerConfig:
    return api.ConsumerConfig(
        durable_name=consumer.durable,
        filter_subject=consumer.filter,
        ack_wait=consumer.ack_wait_seconds,
        max_deliver=consumer.max_deliver,
        backoff=list(consumer.backoff_seconds) or None,
        max_ack_pending=consumer.max_ack_pending,
    )


def _differences(wanted: Any, there: Any) -> list[str]:
    return [
        f"{name} is {getattr(there, name)}, declared {value}"
        for name, value in vars(wanted).items()
        if value is not None and not _same(value, getattr(there, name))
    ]


def _same(wanted: Any, has: Any) -> bool:
    if isinstance(wanted, list):
        there = has or ()
        return len(wanted) == len(there) and all(map(_same, wanted, there))
    if isinstance(wanted, float) and has is not None:
        # The server counts in whole nanoseconds.
        return isclose(wanted, has, abs_tol=1e-8)
    return bool(wanted == has)
