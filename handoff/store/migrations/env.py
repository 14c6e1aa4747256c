"""Runs the migrations on the connection `handoff.store.migrate` hands over, inside its transaction."""

from alembic import context

from handoff.store.migrate import VERSION_TABLE
from handoff.store.tables import metadata

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    # Two processes that migrate at once take turns (SQLite: BEGIN IMMEDIATE).
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('devir_migrate'))")
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
    user_module_prefix="tables.",
)
context.run_migrations()
