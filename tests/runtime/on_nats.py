"""Runs the reference fleet on a broker through the real command line, and looks at what came of it."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.command import run as qpf

ROOT = Path(__file__).parents[2]
AGENTS = ["governance_auditor", "main_agent", "plastos_adapter", "tensor_trainer", "tensoraios"]
GENEROUS = 120


def until(found, what):
    end = time.monotonic() + GENEROUS
    while time.monotonic() < end:
        if (value := found()) is not None and value is not False:
            return value
        time.sleep(0.05)
    pytest.fail(f"{what} did not come about within {GENEROUS} s")


def of_this_fleet(root):
    """Every process that has anything to do with the folder: whom it was started with or what it was told."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                said = (entry / "cmdline").read_bytes()
                about = said + (entry / "environ").read_bytes()
            except OSError:
                continue
            if os.fsencode(root) in about:
                found[int(entry.name)] = said.replace(b"\0", b" ").decode()
    return found


def copied(root):
    shutil.copytree(ROOT / "environments" / "dev", root / "environments" / "dev")
    for name in ("logic", "examples"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@contextmanager
def running(root, *arguments):
    """Give the process and what it said once all agents were up."""
    command = [
        sys.executable,
        "-m",
        "qpf",
        "-C",
        str(root),
        "run",
        "--env",
        "dev",
        "--bus",
        "nats",
        *arguments,
    ]
    errors = root / "errors.txt"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            [*command, "-o", "json"], stdout=subprocess.PIPE, stderr=stderr, text=True, start_new_session=True
        )
    try:
        said = process.stdout.readline()
        while said and not said.endswith("\n}\n") and (line := process.stdout.readline()):
            said += line
        assert said, errors.read_text()
        yield process, json.loads(said)
    finally:
        process.kill()
        process.communicate()


def note(root):
    return json.loads((root / ".qpf" / "run" / "dev.json").read_text())


def answered(output):
    return json.loads(output[output.index("{") :])


def send(root, *arguments):
    status, output = qpf(["send", *arguments, "--env", "dev", "-o", "json"], root)
    assert status == 0, output
    return answered(output)


def traced(root, identity, agents):
    """The turns of a story, once all these agents have told theirs."""

    def told():
        status, output = qpf(["trace", identity, "--env", "dev", "-o", "json"], root)
        if status:
            return None
        document = answered(output)
        return document if agents <= {turn["agent"] for turn in flat(document["packets"])} else None

    return until(told, f"the way of {identity} through {sorted(agents)}")


def flat(packets):
    return [turn for packet in packets for turn in (packet, *flat(packet["caused"]))]
