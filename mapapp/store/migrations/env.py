"""Alembic's entry: migrations run on the connection that :mod:`mapapp.store.engine` gives."""

from alembic import context

from mapapp.store import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
