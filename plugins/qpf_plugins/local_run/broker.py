"""The broker of a run: a server started for it, or one that is there; the fleet's streams declared on it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from msgspec import Struct
from pydantic import ValidationError

from qpf_plugins.local_run.keys import OPERATOR, Key, read_keys, seed_of
from qpf_plugins.local_run.place import Place
from qpf_plugins.local_run.problem import Problem
from qpf_plugins.local_run.supervised import Patience, chance, ending
from qpf_runtime.bus.declare import BusDeclaration
from qpf_runtime.bus.server import NatsServer, start
from qpf_runtime.errors import ConfigurationError, field_problems, said
from qpf_runtime.listing import Listing

Begin = Callable[[int], Awaitable[NatsServer]]
"""Starts a server at a port."""

ANY_PORT = 0
PATIENCE = 10.0
"""Seconds a server may take to answer."""

AGAIN = Patience(base=0.1, cap=2.0)
"""How soon a server that ended is started again: agents wait for it."""


class Broker(Struct, frozen=True):
    """A broker that is ready.

    Attributes:
        url: Where it listens.
        keys: What agents and the operator prove themselves with; empty if nobody is asked.
    """

    url: str
    keys: Mapping[str, Key]


@asynccontextmanager
async def broker(
    place: Place, listing: Listing, bus: str, variables: Mapping[str, str], say: Callable[[str], None]
) -> AsyncIterator[Broker]:
    """Have a broker while the block runs.

    Args:
        place: The environment.
        listing: What it holds.
        bus: `nats` starts a server, whose data is kept for the next time; an address is one that is there.
        variables: The person's; `NATS_SERVER` names another program than the installed one.
        say: Told what becomes of a server that was started.

    Raises:
        Problem: If it does not come up, or cannot hold what the fleet declares.
    """
    declared = _declaration(place)
    folder = place.kept / "nats" / place.environment
    authorization = place.folder / "bus" / "authorization.conf"
    asked = authorization.is_file()
    keys = read_keys(folder / "keys", (*listing.agents, OPERATOR) if asked else ())
    if bus != "nats":
        await _declare(bus, keys, declared)
        yield Broker(bus, keys)
        return
    known = dict(key.variable(name) for name, key in keys.items())

    async def begin(port: int) -> NatsServer:
        environ = {**variables, **known}
        return await start(folder, environ, port, authorization=authorization if asked else None)

    try:
        server = await begin(ANY_PORT)
    except ConfigurationError as error:
        raise Problem(str(error)) from None
    async with _kept(server, begin, say):
        kept = f"what waits there is in {folder / 'data'}; remove that folder if nobody needs it"
        await _declare(server.url, keys, declared, kept)
        yield Broker(server.url, keys)


@asynccontextmanager
async def _kept(server: NatsServer, begin: Begin, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Start the server again, at the same address, whenever it ends."""
    current = [server]
    keeping = asyncio.create_task(_keep(current, begin, say))
    try:
        yield
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        await current[0].stop()


async def _keep(current: list[NatsServer], begin: Begin, say: Callable[[str], None]) -> None:
    loop = asyncio.get_running_loop()
    port, ends = urlsplit(current[0].url).port or 0, 0
    while True:
        began = loop.time()
        await current[0].process.wait()
        ends = 1 if loop.time() - began >= AGAIN.well else ends + 1
        say(f"nats-server {ending(current[0].process.returncode or 0)}; it is started again")
        while not current[0].running:
            await asyncio.sleep(AGAIN.wait(ends, chance()))
            try:
                current[0] = await begin(port)
            except ConfigurationError as error:
                ends += 1
                say(f"nats-server: {error}")
        say(f"nats-server is back at {current[0].url}")


def _declaration(place: Place) -> BusDeclaration:
    path = place.folder / "bus" / "bus.json"
    remedy = f"qpf compile --env {place.environment}"
    try:
        return BusDeclaration.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        message = f"{place.environment} has no bus/{path.name}: it was not compiled for a broker"
        remedy = f"name `messaging` among its targets (qpf.yaml or its environment.yaml), then {remedy}"
    except ValidationError as error:
        message = f"bus/{path.name} of {place.environment} cannot be read: {said(field_problems(error))}"
    raise Problem(message, remedy)


async def _declare(url: str, keys: Mapping[str, Key], declared: BusDeclaration, kept: str = "") -> None:
    # Heavy, and only who has a broker needs them.
    import nats  # noqa: PLC0415 -- heavy, and only a broker needs it
    from nats.errors import Error  # noqa: PLC0415 -- heavy, and only a broker needs it

    from qpf_runtime.bus.provision import apply  # noqa: PLC0415 -- heavy, and only a broker needs it

    seed = seed_of(keys, OPERATOR)
    try:
        async with asyncio.timeout(PATIENCE):
            client = await nats.connect(
                url,
                name="qpf run",
                nkeys_seed=str(seed) if seed else None,
                allow_reconnect=False,
                error_cb=_quiet,
            )
            try:
                await apply(client.jetstream(), declared)
            finally:
                await client.close()
    except ConfigurationError as error:
        raise Problem(str(error), kept) from None
    except (OSError, TimeoutError, Error) as error:
        message = f"the broker at {url} cannot be used: {str(error) or type(error).__name__}"
        raise Problem(
            message, "is it a NATS server with JetStream, and does it know the fleet's keys?"
        ) from None


async def _quiet(_error: Exception) -> None:
    """Say nothing: who connects is told."""
