"""One subject that is listened to, by whichever client is connected."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

Take = Callable[[Msg], Awaitable[None]]
"""Takes the messages of a subject, one after the other."""


@dataclass(eq=False, slots=True)
class Listening:
    """A subject that is listened to, through all reconnections."""

    subject: str
    take: Take
    _subscription: Subscription | None = None

    async def begin(self, client: Client) -> None:
        """Listen through this client."""
        self._subscription = await client.subscribe(self.subject, cb=self.take)

    async def stop(self) -> None:
        """Listen no more; what has arrived is taken first."""
        if self._subscription is not None:
            await self._subscription.drain()  # type: ignore[no-untyped-call] # nats-py does not say
