"""The table of which events joined which alert: all of them, not those alone that it lists."""

import json

import sqlalchemy as sa
from alembic import op

revision = "alert_events_0003"
down_revision = "alerts_0002"

PAGE = 100
_ALERTS = sa.table("alerts", sa.column("id", sa.Text()), sa.column("body", sa.Text()))
_EVENTS = sa.table("events", sa.column("seq", sa.BigInteger()), sa.column("id", sa.Text()))


def upgrade() -> None:
    """Make the table, with the events that alerts list; which others joined nobody knows."""
    joined = op.create_table(
        "alert_events",
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        # In this order it is the index of its one question.
        sa.PrimaryKeyConstraint("alert", "seq"),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    page = sa.select(_ALERTS).order_by(_ALERTS.c.id).limit(PAGE)
    last = ""
    while alerts := connection.execute(page.where(_ALERTS.c.id > last)).all():
        for last, body in alerts:
            listed = sa.select(sa.literal(last), _EVENTS.c.seq).where(
                _EVENTS.c.id.in_(_listed(body))
            )
            connection.execute(sa.insert(joined).from_select(["alert", "seq"], listed))


def downgrade() -> None:
    """Alerts keep the events that they list."""
    op.drop_table("alert_events")


def _listed(body: str) -> list[str]:
    """Of a damaged alert nothing: who reads it is told, and a journal must open all the same."""
    try:
        alert = json.loads(body)
    except ValueError:
        return []
    return alert.get("events", []) if isinstance(alert, dict) else []
