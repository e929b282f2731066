"""Whether the expected outputs that tests carry are fresh: blessing them again must change nothing.

Tests that compare with files write those files instead when QPF_BLESS=1. Only tests that say so
(`golden` in their node id) are run. Work that is not committed yet is left as it is: what counts is
whether blessing changes it further.
"""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTHING_COLLECTED = 5


def main() -> int:
    """Bless, and compare what the tests folder holds before and after."""
    before = contents()
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "golden", "--no-header", "tests"],
        cwd=ROOT,
        env={**os.environ, "QPF_BLESS": "1"},
        check=False,
    )
    after = contents()
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    for path in changed:
        print(f"not fresh: {path} (run `make bless` and review the difference)")
    return int(bool(changed) or run.returncode not in {0, NOTHING_COLLECTED})


def contents() -> dict[str, str]:
    """Digest of every file under tests/ that git would commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "tests"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    paths = [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    return {name: sha256((ROOT / name).read_bytes()).hexdigest() for name in paths}


if __name__ == "__main__":
    sys.exit(main())
