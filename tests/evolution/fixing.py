"""The smallest fleet with a deprecated field in use, and what a run says that it fixed."""

import json
import shutil
from pathlib import Path

from tests.command import run
from tests.evolution.fleets import AGENT, declare, replace

LABEL = "field_deprecated: {path: metadata.labels.squad, removed_in: 7.0.0, use: metadata.labels.team}"
LABELS = "metadata: {labels: {squad: one}, "


def label(root: Path) -> None:
    """Let the agent use a label that is deprecated."""
    declare(root, LABEL)
    replace(root / AGENT, ("metadata: {", LABELS))


def fixed(root: Path, *arguments: str) -> list[tuple[str, int, int, str, str]]:
    """What a run says that it fixed."""
    status, output = run(["validate", "--fix", "-o", "json", *arguments], root)
    assert status == 0, output
    document = json.loads(output[output.index("{\n") :])
    return [tuple(each.values()) for each in document["fixed"]]


def second(root: Path) -> None:
    """Let the fleet have another agent, and another environment."""
    text = (root / AGENT).read_text().replace("name: keeper", "name: other").replace(":keeper:*", ":other:*")
    (root / "agents/other.yaml").write_text(text)
    shutil.copytree(root / "environments/dev", root / "environments/late")
    replace(root / "qpf.yaml", ("dev: {branch: dev}", "dev: {branch: dev}\n  late: {branch: late}"))
    for name in ("dev", "late"):
        override = "{log_level: DEBUG, replicas: 1}\n    metadata: {labels: {squad: all}}"
        replace(root / f"environments/{name}/environment.yaml", ("{log_level: DEBUG}", override))
