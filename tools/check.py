"""Everything that CI checks, in the order of how fast it tells.

All checks run, so that one run shows all that is wrong; a check prints its output only if it fails.
Tests come last: their summary is the last thing printed. The exit status is 1 if anything failed.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
TYPED = (
    "compiler",
    "plugins",
    "runtime",
    "logic",
    "tools",
    "benchmarks",
    "tests",
    "bindings/cuelang-py/cuelang",
    "bindings/cuelang-py/tests",
)
SECONDS_EACH = 900


class Check(NamedTuple):
    """One command that must succeed."""

    name: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()


# fmt: off
CHECKS = (
    Check("format", ("ruff", "format", "--check")),
    Check("lint", ("ruff", "check", "--output-format", "concise")),
    Check("imports", ("lint-imports", "--no-logo")),
    Check("pins", ("python", "tools/pins.py", "--check")),
    Check("types", ("mypy", *TYPED)),
    Check("docs", ("mkdocs", "build", "--strict", "--quiet"), (("NO_MKDOCS_2_WARNING", "1"),)),
    Check("expected", ("python", "tools/expected.py")),
    Check("compiled", ("qpf", "compile", "--check")),
    Check("approved", ("qpf", "golden", "verify")),
    Check("emitted", ("qpf", "test")),
)
# fmt: on


def main() -> int:
    """Run every check, then the tests."""
    failed = [check.name for check in CHECKS if not run(check)]
    if failed:
        print(f"failed: {', '.join(failed)}; the tests follow", flush=True)
    tests = subprocess.run([BIN / "pytest", "-q", *sys.argv[1:]], cwd=ROOT, check=False, env=surroundings())
    return 1 if failed or tests.returncode else 0


def run(check: Check) -> bool:
    """Run one check and say how it went."""
    print(f"{check.name:<10} ", end="", flush=True)
    started = time.monotonic()
    program, *arguments = check.command
    try:
        done = subprocess.run(
            [BIN / program, *arguments],
            cwd=ROOT,
            check=False,
            env=surroundings(**dict(check.environment)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS_EACH,
        )
        passed, output = done.returncode == 0, done.stdout
    except subprocess.TimeoutExpired as late:
        passed, output = False, late.output or b""
    print(f"{'ok' if passed else 'FAILED':<7} {time.monotonic() - started:5.1f} s", flush=True)
    if not passed:
        print(output.decode("utf-8", "replace").rstrip(), flush=True)
    return passed


def surroundings(**extra: str) -> dict[str, str]:
    """This process's environment, with the project's own programs first."""
    path = os.pathsep.join((str(BIN), os.environ["PATH"], str(ROOT / ".tools")))
    return {**os.environ, "PATH": path, **extra}


if __name__ == "__main__":
    sys.exit(main())
