"""The calls and their events: what Warmline made before it counted versions."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0001"
down_revision = None


def upgrade(op: Operations) -> None:
    op.create_table(
        "calls",
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("door", sa.Text, nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("flow", sa.Text, nullable=False),
        sa.Column("flow_version", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("turns", sa.Integer, nullable=False),
    )
    op.create_index("calls_by_start", "calls", ["started_at", "call_id"])
    op.create_table(
        "events",
        sa.Column(
            "call_id",
            sa.Text,
            sa.ForeignKey("calls.call_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
    )
