"""Two values of an agent that cannot both be meant; knows nothing of why they cannot."""

from typing import NamedTuple

from qpf.api import Agent, Code, Diagnostic, Path


class Said(NamedTuple):
    """One of the two: what it says, and its path."""

    words: str
    path: Path


def contradiction(agent: Agent, code: Code, message: str, one: Said, other: Said, hint: str) -> Diagnostic:
    """A finding at the first of two values that somebody wrote, with a note on the other.

    A default stands nowhere: where only the other is written, that is the line to look at.
    """
    if not agent.writes(*one.path) and agent.writes(*other.path):
        one, other = other, one
    return Diagnostic(
        code,
        message,
        agent.span(*one.path),
        one.path,
        notes=(agent.note(other.words, *other.path),),
        hint=hint,
        subject=agent.name,
    )
