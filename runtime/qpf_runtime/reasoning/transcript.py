"""What was said to a model and what it answered, for the record: masked, and of bounded size."""

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

from pydantic_core import to_json

from qpf_runtime.envelope import Json
from qpf_runtime.logs import MASK, Mask
from qpf_runtime.reasoning.prompt import framed

LONGEST_PART = 8_000
"""Characters that are kept of one part of a message."""

LONGEST = 64_000
"""Characters that are kept of all parts of one decision."""

SHAPES = re.compile(
    r"\b(?:sk|pk|rk)-[\w-]{16,}"  # OpenAI, Anthropic and many who do as they do
    r"|\b(?:gh[pousr]|github_pat)_\w{16,}"
    r"|\bAIza[\w-]{30,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bxox[abeoprs]-[\w-]{10,}"
    r"|\bhf_\w{16,}|\bgsk_\w{16,}|\bxai-\w{16,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
"""What looks like a key, whoever's it is."""

FIELDS = re.compile(
    r'("[^"\\]*(?:password|passwd|secret|token|api_?key|authorization|credential)[^"\\]*"\s*:\s*")'
    r'(?:[^"\\]|\\.)+',
    re.IGNORECASE,
)
"""Fields of JSON inside a text whose name says that they must not be read."""

log = logging.getLogger("qpf_runtime.reasoning")


@dataclass(frozen=True, slots=True)
class Transcript:
    """One decision as a model took it.

    Attributes:
        model: Who was asked, `provider:model`.
        outcome: `accept` or `decline`; `none` if the model gave no verdict.
        problem: Why there is none.
        messages: What was said, in order: `role` (`user` or `model`), `kind`, `text`, and the `tool`'s name.
        calls: How often the model was called, failed calls included.
        input_tokens: Of all prompts.
        output_tokens: Of all answers.
        refused: Tools the model asked for and may not call.
        seconds: How long it took.
    """

    model: str
    outcome: str
    problem: str
    messages: tuple[Mapping[str, Json], ...]
    calls: int
    input_tokens: int
    output_tokens: int
    refused: tuple[str, ...]
    seconds: float

    def detail(self) -> dict[str, Json]:
        """Spell it as JSON."""
        spelt: dict[str, Json] = asdict(self)
        spelt["messages"] = [dict(message) for message in self.messages]
        spelt["refused"] = list(self.refused)
        return spelt


Recorder = Callable[[Transcript], Awaitable[None]]
"""Keeps transcripts. What it raises fails the decision: none is taken that leaves no record."""


async def into_log(transcript: Transcript) -> None:
    """Keep a transcript as a line of the log."""
    log.info("a model was asked", extra={"transcript": transcript.detail()})


class Redaction:
    """Masks what must not be read in a text, then shortens it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Make one; secrets are masked as they are, and as they stand in JSON and in prompts."""
        known = set(secrets)
        known |= {to_json(secret).decode()[1:-1] for secret in known}
        known |= {framed(secret) for secret in known}
        self._mask = Mask(known)

    def masked(self, text: str) -> str:
        """Mask a text."""
        text = FIELDS.sub(rf"\1{MASK}", self._mask.text(text))
        return SHAPES.sub(MASK, text)

    def message(self, text: str, longest: int = 300) -> str:
        """Make a text of somebody else's fit for a sentence of ours."""
        return _cut(" ".join(self.masked(text).split()), longest)

    def parts(self, said: Iterable[Mapping[str, str]]) -> tuple[Mapping[str, Json], ...]:
        """Mask the parts of a conversation and keep so much of them."""
        kept: list[Mapping[str, Json]] = []
        left = LONGEST
        for part in said:
            text = _cut(self.masked(part["text"]), min(LONGEST_PART, left))
            left = max(0, left - len(text))
            named = {name: self.message(value, 100) for name, value in part.items() if name != "text"}
            kept.append({**named, "text": text})
        return tuple(kept)


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return f"{text[:longest]} … {len(text) - longest} characters more"
