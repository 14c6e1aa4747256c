"""Runs the migrations on the connection `shop.migrate` hands over, inside its transaction."""

from alembic import context

from shop.tables import metadata

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    # Two processes that migrate at once take turns (SQLite: BEGIN IMMEDIATE).
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('shop_migrate'))")
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table="shop_alembic_version",
    render_as_batch=True,
)
context.run_migrations()
