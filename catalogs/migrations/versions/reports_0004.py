"""The table of reports: what was measured, beside what happened."""

import sqlalchemy as sa
from alembic import op

revision = "reports_0004"
down_revision = "alert_events_0003"


def upgrade() -> None:
    """Make the table and the index that its questions need."""
    op.create_table(
        "reports",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("reports_by_time", "reports", ["made_at"])
    op.create_index("reports_by_kind", "reports", ["kind", "made_at"])


def downgrade() -> None:
    """Reports are lost; they can be measured again."""
    op.drop_table("reports")
