"""Opening the stores that the plugin registers."""

from qpf.api import Store, StoreOptions, Trust
from qpf_plugins.shared_cache import qpf_caches

DAY = 24 * 3600
QUICK = 5.0


def open_store(url: str, *, ttl: int = DAY, deadline: float = QUICK, trust: Trust | None = None) -> Store:
    """Open a store at an address as the compiler does."""
    (cache,) = (cache for cache in qpf_caches() if url.startswith(f"{cache.scheme}://"))
    return cache.open(StoreOptions(url, ttl, deadline, trust or Trust()))
