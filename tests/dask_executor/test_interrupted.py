"""A compile on a local cluster that is interrupted leaves nothing and says nothing of Dask's."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import fleet
from tests.compilation.ways import INHERITED, QPF
from tests.line.test_kills import living
from tests.servers import wait_until

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("dask")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda each: each.name)
@pytest.mark.parametrize("send", [os.kill, os.killpg])
@pytest.mark.parametrize("moment", ["starting", "working"])
def test_a_local_cluster_is_stopped_without_a_word(
    tmp_path: Path, moment: str, send: Callable[[int, int], None], number: signal.Signals
) -> None:
    fleet.make(40, tmp_path / "fleet")
    (tmp_path / "temporary").mkdir()
    command = ["-C", f"{tmp_path}/fleet", "compile", "--executor", "dask", "-j2", "--progress", "json"]
    process = subprocess.Popen(
        ["env", "--default-signal", QPF, *command],  # though ignored here
        env={
            **{name: value for name, value in os.environ.items() if name in INHERITED},
            "TMPDIR": str(tmp_path / "temporary"),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    if moment == "starting":
        wait_until(lambda: any((tmp_path / "temporary").glob("*/*")))
    else:
        next(line for line in process.stderr if '"extraction_started"' in line)
    began = time.monotonic()
    send(process.pid, number)
    _, errors = process.communicate()
    took = time.monotonic() - began
    assert process.returncode == (130 if number == signal.SIGINT else -number), errors
    assert [line for line in errors.splitlines() if not line.startswith("{")] == []
    assert took < 6
    wait_until(lambda: not living(process.pid))
    assert list((tmp_path / "temporary").rglob("*")) == []
