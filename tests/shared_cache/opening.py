"""Opening the stores that the plugin registers."""

import pytest

from qpf.api import Store, StoreError, StoreOptions, Trust
from qpf_plugins.shared_cache import qpf_caches

KEY = f"qpf:extraction:{'a' * 64}:{'b' * 64}:{'c' * 64}"
DAY = 24 * 3600
QUICK = 5.0


def open_store(url: str, *, ttl: int = DAY, deadline: float = QUICK, trust: Trust | None = None) -> Store:
    """Open a store at an address as the compiler does."""
    (cache,) = (cache for cache in qpf_caches() if url.startswith(f"{cache.scheme}://"))
    return cache.open(StoreOptions(url, ttl, deadline, trust or Trust()))


def refusal(url, **how):
    """What each call says of a server; the sentence is the same."""
    store = open_store(url, **how)
    said = set()
    for call in (lambda: store.get([KEY]), lambda: store.put({KEY: b"content"}), store.size):
        with pytest.raises(StoreError) as refused:
            call()
        said.add(str(refused.value))
    store.close()
    assert all("\n" not in each and "hush" not in each and len(each) <= 200 for each in said)
    return said
