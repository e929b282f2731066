"""Ctrl-C leaves the old state or the new one, wherever it comes."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.compilation.memory import MESH, compile_fleet, emitted, line
from tests.compilation.ways import INHERITED, QPF
from tests.servers.redis import run_redis

pytestmark = [pytest.mark.slow, pytest.mark.network]


def test_who_waits_for_a_cache_at_the_end_may_be_interrupted_and_all_is_written(tmp_path: Path) -> None:
    root = shutil.copytree(MESH, tmp_path / "fleet")
    (tmp_path / "redis").mkdir()
    with run_redis(tmp_path / "redis") as server:
        with server.client() as client:
            client.execute_command("CLIENT", "PAUSE", 600_000, "WRITE")
        process = subprocess.Popen(
            [QPF, "-C", root, "compile", "-j1", "--progress", "json", "--cache", server.url],
            env={name: value for name, value in os.environ.items() if name in INHERITED},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        for said in process.stderr:
            if '"run_finished"' in said:
                break
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 130, (output, errors)
        assert time.monotonic() - began < 4
        assert "Traceback" not in errors
    assert emitted(root) == line(root).tree
    assert compile_fleet(root).written()["dev"] == set()
