"""Remembers the last turns of a process, to show the way a packet took; not the audit trail."""

from collections import deque
from collections.abc import Mapping

from qpf_runtime.envelope import Json
from qpf_runtime.runtime import TurnRecord

KEPT = 2000


class Trail:
    """The last turns; give its `watch` to a runtime's watchers."""

    def __init__(self) -> None:
        self._records: deque[TurnRecord] = deque(maxlen=KEPT)

    def watch(self, record: TurnRecord) -> None:
        """Remember a turn."""
        self._records.append(record)

    def all(self) -> tuple[TurnRecord, ...]:
        """Give all of them, in the order they ended."""
        return tuple(self._records)

    def of(self, correlation_id: str) -> tuple[TurnRecord, ...]:
        """Give the turns that one packet from outside set off, in the order they ended."""
        return tuple(record for record in self._records if record.envelope.correlation_id == correlation_id)


def describe(record: TurnRecord) -> Mapping[str, Json]:
    """Spell a turn for a person's eyes."""
    return {
        "agent": record.agent,
        "port": record.envelope.port,
        "kind": record.envelope.kind,
        "source": record.envelope.source,
        "packet_id": record.envelope.id,
        "correlation_id": record.envelope.correlation_id,
        "answers": record.answers,
        "hops": list(record.hops),
        "seconds": round(record.seconds, 6),
        "decision": record.decision.outcome if record.decision else None,
        "failure": record.failure.payload() if record.failure else None,
    }
