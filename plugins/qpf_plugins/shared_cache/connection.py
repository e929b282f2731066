"""A connection to Redis: commands go out together, replies come back together, within a deadline.

It stands on hiredis, Redis' own parser, alone: importing redis-py takes longer than compiling a small fleet.
"""

import socket
import ssl
from time import monotonic
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import hiredis
from msgspec import Struct
from msgspec.structs import replace

from qpf.api import StoreError
from qpf_plugins.shared_cache.addresses import no_address
from qpf_plugins.shared_cache.gate import Gate

Command = tuple[str | int | bytes, ...]

DEFAULT_PORT = 6379
MOST_RECEIVED = 1024**3
"""Bytes of replies to one call; more comes from no cache of ours."""

NO_REDIS = "what answers is no Redis"

_RECEIVED_AT_ONCE = 256 * 1024
_INCOMPLETE = object()


class GoneError(StoreError):
    """The connection has been closed, as servers and what lies before them do if one rests too long."""


class Address(Struct, frozen=True):
    """Where a server is, and who asks."""

    host: str
    port: int
    database: int
    encrypted: bool
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Address({self.place!r}, {self.database})"

    @classmethod
    def of(cls, url: str) -> Self:
        """Read `redis[s]://[[user]:password@]host[:port][/database]`.

        Raises:
            StoreError: If it is no such address.
        """
        try:
            parts = urlsplit(url)
            database = int(parts.path.strip("/") or 0)
            port = DEFAULT_PORT if parts.port is None else parts.port
            known = parts.hostname is not None and port > 0 and not parts.query and not parts.fragment
        except ValueError:
            known = False
        if not known:
            raise no_address(url, "Redis: redis[s]://[[user]:password@]host[:port][/number]")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname or "", port, database, parts.scheme == "rediss", user, password)

    def asking(self, password: str) -> Self:
        """The same with another password."""
        return replace(self, password=password)

    @property
    def place(self) -> str:
        """Host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def credentials(self) -> tuple[str, ...]:
        """What is said to be let in: a password, before it perhaps a user."""
        return tuple(filter(None, (self.user, self.password))) if self.password else ()


class Connection:
    """A connection, made when the first call needs it; for one thread at a time."""

    def __init__(self, address: Address, deadline: float) -> None:
        self._address = address
        self._deadline = deadline
        self._socket: socket.socket | None = None
        self._reader = hiredis.Reader(notEnoughData=_INCOMPLETE)
        self._gate = Gate()

    def call(self, *commands: Command) -> list[Any]:
        """The reply to each command.

        Raises:
            StoreError: If the server is not there, refuses, or takes too long.
        """
        end = monotonic() + self._deadline
        try:
            if self._socket is None:
                self._socket = self._connected(end)
                self._exchange(self._socket, self._greeting(), end)
            return self._exchange(self._socket, commands, end)
        except TimeoutError:
            msg = f"no answer within {self._deadline:g} s"
            raise StoreError(msg) from None
        except ssl.SSLCertVerificationError as error:
            msg = f"its certificate is not trusted: {error.verify_message}"
            raise StoreError(msg) from None
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise GoneError(error.strerror or type(error).__name__) from None
        except OSError as error:
            raise StoreError(error.strerror or type(error).__name__) from None
        except UnicodeError:
            msg = "its address names no host"
            raise StoreError(msg) from None
        except hiredis.HiredisError:
            raise StoreError(NO_REDIS) from None

    def close(self) -> None:
        """Let go of it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self, end: float) -> socket.socket:
        plain = socket.create_connection((self._address.host, self._address.port), _left(end))
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not self._address.encrypted:
                return plain
            return ssl.create_default_context().wrap_socket(plain, server_hostname=self._address.host)
        except BaseException:
            plain.close()
            raise

    def _greeting(self) -> tuple[Command, ...]:
        login = (("AUTH", *self._address.credentials),) if self._address.credentials else ()
        return (*login, *((("SELECT", self._address.database),) if self._address.database else ()))

    def _exchange(self, connected: socket.socket, commands: tuple[Command, ...], end: float) -> list[Any]:
        connected.settimeout(_left(end))
        connected.sendall(b"".join(map(_packed, commands)))
        replies: list[Any] = []
        received = 0
        while len(replies) < len(commands):
            reply = self._reader.gets()
            if reply is _INCOMPLETE:
                connected.settimeout(_left(end))
                more = connected.recv(_RECEIVED_AT_ONCE)
                received += len(more)
                if not more:
                    msg = "it closed the connection"
                    raise GoneError(msg)
                if received > MOST_RECEIVED:
                    msg = "its answer is too large"
                    raise StoreError(msg)
                self._gate.check(more)
                self._reader.feed(more)
            elif isinstance(reply, hiredis.ReplyError):
                raise StoreError(_refusal(commands[len(replies)], str(reply)))
            else:
                replies.append(reply)
        return replies


def _refusal(command: Command, said: str) -> str:
    """What a server says of a command, without a full stop: the sentence it stands in goes on.

    Of a login the first word, because some repeat what came with it.
    """
    return f"{said.partition(' ')[0]} in answer to AUTH" if command[0] == "AUTH" else said.rstrip(".")


def _packed(command: Command) -> bytes:
    packed: bytes = hiredis.pack_command(command)  # type: ignore[arg-type]  # its stub takes one word
    return packed


def _left(end: float) -> float:
    left = end - monotonic()
    if left <= 0:
        raise TimeoutError
    return left
