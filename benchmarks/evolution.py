"""What it costs that documents speak an earlier schema version, and to say what a change of schemas means.

    benchmarks/evolution.py                  1,000 agents, all of them old, with their bases and sub-schemas
    benchmarks/evolution.py --agents 100     a smaller fleet

Before anything is timed, both fleets are compiled and must come to the same files.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.engine.bench import QPF, Bench, files_of
from benchmarks.engine.turns import beside, take_turns
from benchmarks.measure import Row, parser, seconds, show

AGENTS = 1000
NOBODY = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
STEPS = {
    "5.8.0_to_5.9.0.yaml": """\
from: 5.8.0
to: 5.9.0
operations:
  - field_rename: system.name -> system.caption
  - field_move: metadata.team -> system.owner
""",
    "5.9.0_to_6.0.0.yaml": """\
from: 5.9.0
to: 6.0.0
operations:
  - field_rename: system.caption -> system.title
  - value_map: {path: system.criticality, values: {medium: medium, mid: medium}, otherwise: keep}
  - field_add: deployment.replicas with default 1
""",
}


def age(sources: Path) -> None:
    """Let every agent of a fleet speak 5.8.0, every base and sub-schema 5.9.0."""
    for path in (sources / "agents").iterdir():
        text = path.read_text(encoding="utf-8").replace("schema_version: 6.0.0", "schema_version: 5.8.0")
        text = text.replace("  title:", "  name:", 1)
        owner = next(line for line in text.splitlines(keepends=True) if line.startswith("  owner:"))
        text = text.replace(owner, "", 1).replace(
            "metadata:\n", f"metadata:\n  team:{owner.partition(':')[2]}"
        )
        path.write_text(text, encoding="utf-8")
    for folder in ("base", "sub"):
        for path in (sources / folder).iterdir():
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("schema_version: 6.0.0", "schema_version: 5.9.0"), encoding="utf-8")


def declare(sources: Path) -> None:
    """Give a fleet the migrations."""
    (sources / "migrations").mkdir()
    for name, text in STEPS.items():
        (sources / "migrations" / name).write_text(text, encoding="utf-8")


def in_memory(bench: Bench) -> list[Row]:
    """Compile an old fleet and the same fleet rewritten, cold, and let `qpf migrate` look at the old one.

    Raises:
        ValueError: If they do not come to the same files.
    """
    old = bench.sources()
    declare(old)
    age(old)
    new = bench.copy(old)
    subprocess.run([QPF, "-C", new, "migrate", "--write"], check=True, capture_output=True)
    made = [files_of(bench.compiled(each)) for each in (old, new)]
    for files in made:
        del files[Path("qpf.lock")]
    if made[0] != made[1]:
        message = "the old fleet and the rewritten one come to different files"
        raise ValueError(message)
    figures = take_turns(
        {
            "old": bench.cold(old),
            "new": bench.cold(new),
            "look": lambda: seconds([QPF, "-C", old, "migrate"]),
        },
        {},
        bench.runs,
    )
    name = "compiling the same, rewritten"
    return [
        beside(f"migrating-{bench.agents}", figures["old"], name, figures["new"], "ratio <= 1.3"),
        beside(f"qpf migrate, {bench.agents} agents", figures["look"], name, figures["new"]),
    ]


def compared(bench: Bench) -> list[Row]:
    """Compare a fleet with its last commit, since which a base was edited, and validate it."""
    root = bench.sources()
    for command in (["init", "-q"], ["add", "-A"], [*NOBODY, "commit", "-qm", "the fleet"]):
        subprocess.run(["git", "-C", root, *command], check=True)
    base = min((root / "base").glob("*.yaml"))
    text = base.read_text(encoding="utf-8")
    base.write_text(text.replace("replicas: 1", "replicas: 2"), encoding="utf-8")
    figures = take_turns(
        {
            "diff": lambda: seconds([QPF, "-C", root, "schema", "diff", "HEAD", "--fail-on", "never"]),
            "validate": lambda: seconds([QPF, "-C", root, "validate"]),
        },
        {},
        bench.runs,
    )
    case = f"qpf schema diff HEAD, {bench.agents} agents"
    return [beside(case, figures["diff"], "qpf validate", figures["validate"], "ratio <= 1")]


def main() -> int:
    """Measure and print."""
    options = parser("Time compiles of documents of earlier schema versions.")
    options.add_argument("--agents", type=int, default=AGENTS, help="how many agents the fleet has")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="qpf-bench-") as folder:
        bench = Bench(Path(folder), Path(folder), chosen.agents, chosen.runs)
        rows = [*in_memory(bench), *compared(bench)]
    return show(rows, chosen.output)


if __name__ == "__main__":
    sys.exit(main())
