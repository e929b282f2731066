"""What an environment folder says it holds, and how names in it are found."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from qpf_runtime.errors import ConfigurationError, field_problems, said

LISTING = "fleet.json"


class NotCompiledError(ConfigurationError):
    """The folder holds no compiled fleet."""


class UnknownNameError(ConfigurationError):
    """No such agent, port or kind.

    Attributes:
        what: `agent`, or `port or kind`.
        name: What was asked for.
        known: What there is.
    """

    def __init__(self, where: str, name: str, known: Sequence[str], *, what: str) -> None:
        super().__init__(f"{where} has no {what} {name}")
        self.what = what
        self.name = name
        self.known = tuple(known)


class ListedAgent(BaseModel):
    """One agent of the listing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    package: str
    src: str


class Listing(BaseModel):
    """What `fleet.json` says: which packages an environment folder holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int
    fleet: str
    environment: str
    agents: dict[str, ListedAgent]


def read_listing(folder: Path) -> Listing:
    """Read the listing of an environment folder.

    Raises:
        NotCompiledError: If there is none, or it does not make sense.
    """
    try:
        return Listing.model_validate_json((folder / LISTING).read_bytes())
    except FileNotFoundError:
        msg = f"{folder.name} is not compiled: it has no {LISTING}"
        raise NotCompiledError(msg) from None
    except ValidationError as error:
        msg = f"{LISTING} of {folder.name} cannot be read: {said(field_problems(error))}"
        raise NotCompiledError(msg) from None


def input_port(agent: str, packets: Mapping[str, str], asked: str) -> str:
    """Find the input port that is named, or the only one that takes the kind that is named.

    Args:
        agent: Whose ports they are.
        packets: Packet kind by input port.
        asked: Name of a port or of a kind.

    Raises:
        UnknownNameError: If there is none.
        ConfigurationError: If several ports take the kind.
    """
    if asked in packets:
        return asked
    found = sorted(port for port, kind in packets.items() if kind == asked)
    if not found:
        known = sorted({*packets, *packets.values()})
        raise UnknownNameError(agent, asked, known, what="port or kind")
    if len(found) > 1:
        msg = f"agent {agent} takes {asked} by {' and '.join(found)}: name the port"
        raise ConfigurationError(msg)
    return found[0]
