"""The tables of alerts, silences, levels and the audit log, beside the events."""

import sqlalchemy as sa
from alembic import op

revision = "alerts_0002"
down_revision = "events_0001"

# A code of this moment must not change what an old migration does: the digest before the first
# line of the audit log is written out.
NO_DIGEST = "0" * 64


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    """Make the tables and the indexes that their questions need."""
    op.create_table(
        "alerts",
        sa.Column("id", sa.Text(), primary_key=True),
        _text("site"),
        _text("family"),
        _text("state"),
        sa.Column("severity", sa.Integer(), nullable=False),
        _text("zone", nullable=True),
        _moment("first_at"),
        _moment("last_at"),
        _moment("opened_at"),
        _moment("told_at"),
        _moment("closed_at", nullable=True),
        _text("verdict", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False, unique=True),
        _text("change"),
        _text("words"),
        _text("body"),
    )
    op.create_index("alerts_by_time", "alerts", ["site", "opened_at"])
    op.create_index("alerts_by_state", "alerts", ["state", "site"])
    op.create_index("alerts_by_verdict", "alerts", ["verdict", "site"])
    op.create_table(
        "silences",
        sa.Column("id", sa.Text(), primary_key=True),
        _text("site"),
        _text("alert", nullable=True),
        _moment("at"),
        _moment("until", nullable=True),
        _moment("ended_at", nullable=True),
        _text("body"),
    )
    op.create_index("silences_by_time", "silences", ["site", "at"])
    op.create_table(
        "levels",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        _text("site"),
        _text("zone", nullable=True),
        _moment("at"),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
    )
    op.create_index("levels_by_time", "levels", ["site", "zone", "at"])
    op.create_table(
        "cursors",
        sa.Column("site", sa.Text(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        _text("site"),
        _moment("at"),
        _text("body"),
    )
    op.create_index("audit_by_time", "audit", ["site", "at"])
    end = op.create_table(
        "audit_end",
        sa.Column("number", sa.BigInteger(), nullable=False),
        _text("digest"),
    )
    op.bulk_insert(end, [{"number": 0, "digest": NO_DIGEST}])


def downgrade() -> None:
    """The events stay; what was decided about them is lost."""
    for table in ("audit_end", "audit", "cursors", "levels", "silences", "alerts"):
        op.drop_table(table)
