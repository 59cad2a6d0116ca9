"""Accounts, the desk's papers, the audit, and what calls come to for search and statistics."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0002"
down_revision = "0001"


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _call() -> sa.Column[str]:
    there = sa.ForeignKey("calls.call_id", ondelete="CASCADE")
    return sa.Column("call_id", sa.Text, there, primary_key=True)


def _user() -> sa.Column[str]:
    there = sa.ForeignKey("users.user_id", ondelete="CASCADE")
    return sa.Column("user_id", sa.Text, there, nullable=False)


def upgrade(op: Operations) -> None:
    op.create_index("calls_by_caller", "calls", ["caller", "started_at"])
    _calls(op)
    _accounts(op)
    _desk(op)


def _calls(op: Operations) -> None:
    op.create_table(
        "lines",
        _call(),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("audio_at", sa.Double),
        *_text("who", "name", "text", "folded"),
    )
    op.create_table(
        "call_facts",
        _call(),
        sa.Column("contained", sa.Boolean, nullable=False),
        *_text("queue", "escalation_reason", "wait_outcome"),
        *(sa.Column(name, sa.Double) for name in ("escalated_at", "first_agent_at", "wait_s")),
        *(sa.Column(name, sa.Double, nullable=False) for name in ("talk_s", "hold_s")),
        *(sa.Column(name, sa.Double) for name in ("mood_min", "confidence_mean")),
        sa.Column("answer_ms_mean", sa.Double),
        sa.Column("survey", sa.Integer),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("agents", "answers_ms")),
    )


def _accounts(op: Operations) -> None:
    op.create_table(
        "users",
        sa.Column("user_id", sa.Text, primary_key=True),
        *_text("login"),
        sa.Column("login_key", sa.Text, nullable=False, unique=True),
        *_text("name"),
        sa.Column("password_hash", sa.Text),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("roles", "skills", "queues")),
        sa.Column("enabled", sa.Boolean, nullable=False),
        *_text("created_at"),
    )
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.Text, primary_key=True),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        _user(),
        *_text("csrf", "created_at", "seen_at", "expires_at"),
        sa.Column("ended_at", sa.Text),
    )
    op.create_index("sessions_by_user", "sessions", ["user_id"])
    op.create_table(
        "links",
        sa.Column("token_hash", sa.Text, primary_key=True),
        _user(),
        *_text("purpose", "created_at", "expires_at"),
        sa.Column("used_at", sa.Text),
    )


def _desk(op: Operations) -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        *_text("at", "user_id", "action", "subject"),
        sa.Column("details", sa.JSON, nullable=False),
        *_text("prev_hash", "hash"),
    )
    op.create_table(
        "wrapups",
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        *_text("disposition", "summary", "notes"),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("first_contact_resolved", sa.Boolean),
        *_text("at"),
    )
    op.create_table(
        "callbacks",
        sa.Column("id", sa.Integer, primary_key=True),
        *_text("call_id", "queue", "number", "caller", "requested_at"),
        sa.Column("done_by", sa.Text),
        sa.Column("done_at", sa.Text),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        *_text("url"),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", sa.Text),
        sa.Column("done_at", sa.Text),
        *_text("error"),
    )
    op.create_index("deliveries_by_next", "deliveries", ["next_at"])
