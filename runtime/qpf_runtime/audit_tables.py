"""The tables of the audit trail, and what makes the database refuse to change them."""

from sqlalchemy import Column, Float, Integer, String, Table, Text, event
from sqlalchemy.schema import DDL, ExecutableDDLElement

from qpf_runtime.database import TABLES

AUDIT = Table(
    "audit",
    TABLES,
    Column("agent", String(40), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("event", String(40), nullable=False),
    Column("actor", String(220), nullable=False),
    Column("packet_id", String(200), nullable=False),
    Column("correlation_id", String(200), nullable=False, index=True),
    Column("outcome", String(40), nullable=False),
    Column("confidence", Float),
    # JSON as text: what is digested is what is stored, to the byte.
    Column("reasons", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String(80), nullable=False),
    Column("digest", String(80), nullable=False),
    sqlite_with_rowid=False,  # a row has no second name by which it could be replaced
)

HEADS = Table(
    "audit_heads",
    TABLES,
    Column("agent", String(40), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("digest", String(80), nullable=False),
    sqlite_with_rowid=False,
)

# INSERT OR REPLACE removes the old row without asking a DELETE trigger: hence those before an insert.
_SQLITE = """
audit: CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit REFUSE
audit: CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit REFUSE
audit: CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE agent = NEW.agent AND seq = NEW.seq) REFUSE
audit_heads: CREATE TRIGGER audit_heads_forward BEFORE UPDATE ON audit_heads WHEN NEW.agent <> OLD.agent OR NEW.seq <> OLD.seq + 1 REFUSE
audit_heads: CREATE TRIGGER audit_heads_no_delete BEFORE DELETE ON audit_heads REFUSE
audit_heads: CREATE TRIGGER audit_heads_no_replace BEFORE INSERT ON audit_heads WHEN EXISTS (SELECT 1 FROM audit_heads WHERE agent = NEW.agent) REFUSE
""".replace("REFUSE", "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END")  # noqa: E501 -- one statement a line

_POSTGRESQL = """
audit: CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN REFUSE END $$
audit: CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse()
audit: CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
audit_heads: CREATE OR REPLACE FUNCTION audit_heads_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'UPDATE' THEN IF NEW.agent = OLD.agent AND NEW.seq = OLD.seq + 1 THEN RETURN NEW; END IF; END IF; REFUSE END $$
audit_heads: CREATE TRIGGER audit_heads_forward BEFORE UPDATE OR DELETE ON audit_heads FOR EACH ROW EXECUTE FUNCTION audit_heads_refuse()
audit_heads: CREATE TRIGGER audit_heads_no_truncate BEFORE TRUNCATE ON audit_heads FOR EACH STATEMENT EXECUTE FUNCTION audit_heads_refuse()
""".replace(  # noqa: E501 -- as above
    "REFUSE",
    "RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation';",
)


def _statements(text: str) -> tuple[tuple[str, str], ...]:
    parts = (line.partition(": ") for line in text.strip().splitlines())
    return tuple((table, statement) for table, _, statement in parts)


PROTECTION = {"sqlite": _statements(_SQLITE), "postgresql": _statements(_POSTGRESQL)}
"""By dialect: tables, each with a statement to run when it was made."""

for _dialect, _found in PROTECTION.items():
    for _table, _statement in _found:
        _protect: ExecutableDDLElement
        _protect = DDL(_statement)  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
        event.listen(TABLES.tables[_table], "after_create", _protect.execute_if(dialect=_dialect))
