"""What a person would write by hand: FastStream on JetStream, the same packet, one database write.

It acknowledges after the write. It has no inbox, no outbox, no retries, no dead letters, no trace, no audit.

    benchmarks/agents_peer.py URL STREAM SUBJECT DATABASE
"""

import asyncio
import sqlite3
import sys
from pathlib import Path

from faststream import AckPolicy, FastStream
from faststream.nats import JStream, NatsBroker
from pydantic import BaseModel, ConfigDict


class Note(BaseModel):
    """The packet the emitted agent takes: as strict as that one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    request_id: str
    text: str


def main() -> None:
    """Take packets until told to stop."""
    url, stream, subject, path = sys.argv[1:]
    ready = Path(f"{path}.ready")
    database = sqlite3.connect(path, isolation_level=None)
    # As the agent's own database: nothing that was acknowledged is lost.
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE IF NOT EXISTS notes (request_id TEXT, text TEXT)")
    broker = NatsBroker(url)

    @broker.subscriber(
        subject,
        stream=JStream(stream, declare=False),
        durable="bare",
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    async def keep(note: Note) -> None:
        database.execute("INSERT INTO notes VALUES (?, ?)", (note.request_id, note.text))

    app = FastStream(broker)

    @app.after_startup
    def up() -> None:
        ready.touch()

    asyncio.run(app.run())


if __name__ == "__main__":
    main()
