"""Results of queries, counted and compared where they are: in the server.

A check's query is wrapped, never changed. It goes through the extended protocol, which takes exactly one
statement, so that no text can close our parenthesis and go on with a COMMIT. However many rows there are,
only figures and a handful of row images (see `planrun.core.record_text`) come to the client. Everything of ours
is qualified, because the search_path is the user's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import tuple_row

from planrun.core import record_text
from planrun.core.check import SHOWN_ROWS, Column, Difference, Sample, SavedResult, sample
from planrun.core.console import printable
from planrun.edges.postgres.faults import statement_failed
from planrun.errors import StepFailed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.pq.abc import PGresult

    from planrun.core.script import Script, Statement

KEPT_ROWS = 10_000
"""How many rows of a result the client takes in, at most."""
KEPT_BYTES = 16 * 1024 * 1024
"""How much text of a result the client takes in, at most."""

_SHOWN_CHARACTERS = 10_000
# The row's text, compared byte by byte. `(q.*)` is the whole row even where a column is called q.
_IMAGE = '(q.*)::pg_catalog.text COLLATE pg_catalog."C"'


@frozen
class Query:
    """A query whose rows stay in the server."""

    statement: Statement
    script: Script | None

    @property
    def subquery(self) -> str:
        """The query as a table ``q``; the line break ends a comment that the query may end with."""
        return f"({self.statement.text}\n) q"


Source = Query | SavedResult


def columns(connection: psycopg.Connection[Any], source: Source) -> tuple[Column, ...]:
    """Return the columns of a result; a domain shows as the type it is based on, as the server reports it."""
    if isinstance(source, SavedResult):
        return source.columns
    cursor = _send(connection, source, f"SELECT q.* FROM {source.subquery} LIMIT 0")
    return _columns_of(connection, cursor)


def count(connection: psycopg.Connection[Any], source: Source) -> int:
    """Return how many rows a result has."""
    if isinstance(source, SavedResult):
        return source.row_count
    cursor = _send(connection, source, f"SELECT pg_catalog.count(*) FROM {source.subquery}")
    return int(cursor.fetchall()[0][0])


def first_rows(connection: psycopg.Connection[Any], source: Source, of: Sequence[Column], total: int) -> Sample:
    """Return the first rows of a result to show, in the order of its query."""
    if isinstance(source, SavedResult):
        return sample("rows", of, source.images, total)
    sql = f"SELECT {_shortened(_IMAGE)} FROM {source.subquery} LIMIT {SHOWN_ROWS}"
    return sample("rows", of, [(text, 1) for (text,) in _send(connection, source, sql)], total)


def first_images(connection: psycopg.Connection[Any], source: Source, limit: int) -> list[str]:
    """Return the images of at most `limit` rows, whole."""
    if isinstance(source, SavedResult):
        return [text for text, times in source.images for _ in range(times)][:limit]
    cursor = _send(connection, source, f"SELECT {_IMAGE} FROM {source.subquery} LIMIT {limit}")
    return [text for (text,) in cursor]


def difference(connection: psycopg.Connection[Any], found: Source, wanted: Source, about: Query) -> Difference:
    """Compare two results as multisets of row images.

    Rows of one side count up, those of the other down; what does not come to zero differs. That is one
    aggregation, which the server spills to disk when it is large. The queries stand inside the first of the
    common table expressions, where the names of ours are not visible to them.

    Args:
        connection: the connection, in a transaction.
        found: the result.
        wanted: what it should be.
        about: the check's query, which an error names.
    """
    found_sql, found_values = _counted(found, 1)
    wanted_sql, wanted_values = _counted(wanted, 1 + len(found_values))
    sql = f"""
        WITH differing AS (
            SELECT image, pg_catalog.sum(times) AS times
            FROM (
                {found_sql} UNION ALL SELECT w.image, OPERATOR(pg_catalog.-) w.times FROM ({wanted_sql}) w
            ) s
            GROUP BY image HAVING pg_catalog.sum(times) OPERATOR(pg_catalog.<>) 0
        ), ranked AS (
            SELECT image, times,
                pg_catalog.sum(pg_catalog.abs(times)) OVER (PARTITION BY pg_catalog.sign(times)) AS total,
                pg_catalog.row_number() OVER (PARTITION BY pg_catalog.sign(times) ORDER BY image) AS rank
            FROM differing
        )
        SELECT times::pg_catalog.int8, {_shortened("image")}, total::pg_catalog.int8
        FROM ranked WHERE rank OPERATOR(pg_catalog.<=) {SHOWN_ROWS} ORDER BY rank"""
    rows = _send(connection, about, sql, found_values + wanted_values).fetchall()
    missing = [row for row in rows if row[0] < 0]
    unexpected = [row for row in rows if row[0] > 0]
    return Difference(
        missing=tuple((text, -times) for times, text, _ in missing),
        unexpected=tuple((text, times) for times, text, _ in unexpected),
        missing_total=missing[0][2] if missing else 0,
        unexpected_total=unexpected[0][2] if unexpected else 0,
    )


def keep(connection: psycopg.Connection[Any], query: Query) -> SavedResult:
    """Return a whole result, to be compared later.

    Raises:
        StepFailed: it has more than `KEPT_ROWS` rows or `KEPT_BYTES` of text; then none of it is read.
        StatementFailed: the query failed.
    """
    of = columns(connection, query)
    # One statement measures and returns, so that what was measured is what is returned.
    sql = f"""
        SELECT rows, bytes, CASE WHEN rows OPERATOR(pg_catalog.<=) {KEPT_ROWS}
            AND bytes OPERATOR(pg_catalog.<=) {KEPT_BYTES} THEN image END
        FROM (
            SELECT image, pg_catalog.count(*) OVER () AS rows,
                pg_catalog.sum(pg_catalog.octet_length(image)) OVER () AS bytes
            FROM (SELECT {_IMAGE} AS image FROM {query.subquery} LIMIT {KEPT_ROWS + 1}) s
        ) t"""
    rows = _send(connection, query, sql).fetchall()
    if rows:
        _refuse_large(query, *rows[0][:2])
    return SavedResult.of(of, [text for _, _, text in rows])


def keep_directly(connection: psycopg.Connection[Any], query: Query) -> SavedResult:
    """Return the whole result of a statement that cannot stand inside another one: SHOW or EXPLAIN.

    Raises:
        StepFailed: it is larger than a result may be (see `keep`).
        StatementFailed: the statement failed.
    """
    cursor = _send(connection, query, query.statement.text)
    result = cursor.pgresult
    if result is None:
        return SavedResult((), ())
    # The bytes as they came: psycopg would make an object of EXPLAIN's JSON. In binary format, too, the types
    # that these statements return (text, json, xml) are their text.
    cells = [[result.get_value(row, at) for at in range(result.nfields)] for row in range(result.ntuples)]
    _refuse_large(query, len(cells), sum(len(value or b"") for row in cells for value in row))
    encoding = connection.info.encoding
    texts = ([None if value is None else value.decode(encoding) for value in row] for row in cells)
    return SavedResult.of(_columns_of(connection, cursor), [record_text.join(row) for row in texts])


def _refuse_large(query: Query, rows: int, size: int) -> None:
    if rows > KEPT_ROWS or size > KEPT_BYTES:
        raise StepFailed(
            f"a saved result has at most {KEPT_ROWS:,} rows and {KEPT_BYTES // 1024**2} MB of text, "
            f"and this one has {f'{rows:,} rows' if rows <= KEPT_ROWS else 'more rows'}",
            place=query.statement.place,
            hint="save an aggregate instead, such as counts and sums by group",
        )


def _counted(source: Source, first: int) -> tuple[str, list[Any]]:
    """Return a query of images and how often each comes, and its parameters, numbered from `first`."""
    if isinstance(source, Query):
        return f"SELECT {_IMAGE} AS image, 1 AS times FROM {source.subquery}", []
    # unnest with two arguments is syntax and found without the search_path; qualified it is not understood.
    arrays = f"unnest(${first}::pg_catalog.text[], ${first + 1}::pg_catalog.int4[])"
    values = [[text for text, _ in source.images], [times for _, times in source.images]]
    return f'SELECT u.image COLLATE pg_catalog."C" AS image, u.times FROM {arrays} u(image, times)', values


def _shortened(expression: str) -> str:
    return f"pg_catalog.substr({expression}, 1, {_SHOWN_CHARACTERS})"


def _columns_of(connection: psycopg.Connection[Any], cursor: psycopg.Cursor[Any]) -> tuple[Column, ...]:
    result = cursor.pgresult
    if result is None:
        return ()
    names = [(result.fname(at) or b"").decode(connection.info.encoding) for at in range(result.nfields)]
    return tuple(Column(name, type_) for name, type_ in zip(names, types_of(connection, result), strict=True))


def types_of(connection: psycopg.Connection[Any], result: PGresult) -> list[str]:
    """Return the types of the columns of a result, as ``format_type`` prints them."""
    fields = range(result.nfields)
    rows = psycopg.RawCursor(connection, row_factory=tuple_row).execute(
        "SELECT pg_catalog.format_type(t.oid, t.modifier)"
        " FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.int4[]))"
        " WITH ORDINALITY AS t(oid, modifier, place) ORDER BY t.place",
        [[result.ftype(index) for index in fields], [result.fmod(index) for index in fields]],
    )
    return [type_ for (type_,) in rows]


def _send(
    connection: psycopg.Connection[Any], about: Query, sql: str, values: Sequence[Any] = ()
) -> psycopg.Cursor[Any]:
    """Send one statement that holds the text of `about`, with ``$1`` for parameters.

    Raises:
        StepFailed: the statement tried to write.
        StatementFailed: it failed otherwise.
    """
    cursor = psycopg.RawCursor(connection, row_factory=tuple_row)
    text = about.statement.text
    try:
        # Binary results are what makes psycopg use the extended protocol; ours are integers and texts.
        cursor.execute(sql.encode(connection.info.encoding), values or None, binary=True, prepare=False)
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise only_reads(about.statement, error.diag.message_primary or "") from error
    except psycopg.Error as error:
        offset = sql.find(text) if text in sql else len(sql)
        raise statement_failed(error, about.statement, about.script, offset) from error
    return cursor


def only_reads(statement: Statement, why: str) -> StepFailed:
    """Return the error for a check whose statement writes; `why` says how."""
    return StepFailed(
        f"a check only reads: {printable(why)}",
        place=statement.place,
        hint="write in a migrate step, and let the check look at what came of it",
    )
