"""Pins every dependency in `pyproject.toml`, by name and version, without saying where it is downloaded.

`uv.lock` names download hosts, which differ from place to place and do not belong in the repository.
The same resolution, written as `constraint-dependencies`, leads uv to the same versions from any index.
(They must stand in `pyproject.toml`: uv reads constraints nowhere else.)

    tools/pins.py             write the pins of what is locked now; newly added dependencies are resolved
    tools/pins.py --upgrade   resolve everything anew, newest first
    tools/pins.py --check     exit 1 unless the pins are those of the lock; needs no network
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEGIN = "# BEGIN PINS: written by tools/pins.py (`make pins`), not by hand\n"
END = "# END PINS\n"
INPUTS = (
    "pyproject.toml",
    "README.md",
    "runtime/pyproject.toml",
    "runtime/README.md",
    "bindings/cuelang-py/pyproject.toml",
    "bindings/cuelang-py/README.md",
    "uv.lock",
)


def main() -> int:
    """Write or check the pins."""
    parser = argparse.ArgumentParser(description="Pin every dependency in pyproject.toml.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--upgrade", action="store_true", help="resolve everything anew")
    mode.add_argument("--check", action="store_true", help="exit 1 unless the pins are those of the lock")
    options = parser.parse_args()
    path = ROOT / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    if options.check:
        return check(text)
    path.write_text(replace(text, block(*resolve(text, upgrade=options.upgrade))), encoding="utf-8")
    return 0


def check(text: str) -> int:
    """Compare the pins with the lock."""
    wanted = set(export(ROOT))
    pinned = set(tomllib.loads(text)["tool"]["uv"].get("constraint-dependencies", ()))
    for line in sorted(wanted - pinned):
        print(f"not pinned: {line} (run `make pins`)", file=sys.stderr)
    for line in sorted(pinned - wanted):
        print(f"pinned, but nothing needs it: {line} (run `make pins`)", file=sys.stderr)
    return int(wanted != pinned)


def resolve(text: str, *, upgrade: bool) -> tuple[list[str], list[str]]:
    """Resolve in a copy, free of the old pins; returns the pins of the project and of its build."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for source in INPUTS:
            if (ROOT / source).exists():
                (copy / source).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, copy / source)
        (copy / "pyproject.toml").write_text(replace(text, ""), encoding="utf-8")
        lock = copy / "uv.lock"
        if upgrade:
            lock.unlink(missing_ok=True)
        uv("lock", "--quiet", "--project", name)
        return export(copy), build_pins(text, copy, upgrade=upgrade)


def export(project: Path) -> list[str]:
    """Everything a lock holds that comes from an index, as `name==version ; marker`."""
    # fmt: off
    text = uv(
        "export", "--quiet", "--frozen", "--project", str(project), "--all-packages", "--all-extras",
        "--all-groups", "--no-emit-workspace", "--no-hashes", "--no-header", "--no-annotate",
    )
    # fmt: on
    return sorted(line.strip() for line in text.splitlines() if line.strip())


def build_pins(text: str, folder: Path, *, upgrade: bool) -> list[str]:
    """Pins of the build back end, which no lock covers."""
    project = tomllib.loads(text)
    requirements = folder / "build.in"
    requirements.write_text("\n".join(project["build-system"]["requires"]) + "\n", encoding="utf-8")
    pinned = folder / "build.txt"
    pinned.write_text(
        "" if upgrade else "\n".join(project["tool"]["uv"].get("build-constraint-dependencies", ())) + "\n",
        encoding="utf-8",
    )
    # fmt: off
    text = uv(
        "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--no-header",
        "--no-annotate", "--output-file", str(pinned), str(requirements),
    )
    # fmt: on
    return sorted(line for line in pinned.read_text(encoding="utf-8").splitlines() if line)


def block(project: list[str], build: list[str]) -> str:
    """The two settings as TOML."""
    return toml_list("constraint-dependencies", project) + toml_list("build-constraint-dependencies", build)


def toml_list(name: str, items: list[str]) -> str:
    """One setting, an item a line."""
    lines = "".join(f'  "{item}",\n' for item in items)
    return f"{name} = [\n{lines}]\n"


def replace(text: str, content: str) -> str:
    """The text with something else between the marks."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        message = "pyproject.toml has lost the marks between which the pins stand"
        raise SystemExit(message)
    return head + begin + content + end + tail


def uv(*arguments: str) -> str:
    """Run uv and return what it prints."""
    run = subprocess.run(["uv", *arguments], check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return run.stdout


if __name__ == "__main__":
    sys.exit(main())
