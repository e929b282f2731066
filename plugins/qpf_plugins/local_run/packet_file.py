"""A packet in a file: `{"kind": ..., "payload": {...}, "priority": ...}`."""

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qpf.api import did_you_mean
from qpf_plugins.local_run.problem import Problem
from qpf_runtime.envelope import Json, Priority, read_json
from qpf_runtime.errors import field_problems, said

LARGEST = 1024 * 1024
LOOKS = '{"kind": "match_request", "payload": {...}}'
NAME = re.compile(r"^[a-z][a-z0-9_]*$")
WHERE = re.compile(r" at line (\d+) column (\d+)$")


class PacketFile(BaseModel):
    """What such a file says."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: str = Field(min_length=1)
    payload: dict[str, Json]
    priority: Priority | None = None


def find_packet(said: str, examples: Path) -> Path:
    """Find the file a person means: its name, or the kind of an example in the fleet's `examples/`.

    Raises:
        Problem: If there is neither.
    """
    path = Path(said)
    example = examples / f"{said}.json"
    if not path.exists() and NAME.match(said):
        if example.is_file():
            return example
        known = sorted(found.stem for found in examples.glob("*.json")) if examples.is_dir() else []
        message = f"{said} is neither a file nor an example in {examples}"
        raise Problem(message, did_you_mean(said, known) or f"write one: {LOOKS}")
    return path


def read_packet(path: Path) -> PacketFile:
    """Read a packet.

    Raises:
        Problem: If the file cannot be read, is not JSON (naming line and column), or is no packet.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise Problem(message) from None
    if len(raw) > LARGEST:
        message = f"{path} has {len(raw)} bytes, a packet may have {LARGEST}"
        raise Problem(message)
    try:
        read_json(raw)
    except ValueError as error:
        found = WHERE.search(str(error))
        where = f":{found[1]}:{found[2]}" if found else ""
        message = f"{path}{where}: not JSON: {WHERE.sub('', str(error))}"
        raise Problem(message) from None
    try:
        return PacketFile.model_validate_json(raw)
    except ValidationError as error:
        message = f"{path}: not a packet file: {said(field_problems(error))}"
        raise Problem(message, f'it looks like {LOOKS}; "priority" may be added') from None
