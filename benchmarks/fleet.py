"""Makes fleets of any size: valid, deterministic, and shaped as real ones are.

The same size makes the same bytes, always: nothing here is drawn by chance.

    benchmarks/fleet.py 200 DIR                    one environment
    benchmarks/fleet.py 200 DIR --environments 3   dev, staging and production
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import fleet_base, fleet_files
from benchmarks.fleet_files import BASES, SUBS, agent_name, sub_name

ENVIRONMENTS = ("dev", "staging", "production")


def make(agents: int, folder: Path, *, environments: int = 1) -> Path:
    """Write a fleet of `agents` agents into a folder, made if it is missing; returns the folder."""
    names = ENVIRONMENTS[:environments]
    write(folder / "qpf.yaml", fleet_files.fleet(names))
    write(folder / "glue.yaml", fleet_files.glue(agents))
    for base in BASES:
        write(folder / "base" / f"{base}.yaml", fleet_base.base(base))
    for number in range(SUBS):
        write(folder / "sub" / f"{sub_name(number)}.yaml", fleet_files.sub(number))
    for number in range(agents):
        write(folder / "agents" / f"{agent_name(number)}.yaml", fleet_files.agent(number, agents))
    for name in names:
        write(folder / "environments" / name / "environment.yaml", fleet_files.environment(name, agents))
    return folder


def write(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def main() -> None:
    """Write a fleet from the command line."""
    parser = argparse.ArgumentParser(description="Write a synthetic fleet.")
    parser.add_argument("agents", type=int, help="how many agents")
    parser.add_argument("folder", type=Path, help="where to; made if it is missing")
    parser.add_argument(
        "--environments", type=int, choices=(1, 2, 3), default=1, help="how many environments"
    )
    options = parser.parse_args()
    make(options.agents, options.folder, environments=options.environments)


if __name__ == "__main__":
    main()
