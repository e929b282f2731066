"""Compiling on Dask: `dask` or `dask:local` starts workers here, `dask:tcp://host:port` asks a scheduler.

Nothing of Dask is imported before there is work.
"""

from importlib import import_module

from qpf.api import Executor, ExecutorError, Pool, hookimpl

_HERE = ("", "local")


def _open(address: str, jobs: int) -> Pool:
    try:
        pool = import_module(f"{__name__}.pool")
    except ImportError as error:
        msg = f"{error.name} is not installed: pip install 'qpf[dask]'"
        raise ExecutorError(msg) from None
    opened: Pool = pool.local_pool(jobs) if address in _HERE else pool.remote_pool(address)
    return opened


@hookimpl
def qpf_executors() -> list[Executor]:
    """Give the one there is."""
    return [Executor("dask", _open)]
