"""Declares a fleet's streams on a server and leaves: `python -m qpf_runtime.bus BUS_JSON URL`.

Waits for a server that is still starting. What is there already stays, packets included. `QPF_BUS_SEED` names
a file with the operator's NKey seed, where the server asks who is there.
"""

import asyncio
import os
import sys
from pathlib import Path

from pydantic import ValidationError

from qpf_runtime.bus.declare import BusDeclaration
from qpf_runtime.errors import ConfigurationError, field_problems, said

LONGEST = 60.0
"""Seconds in which a server must be there."""


def read(path: str) -> BusDeclaration:
    """Read a `bus.json`.

    Raises:
        ConfigurationError: If it is not there, or is none.
    """
    try:
        return BusDeclaration.model_validate_json(Path(path).read_bytes())
    except ValidationError as error:
        msg = f"{path} is no bus.json: {said(field_problems(error))}"
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
    raise ConfigurationError(msg)


async def declare(declared: BusDeclaration, url: str, seed: str | None = None) -> None:
    """Make a server hold what the document says.

    Raises:
        ConfigurationError: If the server is not there or refuses.
    """
    import nats  # noqa: PLC0415 -- an extra: only with this bus
    from nats.errors import Error  # noqa: PLC0415 -- as above

    from qpf_runtime.bus.provision import apply  # noqa: PLC0415 -- as above

    try:
        async with asyncio.timeout(LONGEST):
            client = await nats.connect(
                url,
                nkeys_seed=seed,
                reconnect_time_wait=0.5,
                max_reconnect_attempts=-1,
                error_cb=_quiet,
            )
    except (TimeoutError, OSError, Error) as error:
        msg = f"no server at {url}: {type(error).__name__}"
        raise ConfigurationError(msg) from None
    try:
        await apply(client.jetstream(), declared)
    finally:
        await client.close()


async def _quiet(_error: Exception) -> None:
    """A server that is not there yet is waited for."""


def main() -> int:
    """Declare what the command line names."""
    if len(sys.argv) != len(("program", "file", "url")):
        sys.stderr.write("usage: python -m qpf_runtime.bus BUS_JSON URL\n")
        return 2
    # The edge: who starts this says by its environment who is asking.
    seed = os.environ.get("QPF_BUS_SEED")  # noqa: TID251 -- a process of its own, as an agent's is
    try:
        declared = read(sys.argv[1])
        asyncio.run(declare(declared, sys.argv[2], seed))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{len(declared.streams)} streams are as {sys.argv[1]} declares them\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
