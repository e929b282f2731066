"""Gate `tests`: each agent's emitted tests pass, and cover its package."""

import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from qpf.api import Artifact, Measurement
from qpf_plugins.python_agent.gates.bench import Ran, agents_of, copy_of, missing, run, words

TESTS, COVERAGE = "failed tests", "line and branch coverage"
MINIMUM = 80
_QUIET = ("-p", "no:cacheprovider")
_COUNT = re.compile(r'\b(errors|failures|skipped|tests)="([0-9]+)"')


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


def _judge(root: str, folder: Path, agent: str) -> tuple[Measurement, Measurement]:
    project = folder / "agents" / agent
    paths = ("src", f"{root}/logic")
    scratch = folder.parent
    data, tally, report = (scratch / f"{agent}.{suffix}" for suffix in ("coverage", "xml", "json"))
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
            *_QUIET,
            f"--junitxml={tally}",
        ),
        project,
        paths,
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
    )
    ran = run("coverage", ("json", f"--data-file={data}", "-q", "-o", str(report)), project, paths)
    return outcome(agent, tests, tally), _coverage(agent, ran, report)


def outcome(subject: str, tests: Ran, tally: Path) -> Measurement:
    """How many tests did not pass: a skipped one proves nothing either."""
    found = _COUNT.findall(tally.read_text(encoding="utf-8")[:1000]) if tally.exists() else []
    count = {name: int(number) for name, number in found}
    total = count.get("tests", 0)
    bad = sum(count.get(name, 0) for name in ("errors", "failures", "skipped"))
    passed = tests.status == 0 and total > 0 and bad == 0
    return Measurement(
        subject,
        TESTS,
        f"{bad} of {total}" if total else "not run",
        "0",
        passed=passed,
        detail="" if passed else words(tests.output + tests.errors),
    )


def _coverage(agent: str, ran: Ran, report: Path) -> Measurement:
    # Status 2 says that coverage is below the project's own limit: the report is written all the same.
    if not report.exists():
        detail = words(ran.output + ran.errors)
        return Measurement(agent, COVERAGE, "not measured", f"{MINIMUM} %", passed=False, detail=detail)
    measured = json.loads(report.read_bytes())
    share = measured["totals"]["percent_covered"]
    gaps = [
        f"{path}: lines {', '.join(map(str, found['missing_lines']))} never ran"
        for path, found in sorted(measured["files"].items())
        if found["missing_lines"]
    ]
    enough = share >= MINIMUM
    return Measurement(
        agent,
        COVERAGE,
        f"{int(share)} %",
        f"{MINIMUM} %",
        passed=enough,
        detail="" if enough else words("\n".join(gaps)),
    )
