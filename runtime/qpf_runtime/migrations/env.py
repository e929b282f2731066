"""Run by alembic: takes the steps on the connection, and in the transaction, that `prepare` hands in."""

from alembic import context

from qpf_runtime.database import TABLES

context.configure(connection=context.config.attributes["connection"], target_metadata=TABLES)
with context.begin_transaction():
    context.run_migrations()
