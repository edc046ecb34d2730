"""Checks on a connection: the query runs, the server counts and compares, `planrun.core.check` judges.

A check never writes. Whatever transaction the caller has opened, the check runs under a savepoint that is
read-only and is always gone back to. The server refuses to make it writable again from inside, takes back
what a reader can still change (temporary tables, settings, notifications), and returns the transaction to
the caller as it was, also after an error.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planrun.core.check import (
    SavedResult,
    Verdict,
    judge_columns,
    judge_equal,
    judge_rows,
    judge_value,
)
from planrun.core.plan import (
    ExpectColumns,
    ExpectEmpty,
    ExpectEqualsQuery,
    ExpectEqualsSaved,
    ExpectRange,
    ExpectRows,
    ExpectValue,
)
from planrun.core.record_text import split
from planrun.edges.postgres import results
from planrun.edges.postgres.results import Query, Source
from planrun.errors import StepFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from planrun.core.schedule import CheckWork

# Rows are compared and saved as text, so the text must not depend on the database's or the role's defaults.
_PREPARE = """
    SELECT pg_catalog.set_config(name, value, true) FROM (VALUES
        ('transaction_read_only', 'on'), ('DateStyle', 'ISO'), ('IntervalStyle', 'postgres'),
        ('TimeZone', 'UTC'), ('extra_float_digits', '1'), ('bytea_output', 'hex')) settings (name, value)"""

# The words of the parser for statements that return rows but cannot stand in parentheses.
_DIRECT = frozenset({"explain", "variable_show", "show"})


def run(connection: psycopg.Connection[Any], work: CheckWork, saved: SavedResult | None) -> Verdict:
    """Run a check and judge what it returned.

    Args:
        connection: in a transaction that the caller has opened; it is given back as it was.
        work: the rendered check. Without an expectation anything that the query returns is right.
        saved: the result that the expectation names, when it names one.

    Raises:
        StepFailed: the check tried to write, or the result that it names was not saved.
        StatementFailed: its query, or the one that it is compared with, failed.
        psycopg.Error: the connection was lost, or the transaction had failed, before the check began.
    """
    with _reading_only(connection):
        query = Query(work.query, work.script)
        source = _source(connection, query)
        match work.expect:
            case None:
                return judge_rows(ExpectRows(None, None), results.count(connection, source))
            case ExpectRows() | ExpectEmpty():
                return _rows(connection, source, work.expect)
            case ExpectValue() | ExpectRange():
                return _value(connection, source, work.expect)
            case ExpectEqualsQuery() | ExpectEqualsSaved():
                wanted = _reference(connection, work, work.expect, saved)
                return _equal(connection, source, wanted, work.expect, query)
            case ExpectColumns():
                return judge_columns(work.expect, results.columns(connection, source))


def save(connection: psycopg.Connection[Any], work: CheckWork) -> SavedResult:
    """Run the query of a check and return its whole result, for checks that come later.

    The query runs once more than for its verdict: under REPEATABLE READ both see the same rows.

    Raises:
        StepFailed: the result is too large to be saved, or the query tried to write.
        StatementFailed: the query failed.
    """
    with _reading_only(connection):
        source = _source(connection, Query(work.query, work.script))
        return source if isinstance(source, SavedResult) else results.keep(connection, source)


@contextmanager
def _reading_only(connection: psycopg.Connection[Any]) -> Iterator[None]:
    with connection.transaction(force_rollback=True):
        connection.execute(_PREPARE)
        yield


def _source(connection: psycopg.Connection[Any], query: Query) -> Source:
    statement = query.statement
    if statement.tag in _DIRECT:
        return results.keep_directly(connection, query)
    if statement.tag != "select" or statement.writes:
        raise results.only_reads(statement, f"it is one query, and this statement is {_kind(query)}")
    return query


def _kind(query: Query) -> str:
    words = query.statement.tag.replace("_", " ").upper()
    targets = ", ".join(str(name) for name in query.statement.writes)
    return f"{words} that writes {targets}" if targets else words


def _rows(connection: psycopg.Connection[Any], source: Source, expect: ExpectRows | ExpectEmpty) -> Verdict:
    total = results.count(connection, source)
    return _with_rows(connection, source, judge_rows(expect, total), total)


def _value(connection: psycopg.Connection[Any], source: Source, expect: ExpectValue | ExpectRange) -> Verdict:
    columns = results.columns(connection, source)
    images = results.first_images(connection, source, 2) if len(columns) == 1 else []
    if len(columns) == 1 and len(images) < 2:
        value = split(images[0], 1)[0] if images else None
        return judge_value(expect, columns, len(images), value)
    # Rows may have gone since they were seen, which must not make a single one of two.
    total = max(results.count(connection, source), len(images))
    return _with_rows(connection, source, judge_value(expect, columns, total, None), total)


def _with_rows(connection: psycopg.Connection[Any], source: Source, verdict: Verdict, total: int) -> Verdict:
    """Return a verdict with the first rows of the result, if it failed and there are any."""
    if verdict.ok or not total:
        return verdict
    columns = results.columns(connection, source)
    return replace(verdict, rows=(results.first_rows(connection, source, columns, total),))


def _reference(
    connection: psycopg.Connection[Any],
    work: CheckWork,
    expect: ExpectEqualsQuery | ExpectEqualsSaved,
    saved: SavedResult | None,
) -> Source:
    if isinstance(expect, ExpectEqualsSaved):
        if saved is None:
            raise StepFailed(
                f"nothing was saved as {expect.name}, which this check is compared with",
                place=work.query.place,
                hint=f"a check with `save_as: {expect.name}` has to run before it",
            )
        return saved
    if work.reference is None:
        raise ValueError("a check that compares two queries needs the second one")
    return _source(connection, Query(work.reference, work.reference_script))


def _equal(
    connection: psycopg.Connection[Any],
    found: Source,
    wanted: Source,
    expect: ExpectEqualsQuery | ExpectEqualsSaved,
    about: Query,
) -> Verdict:
    columns, reference = results.columns(connection, found), results.columns(connection, wanted)
    if len(columns) != len(reference):
        return judge_equal(expect, columns, reference, None)
    return judge_equal(expect, columns, reference, results.difference(connection, found, wanted, about))
