"""`qpf audit` reads the databases themselves and names each row that does not hold."""

import json
import sqlite3

import pytest
from sqlalchemy import create_engine

from qpf_runtime.audit import append
from qpf_runtime.database import TABLES
from tests.command import run
from tests.runtime.test_audit import row


@pytest.fixture
def root(tmp_path):
    (tmp_path / "environments" / "dev").mkdir(parents=True)
    for agent, length in (("buyer", 3), ("seller", 2)):
        file = tmp_path / ".qpf" / "data" / "dev" / f"{agent}.db"
        file.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{file}")
        TABLES.create_all(engine)
        with engine.begin() as connection:
            for number in range(1, length + 1):
                append(connection, agent, row(number))
        engine.dispose()
    return tmp_path


def audit(root, *arguments):
    return run(["audit", *arguments, "--env", "dev"], root)


def document(root, *arguments):
    status, printed = audit(root, *arguments, "-o", "json")
    return status, json.loads(printed)


def tamper(root, agent, statement):
    connection = sqlite3.connect(root / ".qpf" / "data" / "dev" / f"{agent}.db")
    for name in ("audit_no_update", "audit_no_delete", "audit_heads_no_delete", "audit_heads_forward"):
        connection.execute(f"DROP TRIGGER IF EXISTS {name}")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_chains_that_hold_are_clean(root):
    assert audit(root, "verify") == (0, "0 findings in 2 chains of 5 rows\n")
    assert document(root, "verify", "--agent", "buyer")[1]["findings"] == []


def test_a_changed_row_is_pinpointed(root):
    tamper(root, "buyer", "UPDATE audit SET outcome = 'rejected' WHERE seq = 2")
    status, printed = audit(root, "verify")
    assert status == 1
    assert printed.startswith("buyer: row 2: ")
    status, found = document(root, "verify")
    assert status == 1
    assert [(one["agent"], one["seq"], one["kind"]) for one in found["findings"]] == [("buyer", 2, "changed")]
    assert audit(root, "verify", "--agent", "seller")[0] == 0


def test_a_trail_made_anew_is_found_beside_exported_heads(root, tmp_path):
    heads = tmp_path / "heads.json"
    heads.write_text(audit(root, "head", "-o", "json")[1])
    assert audit(root, "verify", "--head", str(heads))[0] == 0
    (root / ".qpf" / "data" / "dev" / "seller.db").unlink()
    tamper(root, "buyer", "DELETE FROM audit WHERE seq = 3")
    tamper(root, "buyer", "UPDATE audit_heads SET seq = 2, digest = (SELECT digest FROM audit WHERE seq = 2)")
    assert audit(root, "verify")[0] == 0
    status, found = document(root, "verify", "--head", str(heads))
    assert status == 1
    assert {(one["agent"], one["seq"], one["last"], one["kind"]) for one in found["findings"]} == {
        ("buyer", 3, 3, "missing"),
        ("seller", 1, 2, "missing"),
    }


def test_rows_are_shown_the_newest_last(root):
    status, found = document(root, "show", "--agent", "buyer", "--limit", "2")
    assert status == 0
    assert [(one["agent"], one["seq"], one["reasons"]) for one in found["rows"]] == [
        ("buyer", 2, ["sure"]),
        ("buyer", 3, ["sure"]),
    ]
    assert "decision  approved  agent  packet-1" in audit(root, "show", "--id", "packet-1")[1]


def test_another_database_is_read_by_its_url(root):
    url = f"sqlite:///{root}/.qpf/data/dev/buyer.db"
    assert document(root, "verify", "--url", url)[1]["heads"][0]["agent"] == "buyer"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["verify", "--agent", "nobody"], "agent nobody has kept no audit trail"),
        (["verify", "--agent", "../buyer"], "has kept no audit trail"),
        (["verify", "--head", "nowhere.json"], "cannot be read"),
        (["verify", "--url", "sqlite:////nowhere/at/all.db"], "unable to open database file"),
        (["verify", "--url", "nonsense"], "not the URL of a database"),
        (["head", "--url", "postgresql://me:hush@127.0.0.1:1/none"], "127.0.0.1"),
    ],
)
def test_what_cannot_be_read_is_said_without_secrets(root, arguments, named):
    status, printed = audit(root, *arguments)
    assert status == 2
    assert named in printed
    assert "hush" not in printed


def test_a_database_of_something_else_is_said(root, tmp_path):
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE other (a)")
    status, printed = audit(root, "verify", "--url", f"sqlite:///{tmp_path}/other.db")
    assert (status, "no such table" in printed) == (2, True)


def test_looking_makes_no_file(root, tmp_path):
    audit(root, "verify", "--url", f"sqlite:///{tmp_path}/fresh.db")
    assert not (tmp_path / "fresh.db").exists()
