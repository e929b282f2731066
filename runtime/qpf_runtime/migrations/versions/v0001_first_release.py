"""The tables of the first release: episodes, and an audit trail without a chain."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"


def upgrade() -> None:
    """Make them."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "episodes",
        sa.Column("id", number, primary_key=True),
        sa.Column("at", sa.String(32), nullable=False, index=True),
        sa.Column("agent", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False, index=True),
        sa.Column("subject", sa.String(200), nullable=False, index=True),
        sa.Column("correlation_id", sa.String(200), nullable=False, index=True),
        sa.Column("content", sa.JSON, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("agent", sa.String(40), nullable=False, index=True),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("packet_id", sa.String(200), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("confidence", sa.Float),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("correlation_id", sa.String(200), nullable=False, index=True),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        exists = "WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)"
        op.execute(f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit {_REFUSE}")
        op.execute(f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit {_REFUSE}")
        op.execute(f"CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit {exists} {_REFUSE}")
