"""Steps that break something wait for a person."""

import json
import re
from pathlib import Path

import pytest

from tests.command import run
from tests.compilation.memory import compile_fleet
from tests.evolution.fleets import AGENT, MOVE, RENAME, compiled, declare, grow_old

BREAKS = "require_manual_review: true\nbreaking_changes: [Keyspaces have another prefix.]\n"


def approve(root: Path, fingerprint: str, expires: str = "2030-01-31") -> None:
    text = (
        f"migration: 5.9.0 -> 6.0.0\nfingerprint: {fingerprint}\n"
        f"reviewer: jane\nreason: Stores were renamed.\nexpires: {expires}\n"
    )
    (root / "approvals").mkdir(exist_ok=True)
    (root / "approvals/keyspaces.yaml").write_text(text, encoding="utf-8")


def wanted_fingerprint(root: Path) -> str:
    output = run(["validate"], root)[1]
    found = re.search(r"fingerprint: (sha256:[0-9a-f]{64})", output)
    assert found is not None, output
    return found[1]


def test_a_breaking_step_waits_for_a_person_and_for_this_very_step(tiny):
    grow_old(tiny)
    declare(tiny, RENAME, MOVE, more=BREAKS)
    assert compile_fleet(tiny).status == 1
    approve(tiny, wanted_fingerprint(tiny))
    compiled(tiny)
    declare(tiny, RENAME, MOVE, "field_add: deployment.replicas with default 7", more=BREAKS)
    status, output = run(["compile"], tiny)
    assert status == 1
    assert "QPF812" in output
    assert "this approval is of another step" in output


def test_an_approval_holds_whatever_a_step_is_said_to_be_for(tiny):
    grow_old(tiny)
    declare(tiny, RENAME, MOVE, more=BREAKS)
    approve(tiny, wanted_fingerprint(tiny))
    declare(tiny, RENAME, MOVE, more=f"description: Stores have names.\n{BREAKS}")
    compiled(tiny)


@pytest.mark.parametrize(("day", "status"), [(1_900_000_000, 1), (1_800_000_000, 0)])
def test_an_approval_expires(tiny, monkeypatch, day, status):
    grow_old(tiny)
    declare(tiny, RENAME, MOVE, more=BREAKS)
    approve(tiny, wanted_fingerprint(tiny))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(day))
    for command in ("validate", "compile"):
        found, output = run([command], tiny)
        assert found == status
        assert ("QPF816" in output) == ("expired" in output) == bool(status)


def test_an_approval_of_what_is_done_expires_though_nothing_else_changes(tiny, monkeypatch):
    grow_old(tiny)
    declare(tiny, RENAME, MOVE, more=BREAKS)
    approve(tiny, wanted_fingerprint(tiny))
    assert run(["migrate", "--write"], tiny)[0] == 0
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    for _ in range(3):
        assert "expired" not in run(["compile"], tiny)[1]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1900000000")
    for command in (["compile"], ["compile", "--check"], ["validate"]):
        assert "this approval has expired" in run(command, tiny)[1]


def test_what_is_rewritten_needs_no_approval(tiny):
    grow_old(tiny)
    declare(tiny, RENAME, MOVE, more=BREAKS)
    assert run(["migrate", "--write"], tiny)[0] == 0
    compiled(tiny)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (AGENT, "learningsystem: 7\n"),
        (AGENT, "  : : no schema\n"),
        (AGENT, "composition: {base: nobody}\n"),
        ("environments/dev/environment.yaml", "targets: 7\n"),
        ("environments/dev/environment.yaml", "  : : no schema\n"),
    ],
)
def test_another_error_hides_nothing_that_waits_or_has_expired(tiny, path, text):
    grow_old(tiny)
    declare(tiny, RENAME, MOVE, more=BREAKS)
    approve(tiny, wanted_fingerprint(tiny), expires="2020-01-31")
    (tiny / "agents/other.yaml").write_text((tiny / AGENT).read_text().replace("keeper", "other"))
    kept = [line for line in (tiny / path).read_text().splitlines(keepends=True) if line[:9] != text[:9]]
    (tiny / path).write_text("".join(kept) + text + '# qpf: ignore[QPF417] reason="x" until=2020-01-01\n')
    wanted = found(tiny, "compile", "--check")
    assert {"QPF812", "QPF814", "QPF816"} < {code for code, _ in wanted}
    for command in (["compile"], ["validate"], ["validate"], ["validate", "--no-cache"]):
        assert found(tiny, *command) == wanted


def found(root: Path, *command: str) -> list[tuple[str, str]]:
    document = json.loads(run([*command, "-o", "json"], root)[1])
    return [(each["code"], each["file"]) for each in document["findings"]]
