"""A stranger's distribution adds a section, a pass and an emitter, through the front door only."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.host.hostile import make_fleet
from tests.host.installing import install

ACME = Path(__file__).parent.parent / "fixtures" / "qpf-acme"
COSTS = "\ncosts: {center: growth, budget: 100}\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    install(ACME, folder)
    return folder


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    root = make_fleet(tmp_path / "fleet", "python_agent", "cost_sheet")
    agent = root / "agents" / "adder.yaml"
    agent.write_text(agent.read_text() + COSTS)
    return root


def qpf(root: Path, *arguments: str, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site or "")}
    return subprocess.run(
        [sys.executable, "-m", "qpf", "-C", str(root), *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["version"] == 1
    return found


def test_acme_imports_only_the_api() -> None:
    modules = [ast.parse(path.read_text()) for path in (ACME / "qpf_acme").rglob("*.py")]
    names = {
        node.module
        for module in modules
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "qpf"
    }
    assert names == {"qpf.api"}


def test_acme_takes_part_like_a_built_in(fleet: Path, site: Path) -> None:
    done = qpf(fleet, "compile", "-o", "json", site=site)
    assert (done.returncode, document(done)["findings"]) == (0, [])
    folder = fleet / "environments" / "test"
    assert json.loads((folder / "costs" / "adder.json").read_text()) == {
        "agent": "adder", "center": "growth", "price": 30
    }  # fmt: skip
    assert "| **total** | **30** |" in (folder / "costs" / "README.md").read_text()
    lock = json.loads((folder / "qpf.lock").read_text())
    assert lock["plugins"]["acme"]["version"] == "1.2.0"
    assert lock["plugins"]["acme"]["digest"].startswith("sha256:")
    entry = lock["artifacts"]["costs/adder.json"]
    assert (entry["emitter"], entry["subject"]) == ("cost_sheet", "adder")


def test_acme_finds_what_it_declares_at_its_line(fleet: Path, site: Path) -> None:
    environment = fleet / "environments" / "test" / "environment.yaml"
    environment.write_text("schema_version: 6.0.0\noptions: {cost_sheet: {replica_price: 101}}\n")
    done = qpf(fleet, "validate", "-o", "json", site=site)
    (found,) = document(done)["findings"]
    line = (fleet / "agents" / "adder.yaml").read_text().splitlines().index(COSTS.strip()) + 1
    assert (found["code"], found["plugin"], found["file"], found["line"]) == (
        "ACM001", "acme", "agents/adder.yaml", line
    )  # fmt: skip
    assert found["message"] == "agent adder costs 101 a month, its budget is 100"
    assert done.returncode == 1


def test_the_line_checks_its_sections_and_options(fleet: Path, site: Path) -> None:
    agent = fleet / "agents" / "adder.yaml"
    agent.write_text(agent.read_text().replace("budget: 100", "budgte: 100"))
    environment = fleet / "environments" / "test" / "environment.yaml"
    environment.write_text("schema_version: 6.0.0\noptions: {cost_sheet: {replica_prize: 101}}\n")
    found = document(qpf(fleet, "validate", "-o", "json", site=site))["findings"]
    hints = {each["message"]: each["hint"] for each in found if each["code"] == "QPF201"}
    assert sorted("budget" in hint or "replica_price" in hint for hint in hints.values()) == [True, True]


def test_acme_is_listed_with_all_it_registers(site: Path, tmp_path: Path) -> None:
    listed = {
        each["name"]: each for each in document(qpf(tmp_path, "plugins", "-o", "json", site=site))["plugins"]
    }
    acme = listed["acme"]
    assert (acme["distribution"], acme["version"]) == ("qpf-acme", "1.2.0")
    assert (acme["sections"], acme["passes"], acme["emitters"], acme["codes"]) == (
        ["costs"], ["budget"], ["cost_sheet"], ["ACM001"]
    )  # fmt: skip
    exported = json.loads(qpf(tmp_path, "schema", "export", site=site).stdout)
    assert "budget" in exported["properties"]["costs"]["properties"]


def test_without_acme_its_words_are_unknown(fleet: Path) -> None:
    done = qpf(fleet, "validate", "-o", "json")
    assert {each["code"] for each in document(done)["findings"]} == {"QPF023", "QPF204"}


def test_a_changed_plugin_is_seen(fleet: Path, site: Path, tmp_path: Path) -> None:
    assert qpf(fleet, "compile", site=site).returncode == 0
    assert qpf(fleet, "compile", "--check", site=site).returncode == 0
    changed = tmp_path / "changed"
    shutil.copytree(site, changed)
    template = changed / "qpf_acme" / "templates" / "costs.md.jinja"
    template.write_text(template.read_text().replace("**total**", "**sum**"))
    done = qpf(fleet, "compile", "--check", site=changed)
    assert done.returncode == 1
    assert "environments/test/costs/README.md" in done.stdout
    assert "environments/test/qpf.lock" in done.stdout


def test_a_fleet_replaces_a_template_of_acme(fleet: Path, site: Path) -> None:
    folder = fleet / "templates" / "cost_sheet"
    folder.mkdir(parents=True)
    (folder / "costs.md.jinja").write_text("All of {{ environment }}: {{ total }}\n")
    assert qpf(fleet, "compile", site=site).returncode == 0
    page = fleet / "environments" / "test" / "costs" / "README.md"
    assert page.read_text() == "All of test: 30\n"
