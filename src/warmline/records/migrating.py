"""From the tables that a database has to those of this version, by the steps in `migrations`.

Only importer of alembic beside those steps. The caller owns connection and transaction.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from warmline.records import StoreError, schema

STEPS = Path(__file__).with_name("migrations")
_FIRST = "0001"
_UNCOUNTED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "calls": frozenset(
            {"call_id", "started_at", "door", "caller", "flow", "flow_version"}
            | {"ended_at", "reason", "turns"}
        ),
        "events": frozenset({"call_id", "seq", "at", "type", "body"}),
    }
)
"""The tables of the time before versions were counted, with their columns."""


def upgrade(connection: sa.Connection, where: str) -> None:
    """Bring the tables to this version, within the transaction that the connection is in.

    Raises StoreError, with `where` for the reader, when the tables belong to a newer version
    or to another program.
    """
    context = MigrationContext.configure(connection)
    steps = ScriptDirectory(STEPS)
    current = context.get_current_revision()
    if current is None and _taken_over(connection, where):
        context.stamp(steps, _FIRST)
        current = _FIRST
    known = [step.revision for step in steps.walk_revisions()]
    if current is not None and current not in known:
        raise StoreError(
            f"{where}: was made by a newer version of Warmline (its tables are of version "
            f"{current}, this one knows {known[0]}); install that version, or put a backup "
            "from before in its place"
        )
    apply(context, steps, current)


def apply(context: MigrationContext, steps: ScriptDirectory, current: str | None) -> None:
    """Take all steps that come after `current`; None is an empty database."""
    operations = Operations(context)
    # Alembic's command runs these in the same way, but behind globals of the whole process.
    for step in reversed(list(steps.iterate_revisions("head", current or "base"))):
        step.module.upgrade(operations)
        context.stamp(steps, step.revision)


def _taken_over(connection: sa.Connection, where: str) -> bool:
    """Whether there are tables of the time before versions were counted."""
    inspector = sa.inspect(connection)
    there = schema.tables.tables.keys() & set(inspector.get_table_names())
    found = {table: {str(c["name"]) for c in inspector.get_columns(table)} for table in there}
    if found and found != _UNCOUNTED:
        raise StoreError(
            f"{where}: cannot be used as the record of the calls: another program has made its "
            f"tables ({', '.join(sorted(there))}); give the record a file of its own"
        )
    return bool(found)
