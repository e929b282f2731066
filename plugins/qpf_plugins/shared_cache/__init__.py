"""Caches that machines share: Redis (`redis://`, `rediss://`) and anything that speaks S3 (`s3://`).

Nothing of either is imported before such a cache is opened.
"""

from importlib import import_module
from typing import Any

from qpf.api import Cache, Store, StoreError, StoreOptions, hookimpl


def _redis(options: StoreOptions) -> Store:
    store: Store = _loaded("redis_store").RedisStore(options)
    return store


def _s3(options: StoreOptions) -> Store:
    store: Store = _loaded("s3_store").S3Store(options)
    return store


def _loaded(module: str) -> Any:
    try:
        return import_module(f"{__name__}.{module}")
    except ImportError as error:
        msg = f"{error.name} is not installed: pip install 'qpf[cache]'"
        raise StoreError(msg) from None


@hookimpl
def qpf_caches() -> list[Cache]:
    """Give all of them."""
    return [Cache("redis", _redis), Cache("rediss", _redis), Cache("s3", _s3)]
