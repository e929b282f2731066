"""References of a whole fleet follow its migrations, and those that did not stop it."""

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from qpf.evolution import references
from tests.command import run
from tests.compilation.memory import compile_fleet, stand
from tests.evolution.fleets import RENAME, declare, grow_old
from tests.io.folders import child, outcome_of

TEMPLATE = "templates/python_agent/README.md.jinja"
CONSTRAINT = "base/constraints/limits.cue"


def write(root: Path, path: str, text: str) -> Path:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return place


def refer(root: Path, name: str = "working") -> None:
    """Let a template and a constraint speak of a field."""
    below = '{% extends "builtin/README.md.jinja" %}{% block operations %}'
    write(
        root, TEMPLATE, below + f"{{% if 0 %}}{{{{ memorytopology.{name} }}}}{{% endif %}}{{% endblock %}}\n"
    )
    write(root, CONSTRAINT, f"memorytopology: {name}?: keyspace: string\n")


def test_references_are_rewritten_once(tiny: Path) -> None:
    grow_old(tiny)
    refer(tiny)
    assert run(["migrate", "--write"], tiny)[0] == 0
    assert "memorytopology.workingmemory }}" in (tiny / TEMPLATE).read_text()
    assert (tiny / CONSTRAINT).read_text() == "memorytopology: workingmemory?: keyspace: string\n"
    before = (tiny / TEMPLATE).stat().st_ino
    assert run(["migrate", "--write"], tiny) == (0, "every document speaks 6.0.0\n")
    assert (tiny / TEMPLATE).stat().st_ino == before
    assert run(["compile"], tiny)[0] == 0


def test_references_are_rewritten_where_they_are_asked_for(tiny: Path) -> None:
    declare(tiny, RENAME)
    refer(tiny)
    before = (tiny / TEMPLATE).read_bytes()
    status, output = run(["migrate", "--write", "base"], tiny)
    assert (status, output) == (0, f"{CONSTRAINT}: references → 6.0.0\n1 file rewritten\n")
    assert (tiny / TEMPLATE).read_bytes() == before
    log = (tiny / "CHANGELOG.md").read_text()
    assert f"is renamed to `memorytopology.workingmemory`: `{CONSTRAINT}`" in log


@pytest.mark.parametrize("path", [TEMPLATE, CONSTRAINT])
def test_a_stale_reference_in_a_fleet_that_stood_still_is_seen(tiny: Path, path: str) -> None:
    grow_old(tiny)
    refer(tiny, "workingmemory")
    assert run(["migrate", "--write"], tiny)[0] == 0
    stand(tiny)
    text = (tiny / path).read_text()
    write(tiny, path, text.replace("workingmemory", "working"))
    for _ in range(2):
        outcome = compile_fleet(tiny)
        assert outcome.status == 1
        assert [(each["code"], each["file"]) for each in outcome.findings] == [("QPF817", path)]
    write(tiny, path, text)
    assert compile_fleet(tiny).status == 0


def test_a_fleet_without_renames_reads_no_template_for_them(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refer(tiny)
    declare(tiny, "field_add: deployment.replicas with default 1")
    monkeypatch.delattr(references, "template_mentions")
    monkeypatch.delattr(references, "constraint_mentions")
    assert run(["validate"], tiny)[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("killed", range(8))
def test_a_kill_leaves_every_reference_old_or_new_and_the_next_run_finishes(tiny: Path, killed: int) -> None:
    grow_old(tiny)
    refer(tiny)
    places = [tiny / TEMPLATE, tiny / CONSTRAINT]
    old = [place.read_bytes() for place in places]
    finished = shutil.copytree(tiny, tiny.parent / "finished")
    assert run(["migrate", "--write"], finished)[0] == 0

    def die() -> None:
        left = killed

        def hook(event: str, details: tuple[object, ...]) -> None:
            nonlocal left
            if event in {"os.rename", "os.chmod"} and str(tiny) in str(details[0]):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        run(["migrate", "--write"], tiny)

    outcome_of(child(die))
    new = [(finished / place.relative_to(tiny)).read_bytes() for place in places]
    assert all(place.read_bytes() in pair for place, *pair in zip(places, old, new, strict=True))
    assert run(["migrate", "--write"], tiny)[0] == 0
    assert [place.read_bytes() for place in places] == new
