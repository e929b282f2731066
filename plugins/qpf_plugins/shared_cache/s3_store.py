"""A cache in a bucket: an object an entry, many requests at a time.

It stands on obstore, whose client is native code: boto3 takes half a second to make its first client, which
is longer than most compiles. An object is too old by when it was last written; who removes it is the
bucket's own lifecycle rule.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store as Bucket

from qpf.api import StoreError, StoreOptions, StoreSize, Trust
from qpf_plugins.shared_cache.addresses import no_address
from qpf_plugins.shared_cache.packing import LARGEST, pack, unpack_all

R = TypeVar("R")

OURS = "qpf"
AT_A_TIME = 64
_PLAIN = {
    "endpoint_url": re.compile(
        r"(?i:https?)://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?(?:/[A-Za-z0-9._~/-]*)?"
    ),
    "region": re.compile(r"[A-Za-z0-9_-]+"),
}
"""What an address may say: nothing that two readers of URLs could take for two hosts."""
_LONGEST = 200
_CIRCUMSTANCES = re.compile(r".*Error performing ([A-Z]+) \S+ in [0-9.]+[^ ]*s(?:, after [^-]*)? +- ")
_ANSWER = re.compile(r"( status code: [0-9]+[^:]*):.*")
_REASON = re.compile(r"<Code>(\w+)</Code>")
_CREDENTIALS_OF_A_CLOUD = "//169.254."


class S3Store:
    """A store in a bucket."""

    def __init__(self, options: StoreOptions) -> None:
        """Name a bucket; nothing is connected yet.

        Raises:
            StoreError: If the address is none.
        """
        self._ttl = timedelta(seconds=options.ttl_seconds)
        self._deadline = options.deadline_seconds
        self._bucket = _bucket(options.url, options.trust, timedelta(seconds=options.deadline_seconds))

    def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """The entries that exist and are not too old, of those asked for."""
        # How old an object is decides whether something is compiled anew, never what it compiles to.
        oldest = datetime.now(UTC) - self._ttl  # noqa: TID251 -- as above

        def fetch(key: str) -> bytes | None:
            try:
                found = obstore.get(self._bucket, _path(key))
                if found.meta["last_modified"] < oldest:
                    return None
                # Memory for all of it is set aside at once, and the process aborted if there is not so much.
                return bytes(found.bytes()) if found.meta["size"] <= LARGEST else b""
            except FileNotFoundError:
                return None

        got = _together(fetch, keys)
        return unpack_all({key: packed for key, packed in got.items() if packed is not None})

    def put(self, entries: Mapping[str, bytes]) -> None:
        """Keep entries, each in the place of one that is there already."""

        def send(key: str) -> None:
            obstore.put(self._bucket, _path(key), pack(entries[key]), use_multipart=False)

        _together(send, entries)

    def size(self) -> StoreSize:
        """How many entries there are and their size, if they can be listed before the deadline."""
        end = monotonic() + self._deadline
        entries = size = 0
        try:
            for page in obstore.list(self._bucket, OURS, chunk_size=1000):
                entries += len(page)
                size += sum(each["size"] for each in page)
                if monotonic() > end:
                    return StoreSize(None, None)
        except (BaseError, OSError) as error:
            raise StoreError(_why(error)) from None
        return StoreSize(entries, size)

    def close(self) -> None:
        """Nothing is held that outlives the process."""


def _bucket(url: str, trust: Trust, deadline: timedelta) -> Bucket:
    try:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        plain = all(_PLAIN[name].fullmatch(value) for name, value in query.items())
        plain = plain and "@" not in parts.path and not parts.fragment
    except (ValueError, KeyError):
        plain = False
    if not plain or not parts.hostname:
        raise no_address(url, "S3: s3://bucket[/prefix][?endpoint_url=https://…][&region=…]")
    settings: dict[str, Any] = {}
    if "region" in query:
        settings["region"] = query["region"]
    if parts.username and parts.password:
        settings["access_key_id"] = unquote(parts.username)
        settings["secret_access_key"] = unquote(parts.password)
        settings["session_token"] = ""  # That of the environment belongs to other credentials.
    if endpoint := query.get("endpoint_url"):
        settings["endpoint"] = endpoint
        place = urlsplit(endpoint).netloc
        own = "access_key_id" in settings
        settings["skip_signature"] = not (own or trust.reaches(place, "credentials for S3"))
    try:
        return Bucket(
            parts.hostname,
            prefix=parts.path.strip("/") or None,
            # An endpoint is asked as it is written: one that begins with http:// was meant to.
            client_options={"timeout": deadline, "connect_timeout": deadline, "allow_http": True},
            retry_config={"max_retries": 2, "retry_timeout": deadline},
            **settings,
        )
    except (BaseError, ValueError) as error:
        raise StoreError(_why(error)) from None


def _together(work: Callable[[str], R], keys: Iterable[str]) -> dict[str, R]:
    """The result for each key, from as many threads as are of use; daemons, so none holds up an exit."""
    waiting: SimpleQueue[str] = SimpleQueue()
    done: SimpleQueue[tuple[str, R] | BaseException] = SimpleQueue()
    failed = Event()
    count = 0
    for key in keys:
        waiting.put(key)
        count += 1

    def labour() -> None:
        try:
            while not failed.is_set():
                key = waiting.get_nowait()
                done.put((key, work(key)))
        except Empty:
            return
        except BaseException as error:  # noqa: BLE001  # the one who waits for it raises it
            failed.set()
            done.put(error)

    for _ in range(min(count, AT_A_TIME)):
        Thread(target=labour, daemon=True).start()
    results: dict[str, R] = {}
    while len(results) < count:
        result = done.get()
        if isinstance(result, BaseException):
            raise StoreError(_why(result)) from None
        results[result[0]] = result[1]
    return results


def _path(key: str) -> str:
    return key.replace(":", "/")


def _why(error: BaseException) -> str:
    """The sentence in what is a page of debugging.

    Without the address, which is longer than all the rest, and without what the server wrote: some repeat a
    session's token.
    """
    text = str(error).strip()
    words = text.partition("\n")[0]
    if _CREDENTIALS_OF_A_CLOUD in words:
        return "no credentials are set: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    reason = _REASON.search(text)
    words = _CIRCUMSTANCES.sub(r"\1: ", words).replace("Generic S3 error: ", "")
    words = _ANSWER.sub(r"\1" + (f" ({reason[1]})" if reason else ""), words)
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
