"""The shared caches that a command was named: from addresses to guarded stores, and what they sign with."""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

from qpf.cli import trust
from qpf.host.address import opener_for
from qpf.host.codes import UNKNOWN_SCHEME
from qpf.host.registry import Registry
from qpf.host.stores import GuardedStore
from qpf.model.address import place_of, scheme_of
from qpf.model.cache import Store, StoreOptions
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.nearest import did_you_mean
from qpf.model.trust import Trust
from qpf.stages.engine import CacheSettings

F = TypeVar("F", bound=Callable[..., Any])

ADDRESSES = "QPF_CACHE"
SECRET = "QPF_CACHE_SECRET"  # noqa: S105  # where the secret is, not what it is


def secret() -> bytes | None:
    """What entries are signed with; None if they are not."""
    return os.environ.get(SECRET, "").encode(errors="surrogateescape") or None


def caches_of(
    registry: Registry, settings: CacheSettings, named: Collection[str] = ()
) -> Outcome[tuple[tuple[str, Store], ...]]:
    """Give the stores that a command was named, or else the one that `qpf.yaml` sets."""
    usual = (settings.url,) if settings.url else ()
    return shared_caches(
        registry,
        named or usual,
        trust.of_command if named else trust.of_source,
        ttl_seconds=settings.ttl_hours * 3600,
        deadline_seconds=settings.deadline_seconds,
    )


def shared_caches(
    registry: Registry,
    urls: Iterable[str],
    trusting: Callable[[], Trust],
    *,
    ttl_seconds: int,
    deadline_seconds: float,
) -> Outcome[tuple[tuple[str, Store], ...]]:
    """Give a store for each address, in order, under a name that holds no secret and no other has.

    Nothing is connected yet; a store that cannot be opened says so when it is first used.
    """
    stores: list[tuple[str, Store]] = []
    found: list[Diagnostic] = []
    places: Counter[str] = Counter()
    for url in dict.fromkeys(urls):
        entry = opener_for(registry.caches, url)
        if entry is None:
            found.append(_unknown(url, [each.value.scheme for each in registry.caches]))
            continue
        place = place_of(url)
        places[place] += 1
        name = place if places[place] == 1 else f"{place} ({places[place]})"
        options = StoreOptions(url, ttl_seconds, deadline_seconds, trusting())
        stores.append((name, GuardedStore(entry, options)))
    return Outcome(tuple(stores), Report.of(found))


def _unknown(url: str, known: Iterable[str]) -> Diagnostic:
    """What no plugin opens; of an address that has no scheme nothing is repeated, it may be a secret."""
    scheme = scheme_of(url) if "://" in url else ""
    if not scheme:
        message = "a cache is named by something that is no address"
        return Diagnostic(UNKNOWN_SCHEME, message, hint="write it as redis://host or s3://bucket")
    return Diagnostic(
        UNKNOWN_SCHEME,
        f"no installed plugin opens caches at `{scheme}://`",
        hint=did_you_mean(scheme, known) or "install a plugin that registers it by `qpf_caches`",
    )
