"""Runs in rjsonnet's own environment: a program an agent, in one process, a file of objects for each.

run_rjsonnet.py FOLDER OUT
"""

import sys
from pathlib import Path

import rjsonnet  # type: ignore[import-not-found]  # installed in the peer's environment only


def main() -> None:
    """Evaluate each agent's program and write what it gives."""
    folder, out = map(Path, sys.argv[1:])
    out.mkdir()
    for program in sorted((folder / "agents").iterdir()):
        (out / f"{program.stem}.json").write_text(rjsonnet.evaluate_file(str(program)), encoding="utf-8")


if __name__ == "__main__":
    main()
