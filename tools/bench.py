"""Runs the benchmarks, all or one by name; what each prints is for people (`-o json` for programs)."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
LIBRARIES = {"__init__", "agents_peer", "fleet", "fleet_base", "fleet_files", "measure"}
LONG = {"soak"}
"""Only when they are named: `make hunt` names them."""


def main() -> int:
    """Run each benchmark in a process of its own."""
    known = sorted(path.stem for path in BENCHMARKS.glob("*.py") if path.stem not in LIBRARIES)
    wanted = sys.argv[1:] or [name for name in known if name not in LONG]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    return max(
        subprocess.run([sys.executable, BENCHMARKS / f"{name}.py"], check=False).returncode for name in wanted
    )


if __name__ == "__main__":
    sys.exit(main())
