"""Keeps the transcripts of an agent's model in its audit trail."""

from typing import TYPE_CHECKING

from qpf_runtime.reasoning.transcript import Recorder, Transcript, into_log
from qpf_runtime.turn import current

if TYPE_CHECKING:
    from qpf_runtime.agent import Agent

EVENT = "reasoning"


def audited(agent: "Agent") -> Recorder:
    """Make a recorder that appends a row to an agent's trail at once, whatever becomes of the turn.

    Outside of a turn, and where the schema keeps no trail, a transcript goes to the log.
    """

    async def record(transcript: Transcript) -> None:
        turn = current.get()
        if turn is None or not agent.audit.enabled:
            await into_log(transcript)
            return
        row = agent.audit.row(
            EVENT,
            turn.envelope,
            transcript.outcome,
            None,
            (transcript.problem,) if transcript.problem else (),
            detail=transcript.detail(),
        )
        await agent.database.run(lambda connection: agent.audit.append(connection, row))

    return record
