"""The tables of the database as this version of Warmline wants them, for SQLite and PostgreSQL.

Knows no connection; how a database gets there is told by `migrations`.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from warmline.records import codec


class Moment(sa.TypeDecorator[datetime]):
    """A time with its zone, kept as text in UTC with milliseconds: it sorts as time does."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: object) -> str | None:
        return None if value is None else codec.iso(value)

    def process_result_value(self, value: str | None, _: object) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class Words(sa.TypeDecorator[str]):
    """Text as people write it, also what no database takes (see `codec.text`)."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _: object) -> str | None:
        return None if value is None else codec.text(value)


class Json(sa.TypeDecorator[Any]):
    """JSON values, their texts as in `Words`."""

    impl = sa.JSON
    cache_ok = True

    def process_bind_param(self, value: Any, _: object) -> Any:
        return codec.plain(value)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, Words, nullable=False) for name in names]


def _moment(name: str, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, Moment, nullable=nullable)


def _of_a_call() -> sa.ForeignKey:
    return sa.ForeignKey("calls.call_id", ondelete="CASCADE")


def _user() -> sa.Column[str]:
    there = sa.ForeignKey("users.user_id", ondelete="CASCADE")
    return sa.Column("user_id", Words, there, nullable=False)


tables = sa.MetaData()

calls = sa.Table(
    "calls",
    tables,
    sa.Column("call_id", Words, primary_key=True),
    *_text("started_at", "door", "caller", "flow", "flow_version"),
    sa.Column("ended_at", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("turns", sa.Integer, nullable=False),
    sa.Index("calls_by_start", "started_at", "call_id"),
    sa.Index("calls_by_caller", "caller", "started_at"),
)

events = sa.Table(
    "events",
    tables,
    sa.Column("call_id", sa.Text, _of_a_call(), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
)

# What the events of a call that is over come to (see `digest`). It can be made anew at any
# time: a call without a row in `call_facts` gets it at the next start.

lines = sa.Table(
    "lines",
    tables,
    sa.Column("call_id", sa.Text, _of_a_call(), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("audio_at", sa.Double),
    *_text("who", "name", "text", "folded"),
)

call_facts = sa.Table(
    "call_facts",
    tables,
    sa.Column("call_id", sa.Text, _of_a_call(), primary_key=True),
    sa.Column("contained", sa.Boolean, nullable=False),
    *_text("queue", "escalation_reason", "wait_outcome"),
    *(sa.Column(name, sa.Double) for name in ("escalated_at", "first_agent_at", "wait_s")),
    *(sa.Column(name, sa.Double, nullable=False) for name in ("talk_s", "hold_s")),
    *(sa.Column(name, sa.Double) for name in ("mood_min", "confidence_mean", "answer_ms_mean")),
    sa.Column("survey", sa.Integer),
    *(sa.Column(name, Json, nullable=False) for name in ("agents", "answers_ms")),
)

users = sa.Table(
    "users",
    tables,
    sa.Column("user_id", Words, primary_key=True),
    *_text("login"),
    sa.Column("login_key", Words, nullable=False, unique=True),
    *_text("name"),
    sa.Column("password_hash", Words),
    *(sa.Column(name, Json, nullable=False) for name in ("roles", "skills", "queues")),
    sa.Column("enabled", sa.Boolean, nullable=False),
    _moment("created_at"),
)

sessions = sa.Table(
    "sessions",
    tables,
    sa.Column("session_id", Words, primary_key=True),
    sa.Column("token_hash", Words, nullable=False, unique=True),
    _user(),
    *_text("csrf"),
    _moment("created_at"),
    _moment("seen_at"),
    _moment("expires_at"),
    _moment("ended_at", nullable=True),
    sa.Index("sessions_by_user", "user_id"),
)

links = sa.Table(
    "links",
    tables,
    sa.Column("token_hash", Words, primary_key=True),
    _user(),
    *_text("purpose"),
    _moment("created_at"),
    _moment("expires_at"),
    _moment("used_at", nullable=True),
)

audit = sa.Table(
    "audit",
    tables,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    _moment("at"),
    *_text("user_id", "action", "subject"),
    sa.Column("details", Json, nullable=False),
    *_text("prev_hash", "hash"),
)

# What people wrote about a call. No foreign keys: the call's own row comes a moment later, or
# never when the database was away for too long, and that must not cost an agent's words.

wrapups = sa.Table(
    "wrapups",
    tables,
    sa.Column("call_id", Words, primary_key=True),
    sa.Column("user_id", Words, primary_key=True),
    *_text("disposition", "summary", "notes"),
    sa.Column("fields", Json, nullable=False),
    sa.Column("first_contact_resolved", sa.Boolean),
    _moment("at"),
)

callbacks = sa.Table(
    "callbacks",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    *_text("call_id", "queue", "number", "caller"),
    _moment("requested_at"),
    sa.Column("done_by", Words),
    _moment("done_at", nullable=True),
)

deliveries = sa.Table(
    "deliveries",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    *_text("url"),
    sa.Column("body", Json, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    _moment("next_at", nullable=True),
    _moment("done_at", nullable=True),
    *_text("error"),
    sa.Index("deliveries_by_next", "next_at"),
)
