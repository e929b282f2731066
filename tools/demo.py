"""What `make demo` shows: the reference fleet compiled, one agent looked at, two packets sent."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QPF = ROOT / ".venv" / "bin" / "qpf"
AGENT = ROOT / "environments" / "dev" / "agents" / "main_agent"


def main() -> int:
    """Show everything; stop at the first command that fails."""
    show("Compile every environment", "compile")
    title("What came out: one agent of one environment")
    print(tree(AGENT))
    show("Where a value comes from", "explain", "main_agent", "deployment.replicas", "--env", "production")
    show(
        "Send a packet: routed, enriched, scored, reasoned about, approved, remembered, answered",
        "send", "main_agent", "examples/match_request.json", "--env", "dev",
    )  # fmt: skip
    show(
        "Send one that nobody should decide alone: escalated, and on record",
        "send", "main_agent", "examples/low_confidence.json", "--env", "dev",
    )  # fmt: skip
    title("Compiling changed nothing that is committed")
    run("git", "status", "--short", "--branch")
    return 0


def show(heading: str, *arguments: str) -> None:
    """Run `qpf` under a heading."""
    title(heading)
    print(f"$ qpf {' '.join(arguments)}", flush=True)
    run(str(QPF), *arguments)


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def run(*command: str) -> None:
    """Run a command, its output here; stop if it fails."""
    status = subprocess.run(command, cwd=ROOT, check=False, env=os.environ).returncode
    if status:
        raise SystemExit(status)


def tree(folder: Path, indent: str = "") -> str:
    """The files of a folder, as people draw them."""
    lines = [f"{folder.relative_to(ROOT)}/"] if not indent else []
    entries = sorted(entry for entry in folder.iterdir() if entry.name != "__pycache__")
    for entry in entries:
        last = entry is entries[-1]
        lines.append(
            f"{indent or ' '}{'└── ' if last else '├── '}{entry.name}{'/' if entry.is_dir() else ''}"
        )
        if entry.is_dir():
            below = tree(entry, f"{indent or ' '}{'    ' if last else '│   '}")
            lines.extend([below] if below else [])
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
