"""The table of events, append-only."""

import sqlalchemy as sa
from alembic import op

revision = "events_0001"
down_revision = None


def upgrade() -> None:
    """Make the table and the indexes that the journal's questions need."""
    op.create_table(
        "events",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text()),
        sa.Column("line", sa.Text()),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        # A number is never given twice, not even after retention has deleted the newest rows.
        sqlite_autoincrement=True,
    )
    op.create_index("events_by_time", "events", ["site", "observed_at"])
    op.create_index("events_by_kind", "events", ["site", "kind", "observed_at"])
    op.create_index("events_by_source", "events", ["site", "source", "seq"])


def downgrade() -> None:
    """There is nothing before the first one; the journal never goes back."""
    op.drop_table("events")
