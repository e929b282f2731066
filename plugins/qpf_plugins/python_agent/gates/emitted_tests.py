"""Gate `tests`: each agent's emitted tests pass, and cover its package."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from qpf.api import Artifact, Measurement
from qpf_plugins.python_agent.gates.bench import agents_of, copy_of, missing, run, words

TESTS, COVERAGE = "failed tests", "line and branch coverage"
MINIMUM = 80
_OUTCOMES = {0: "0", 1: "some"}


def check(root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """Run the tests of every agent in a process of its own, as many at once as there are processors."""
    agents = agents_of(artifacts)
    absent = missing(TESTS, "0", "pytest", "coverage", "qpf_runtime")
    if absent or not agents:
        yield from absent
        return
    with copy_of(artifacts) as folder, ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for rows in pool.map(partial(_judge, root, folder), agents):
            yield from rows


def _judge(root: str, folder: Path, agent: str) -> tuple[Measurement, ...]:
    project = folder / "agents" / agent
    data = folder.parent / f"{agent}.coverage"
    paths = ("src", f"{root}/logic")
    tests = run(
        "coverage",
        (
            "run",
            f"--data-file={data}",
            "--branch",
            f"--source={agent}",
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
        ),
        project,
        paths,
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
    )
    passed = tests.status == 0
    row = Measurement(
        agent,
        TESTS,
        _OUTCOMES.get(tests.status, "not run"),
        "0",
        passed=passed,
        detail="" if passed else words(tests.output + tests.errors),
    )
    report = folder.parent / f"{agent}.json"
    ran = run("coverage", ("json", f"--data-file={data}", "-q", "-o", str(report)), project, paths)
    # Status 2 says that the coverage is below the project's own limit: the report is written all the same.
    if not report.exists():
        detail = words(ran.output + ran.errors)
        return row, Measurement(agent, COVERAGE, "not measured", f"{MINIMUM} %", passed=False, detail=detail)
    measured = json.loads(report.read_bytes())
    share = measured["totals"]["percent_covered"]
    gaps = [
        f"{path}: lines {', '.join(map(str, found['missing_lines']))} never ran"
        for path, found in sorted(measured["files"].items())
        if found["missing_lines"]
    ]
    enough = share >= MINIMUM
    return row, Measurement(
        agent,
        COVERAGE,
        f"{int(share)} %",
        f"{MINIMUM} %",
        passed=enough,
        detail="" if enough else words("\n".join(gaps)),
    )
