"""What alembic runs to migrate: on the connection, and in the transaction, that the journal holds.

A new migration is a file in `versions/`, written by hand: `revision` and `down_revision` chain it.
"""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,  # SQLite has it, but alembic does not count on it
)
with context.begin_transaction():
    context.run_migrations()
