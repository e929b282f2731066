"""The wheel carries the helper: it installs and works where there is no Go."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
VET = """\
import json
from cuelang import Constraints, version
with Constraints({"a.cue": "n: <5 @qpf(code=C)"}) as constraints:
    found = list(constraints.vet({"a": {"n": 9}, "b": {"n": 1}}))
print(json.dumps([[[each.document, each.attribute["code"]] for each in found], version().engine]))
"""


def uv() -> str:
    tools = PROJECT.parent.parent / ".tools"
    found = shutil.which("uv", path=os.pathsep.join((os.environ["PATH"], str(tools))))
    assert found is not None
    return found


def build(copy: Path, out: Path) -> Path:
    shutil.copytree(
        PROJECT, copy, ignore=shutil.ignore_patterns("cuelang-helper", "built.json", "__pycache__")
    )
    command: list[str | Path] = [uv(), "build", "--quiet", "--wheel", "--no-config", "--out-dir", out, copy]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.mark.slow
def test_a_wheel_works_without_go_and_is_built_alike_elsewhere(tmp_path: Path) -> None:
    wheel = build(tmp_path / "one" / "project", tmp_path / "one" / "out")
    assert wheel.name.startswith("cuelang_py-0.1.0-py3-none-")
    assert not wheel.name.endswith("-any.whl")
    again = build(tmp_path / "two" / "elsewhere", tmp_path / "two" / "out")
    helpers = [zipfile.ZipFile(each).read("cuelang/cuelang-helper") for each in (wheel, again)]
    assert helpers[0] == helpers[1]
    assert str(tmp_path).encode() not in helpers[0]

    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    empty = tmp_path / "empty"
    empty.mkdir()
    nowhere = {"PATH": str(empty), "HOME": str(tmp_path), "GOPROXY": "off"}
    install: list[str | Path] = [
        uv(),
        "pip",
        "install",
        "--quiet",
        "--no-config",
        "--offline",
        "--python",
        python,
        wheel,
    ]
    subprocess.run(install, check=True, env={**nowhere, "UV_CACHE_DIR": str(tmp_path / "cache")})
    done = subprocess.run(
        [python, "-I", "-c", VET], check=True, capture_output=True, text=True, env=nowhere, cwd=tmp_path
    )
    assert json.loads(done.stdout) == [[["a", "C"]], "0.17.1"]
