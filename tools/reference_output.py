"""The reference of JSON output and of the lock, shown on a small fleet that is really compiled."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

from qpf.render.findings_schema import findings_schema

ROOT = Path(__file__).resolve().parent.parent
QPF = ROOT / ".venv" / "bin" / "qpf"
MOST_LINES = 60
DIGEST = re.compile(r"(?<=[0-9a-z]:)[0-9a-f]{64}")

JSON = """\
# JSON output

With `-o json` a command prints one document on standard output and nothing else. `version` is 1; keys may be
added to it, never removed or given another meaning. Findings look alike everywhere: `code`, `severity`,
`message`, `file`, `line`, `column`, `notes` (each with a place of its own), `hint`, and the `plugin` that
found it. `fix` says what a program can do about it, null where that is nothing; `applicability` whether
`qpf validate --fix` does it (`safe`) or only `--fix --unsafe-fixes`; `edits` the edits themselves. With
`--fix`, `fixed` says what was done, each with `file`, `line`, `column`, `code` and `what`. What comments in
sources accept is in `suppressed`, where there is any. The [JSON Schema](findings.schema.json) of findings is
printed by `qpf schema export --kind findings`. What follows was printed by the commands, on the fleet that
`qpf init` writes; long documents are cut at `…`.
"""
LOCK = """\
# Lock

`environments/<env>/qpf.lock` seals an environment: the compiler and the plugins that took part, the digest of
every source, and the digest of every file that was written, with the emitter that wrote it and the agent it
belongs to. It is a function of its inputs, holds no time and no absolute path, and is written last. A file
that it does not list was not written by `qpf`, and is never replaced or removed. Where a source was
migrated on the way, `migrated` names it with the version it speaks; where the fleet has constraints,
`engines` names what judged them, with versions.

The lock of the fleet that `qpf init` writes, digests shortened:
"""
SHOWN = (
    ("compile --check", ("compile", "--check", "-o", "json")),
    ("explain", ("explain", "keeper", "deployment.log_level", "--env", "dev", "-o", "json")),
    ("graph", ("graph", "-o", "json")),
    ("drift", ("drift", "--env", "dev", "-o", "json")),
    ("plugins", ("plugins", "-o", "json")),
)
PLAN = ("plan", "--why", "-o", "json")
DIFF = ("schema", "diff", "released/service.yaml", "base/service.yaml", "-o", "json")


def json_output() -> str:
    """The page of JSON output."""
    parts = [JSON]
    with tempfile.TemporaryDirectory() as name:
        folder = compiled(Path(name))
        for title, arguments in SHOWN:
            parts.append(example(title, arguments, printed(folder, *arguments)))
        for history in (folder / ".qpf").glob("runs.sqlite*"):  # times would be others on every machine
            history.unlink()
        base = folder / "base" / "service.yaml"
        (folder / "released").mkdir()
        (folder / "released" / "service.yaml").write_bytes(base.read_bytes())
        changed = base.read_text(encoding="utf-8").replace("criticality: low", "criticality: high")
        base.write_text(changed, encoding="utf-8")
        parts.append(example("plan", PLAN, printed(folder, *PLAN)))
        parts.append(example("schema diff", DIFF, printed(folder, *DIFF)))
        base.write_text(base.read_text(encoding="utf-8").replace("owner:", "ownr:", 1), encoding="utf-8")
        arguments = ("validate", "-o", "json")
        parts.append(example("findings", arguments, printed(folder, *arguments)))
    return "\n".join(parts)


def example(title: str, arguments: tuple[str, ...], text: str) -> str:
    """One command with what it printed."""
    shown = json.dumps(json.loads(text), indent=2, ensure_ascii=False).splitlines()
    kept = shown if len(shown) <= MOST_LINES else [*shown[:MOST_LINES], "…"]
    body = DIGEST.sub("…", "\n".join(kept))
    return f"## {title}\n\n```console\n$ qpf {' '.join(arguments)}\n```\n\n```json\n{body}\n```\n"


def findings_schema_text() -> str:
    """The JSON Schema of findings, as `qpf schema export --kind findings` prints it."""
    return json.dumps(findings_schema(), indent=2, ensure_ascii=False) + "\n"


def lock() -> str:
    """The page of the lock."""
    with tempfile.TemporaryDirectory() as name:
        folder = compiled(Path(name))
        text = (folder / "environments" / "dev" / "qpf.lock").read_text(encoding="utf-8")
    return "\n".join([LOCK, "```json", DIGEST.sub("…", text).rstrip(), "```", ""])


def compiled(folder: Path) -> Path:
    """The fleet that `qpf init` writes, compiled."""
    printed(folder, "init")
    printed(folder, "compile")
    return folder


def printed(folder: Path, *arguments: str) -> str:
    """What a command prints; findings are part of what is shown, so any exit code but 2 will do."""
    done = subprocess.run(
        [QPF, "-C", folder, *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode not in {0, 1}:
        raise SystemExit(done.stderr)
    return done.stdout
