"""Finds the pages of a batched step, and gives its statements their bounds with the exact types of the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.adapt import Dumper, PyFormat

from planrun.core.batches import KeyColumn, Keyed, Page, next_page
from planrun.core.quoting import UnquotableError, identifier
from planrun.edges.postgres.unit import unit
from planrun.errors import StepFailed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.abc import AdaptContext

    from planrun.core.plan import Batch
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.session import Session

_TABLE = """
SELECT c.oid::bigint, c.relkind::text, pg_catalog.format('%I.%I', n.nspname, c.relname),
  greatest(c.reltuples, 0)::bigint
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = pg_catalog.to_regclass($1)
"""
# From version 18 on a NOT NULL may be NOT VALID: rows of before it may still hold NULL.
_COLUMNS = """
SELECT a.attname::text, a.atttypid::bigint, pg_catalog.format_type(a.atttypid, -1), a.attnotnull AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_constraint n WHERE n.conrelid = a.attrelid AND n.contype = 'n' AND NOT n.convalidated
    AND n.conkey = ARRAY[a.attnum])
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = $1::bigint AND a.attname = ANY ($2::text[]) AND a.attnum > 0 AND NOT a.attisdropped
"""


@frozen
class Bound:
    """The value of a parameter as text, with the OID of its type."""

    text: str
    type: int


class _BoundDumper(Dumper):
    """Sends a bound as text with its own type, so that the server compares it as it compares the key."""

    def get_key(self, obj: Bound, format: PyFormat) -> Any:  # noqa: A002, ARG002  names of psycopg
        return (Bound, obj.type)

    def upgrade(self, obj: Bound, format: PyFormat) -> Dumper:  # noqa: A002, ARG002  names of psycopg
        return _typed(obj.type, self.connection)

    def dump(self, obj: Bound) -> bytes:
        return obj.text.encode()


def _typed(oid: int, context: AdaptContext | None) -> Dumper:
    dumper = _BoundDumper(Bound, context)
    dumper.oid = oid
    return dumper


class Pages:
    """The pages of one step on one connection.

    Args:
        connection: in autocommit.
        session: its settings.
        step: the id of the step.
        batch: how the step is cut.

    Raises:
        StepFailed: the table or its key cannot be walked.
    """

    def __init__(self, connection: Connection, session: Session, step: str, batch: Batch) -> None:
        self._connection = connection
        self._session = session
        self._step = step
        self._batch = batch
        connection.adapters.register_dumper(Bound, _BoundDumper)
        self.table = self._table()

    def after(self, last: Page | None) -> Page | None:
        """Return the page behind `last`, or the first one; None when no key is left."""
        text = next_page(self.table, self._batch.size, begun=last is not None)
        with unit(self._connection):
            self._session.own()
            row = self._connection.execute(text.encode(), self._bounds(last.last) if last else []).fetchone()
        if row is None:
            return None
        first, end, rows = row
        return Page(last.number + 1 if last else 1, tuple(first), tuple(end), rows)

    def bounds(self, page: Page) -> tuple[Bound, ...]:
        """Return the parameters of the statements of a page: its first key, then its last."""
        return (*self._bounds(page.first), *self._bounds(page.last))

    def _bounds(self, key: Sequence[str]) -> list[Bound]:
        return [Bound(text, column.type_oid) for text, column in zip(key, self.table.key, strict=True)]

    def _table(self) -> Keyed:
        try:
            name = identifier(self._batch.table)
        except UnquotableError as error:
            raise self._fault(str(error)) from error
        with unit(self._connection):
            self._session.users()
            row = self._connection.execute(_TABLE, [name]).fetchone()
            if row is None:
                raise self._fault(f"there is no table {self._batch.table}")
            oid, kind, qualified, rows = row
            if kind not in {"r", "p", "m"}:
                raise self._fault(f"{self._batch.table} is no table")
            self._session.own()
            found = {row[0]: row for row in self._connection.execute(_COLUMNS, [oid, list(self._batch.key)])}
        return Keyed(qualified, tuple(self._column(name, found.get(name)) for name in self._batch.key), rows)

    def _column(self, name: str, row: tuple[Any, ...] | None) -> KeyColumn:
        if row is None:
            raise self._fault(f"{self._batch.table} has no column {name}")
        _, oid, type_, not_null = row
        if not not_null:
            raise self._fault(
                f"column {name} of {self._batch.table} may be NULL, and rows with NULL would be in no page",
                "choose a key of NOT NULL columns, such as the primary key",
            )
        return KeyColumn(name, oid, type_)

    def _fault(self, message: str, hint: str | None = None) -> StepFailed:
        return StepFailed(f"step {self._step}: batch: {message}", place=self._batch.place, hint=hint)
