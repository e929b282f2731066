"""The readers that what we write must survive: YAML 1.1, YAML 1.2, ours, and kubectl's."""

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML

from qpf.model.diagnostic import Outcome
from qpf.model.node import Mapping, to_data
from qpf.syntax.reader import read_yaml

ROOT = Path(__file__).parent.parent.parent


def pyyaml(content: bytes) -> Any:
    return yaml.load(content, Loader=yaml.CSafeLoader)


def pyyaml_in_python(content: bytes) -> Any:
    return yaml.safe_load(content)


def ruamel(content: bytes) -> Any:
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    return reader.load(io.BytesIO(content))


def ours(content: bytes) -> Any:
    outcome = read_yaml("a.yaml", content)
    assert outcome.report.diagnostics == ()
    return data_of(outcome)


def data_of(outcome: Outcome[Mapping | None]) -> Any:
    """The data of a document that could be read."""
    assert outcome.value is not None
    return to_data(outcome.value)


def tree_of(text: str) -> Mapping:
    """The tree of a document that can be read."""
    root = read_yaml("a.yaml", text.encode()).value
    assert root is not None
    return root


IN_PROCESS: tuple[Callable[[bytes], Any], ...] = (pyyaml, pyyaml_in_python, ruamel, ours)


def kubectl(content: bytes) -> Any:
    """The `data` of a ConfigMap as kubectl reads it: go-yaml with the rules of cluster tools."""
    program = shutil.which("kubectl") or shutil.which("kubectl", path=str(ROOT / ".tools"))
    assert program, "install kubectl, or build it: cd tools/kubectl && go build -o ../../.tools/kubectl ."
    run = subprocess.run(
        [program, "annotate", "--local", "-f", "-", "-o", "json", "read=back"],
        input=content, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout)["data"]
