"""A scheduler with a worker, for each module that asks."""

import pytest

from qpf_plugins.dask_executor import beside
from tests.dask_executor.farm import farm, opened


@pytest.fixture(scope="module", autouse=True)
def done():
    """What tests started in the place of a worker is ended."""
    yield
    while beside._FREE:
        beside._FREE.pop().end()


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """A scheduler."""
    with farm(tmp_path_factory.mktemp("dask") / "ours") as made:
        yield made


@pytest.fixture(scope="module")
def worked(ours):
    """A scheduler with a worker."""
    with ours.worker("first"):
        yield ours


@pytest.fixture
def pool(worked):
    made = opened(worked.address)
    yield made
    made.close()
