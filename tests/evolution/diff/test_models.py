"""`--models`: what the plugins of two revisions accept, as their own code says, each in its own process."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.command import run
from tests.evolution.diff.test_revisions import commit, git, write
from tests.host.hostile import installed
from tests.host.installing import register

PLUGIN = '''"""A plugin with one section."""

import os

from pydantic import BaseModel, ConfigDict, Field

from qpf.api import Section, Tighten, hookimpl


class Quota(BaseModel):
    """What an agent may use."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    most: int = Field(default=10, le={most}, description="Most calls an hour.")
{more}

@hookimpl
def qpf_sections():
    return [Section(name="quota", model=Quota, required=False, merge={merge})]
'''
GOVERNED = '{"most": Tighten(tighter="down")}'


def plugin(most: int = 100, merge: str = GOVERNED, more: str = "") -> str:
    return PLUGIN.format(most=most, merge=merge, more=more)


def diff(tmp_path: Path, *codes: str) -> tuple[int, dict[str, Any]]:
    """Commit a plugin again and again, and compare the last two commits."""
    root = tmp_path / "repository"
    register(root / "site", "quota-plugin", "0.1.0", {"quota": "quota_plugin"})
    write(root / "qpf.yaml", "fleet: tiny\nschema_version: 6.0.0\nenvironments: {dev: {branch: dev}}\n")
    git(tmp_path, "init", "--quiet", "repository")
    for code in codes:
        write(root / "site" / "quota_plugin.py", code)
        commit(root)
    write(root / "site" / "quota_plugin.py", codes[0])  # what is installed here is neither
    with installed(root / "site"):
        status, output = run(["schema", "diff", "HEAD~1", "HEAD", "--models", "-o", "json"], root)
    return status, json.loads(output)


def test_a_section_that_changed_between_two_commits_is_seen(tmp_path: Path) -> None:
    status, found = diff(tmp_path, plugin(most=100), plugin(most=500))
    (change,) = found["changes"]
    assert (change["path"], change["before"]["value"], change["after"]["value"]) == ("quota.most", 100, 500)
    assert (change["policy_code"], change["severity"], status) == ("P006", "critical", 1)


def test_a_field_that_is_governed_no_longer_is_seen(tmp_path: Path) -> None:
    status, found = diff(tmp_path, plugin(), plugin(merge="{}"))
    (change,) = [each for each in found["changes"] if each["code"] == "X003"]
    assert (change["path"], change["policy_code"], status) == ("quota.most", "P008", 1)


def test_the_code_of_a_revision_runs_elsewhere_and_knows_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", "hunter2")
    seen = '    seen: str = f"{os.getpid()} {sorted(os.environ.items())}"\n'
    _, found = diff(tmp_path, plugin(), plugin(more=seen))
    (change,) = [each for each in found["changes"] if each["path"] == "quota.seen"]
    value = str(change["after"]["value"])
    assert value.split(maxsplit=1)[0] != str(os.getpid())
    assert "DEPLOY_TOKEN" not in value
    assert "hunter2" not in json.dumps(found)


@pytest.mark.parametrize(
    "code",
    [
        "def broken(:\n",
        "raise SystemExit(0)\n",
        "import nowhere_to_be_found\n",
        "print('{}')\nimport os\nos._exit(0)\n",
    ],
)
def test_a_revision_whose_code_cannot_say_it_is_a_finding(tmp_path: Path, code: str) -> None:
    status, found = diff(tmp_path, plugin(), code)
    assert status in {1, 2}
    assert [each["severity"] for each in found["findings"]] == ["error"]
    assert "HEAD" in found["findings"][0]["message"]
    assert "changes" not in found


def test_a_revision_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    write(root / "qpf.yaml", "fleet: tiny\n")
    git(tmp_path, "init", "--quiet", "repository")
    commit(root)
    status, output = run(["schema", "diff", "v99", "HEAD", "--models", "-o", "json"], root)
    assert "v99" in json.loads(output)["findings"][0]["message"]
    assert status in {1, 2}
