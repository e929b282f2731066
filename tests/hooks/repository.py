"""A scratch repository whose hooks are those of our manifest, run by the real pre-commit.

The manifest asks pre-commit to install qpf into an environment of its own, from a package index. Here the
hooks are the same in all but that: `language: system` finds the qpf that is under test on the PATH.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent.parent
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
BIN = Path(sys.executable).parent


def manifest() -> list[dict[str, Any]]:
    hooks: list[dict[str, Any]] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return hooks


class Repository:
    """A committed fleet, and what happens to it."""

    def __init__(self, top: Path, within: str = "") -> None:
        self.top = top
        self.fleet = top / within
        home = top.parent / "home"
        home.mkdir(exist_ok=True)
        kept = {
            name: text for name, text in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))
        }
        self.environment = {
            **kept,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PRE_COMMIT_HOME": str(top.parent / "pre-commit"),
            "HOME": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org",
            "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org",
        }  # fmt: skip
        self.fleet.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def run(self, *command: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.top, env=self.environment, check=check,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        )  # fmt: skip

    def git(self, *arguments: str) -> str:
        return self.run("git", *arguments, check=True).stdout

    def qpf(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("qpf", "-C", str(self.fleet), *arguments)

    def configure(self, hooks: list[dict[str, Any]], **changed: Any) -> None:
        """Make hooks of the manifest this repository's own."""
        local = [{**hook, "language": "system", **changed} for hook in hooks]
        config = {"repos": [{"repo": "local", "hooks": local}]}
        (self.top / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True))

    def commit_all(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--no-verify", "-m", "x")

    def hooks(self, *arguments: str) -> tuple[dict[str, str], str]:
        """Run pre-commit: the verdict of each hook by its id, and all that was printed."""
        done = self.run("pre-commit", "run", "--color=never", "--verbose", *arguments)
        verdicts: dict[str, str] = {}
        names = {hook["name"]: hook["id"] for hook in manifest()}
        for line in done.stdout.splitlines():
            name, _, verdict = line.partition("....")
            found = next((each for each in names if name.startswith(each)), "")
            if found and verdict.strip("."):
                verdicts[names[found]] = verdict.strip(".").split(")")[-1]
        assert (done.returncode == 0) is (not {"Failed"} & set(verdicts.values())), done.stdout
        return verdicts, done.stdout
