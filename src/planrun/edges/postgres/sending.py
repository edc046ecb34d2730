"""Sends the statements of one transaction of a way back, and says in people's words what stands in its way."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace  # noqa: TID251  one that changes
from itertools import groupby
from typing import TYPE_CHECKING

import psycopg

from planrun.core.conflicts import NOT_COMPARED
from planrun.core.console import plural
from planrun.core.ending import CONFLICTS, GONE_ON, NOT_AS_BEFORE, OUTDATED, REFUSED
from planrun.core.planned import once
from planrun.core.policy import settled_kind, ways_out
from planrun.core.restore import RESTORES
from planrun.core.reverse import is_derived
from planrun.edges.postgres import history
from planrun.edges.postgres.faults import statement_failed
from planrun.errors import Conflict, Outdated, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from planrun.core.record import ConflictRecord
    from planrun.core.script import Statement
    from planrun.edges.postgres.connection import Connection
    from planrun.errors import Place

_RUN = "SELECT pg_catalog.current_setting('planrun.run')::bigint"
_IN_THE_WAY = {
    "0A000": "a value written since does not fit a type that comes back, or an object made since uses a column of it",
    "22001": "values that were written since are too long for a type that comes back",
    "22003": "values that were written since are out of the range of a type that comes back",
    "22007": "values that were written since do not fit a type that comes back",
    "22008": "values that were written since are out of the range of a type that comes back",
    "22P02": "values that were written since do not fit a type that comes back",
    "2BP01": "objects that were made since depend on what the way back would drop",
    "23502": "a row would have no value for a column that was NOT NULL: it may have been written since",
    "23001": "a row refers to one that would go: it may have been written since, or have done so before",
    "23503": "a row would refer to one that is not there: it may have been written since, or have done so before",
    "23505": "two rows would hold the same value of a unique key: one of them may have been written since",
    "23514": "a check would not accept a row: it may have been written since, or the check be stricter than it was",
    "23P01": "two rows would violate an exclusion constraint: one of them may have been written since",
    "42P07": "a table or index was made since under a name that comes back",
    "42710": "an object was made since under a name that comes back, or put back where the way back puts it itself",
}
_DEFINED_SINCE = {
    "3F000": "a schema may have been renamed or dropped since",
    "42501": "an owner may have been changed, or a privilege been taken since",
    "42701": "a column was made since under a name that comes back",
    "42703": "a column may have been renamed or dropped since",
    "42704": "an object may have been renamed, dropped or taken out since",
    "42723": "a function was made since under a name that comes back",
    "42804": "a default, or the columns of a table and its parent, were changed since, and do not fit any more",
    "42809": "an object may have been made something else since",
    "42830": "a key may have been dropped since to which a foreign key refers that comes back",
    "42883": "a function may have been renamed or dropped since",
    "42P01": "a table may have been renamed, dropped or taken from its parent since",
    "42P06": "a schema was made since under a name that comes back",
    "42P16": "what was made since contradicts a definition that comes back",
    "42P17": "what was made since contradicts a definition that comes back",
    "55000": "what was set or made since contradicts a definition that comes back",
}
"""What is known of derived statements only: one that somebody wrote may be wrong by itself."""


@dataclass(slots=True)
class Sending:
    """The statements of one transaction on their way to the server, and what came of them.

    Attributes:
        connection: in autocommit; inside a transaction when the way back is only tried.
        inside: called when the transaction has begun (the lease is checked there).
        first: statements that come first.
        parts: those that take steps back, with the id of the step that their rows are counted for.
        last: statements that come last.
        tidies: the texts of statements that wait until the transaction is accounted for.
        leaves: those of statements that are not sent, since what they would drop is needed for longer.
        again: statements of the parts that are sent a second time, when the transaction is accounted for.
        found: the conflicts listed so far.
        rows: for each step the rows that were put back.
        waiting: the statements that wait.
        prepared: those that prepared a query in the transaction, see `planned`.
        turn: the number of the part whose statements were sent last.
        run: the number of the way back; 0 until somebody asked for it.
    """

    connection: Connection
    inside: Callable[[], None]
    first: tuple[Statement, ...]
    parts: tuple[tuple[str, tuple[Statement, ...]], ...]
    last: tuple[Statement, ...]
    tidies: frozenset[str] = frozenset()
    leaves: frozenset[str] = frozenset()
    again: tuple[Statement, ...] = ()
    found: Sequence[ConflictRecord] = ()
    rows: Counter[str] = field(default_factory=Counter)
    waiting: list[Statement] = field(default_factory=list)
    prepared: set[str] = field(default_factory=set)
    turn: int = 0
    run: int = 0

    def opening(self) -> None:
        """Send those that come first; once more when the transaction has to begin anew."""
        self.inside()
        self.rows, self.waiting, self.prepared, self.turn, self.run = Counter(), [], set(), 0, 0
        self._sent(self.first)

    def back(self, first: int = 0) -> None:
        """Send those that take the steps back, from the part with this number on."""
        for number in range(first, len(self.parts)):
            self.part(number)

    def part(self, number: int) -> None:
        """Send those of one part."""
        self.turn = number
        step, statements = self.parts[number]
        self.rows[step] += self._sent(statement for statement in statements if not self._waits(statement))

    def closing(self) -> int:
        """Send those that come again, that waited and that come last; return the number of the way back."""
        self._sent((*self.again, *self.waiting, *self.last))
        return self._number()

    def whole(self) -> int:
        """Send all of them."""
        self.opening()
        self.back()
        return self.closing()

    def _waits(self, statement: Statement) -> bool:
        if statement.text in self.leaves:
            return True
        waits = statement.text in self.tidies
        if waits:
            self.waiting.append(statement)
        return waits

    def _sent(self, statements: Iterable[Statement]) -> int:
        rows, complete = 0, False
        for statement in _joined(once(statements, self.prepared)):
            restores = statement.text.startswith(RESTORES)
            # The conflicts of a step are all listed before its first rows come back.
            if CONFLICTS in statement.text or (restores and not complete):
                self.found, complete = self._listed(), restores
            try:
                rows += send(self.connection, statement)
            except Conflict as met:
                # A row in conflict was left where it is, and may be in the way of another that comes back.
                if restores and self.found:
                    raise conflicting(self.found, self._from(self.turn)) from met.__cause__
                raise
        return rows

    def _listed(self) -> Sequence[ConflictRecord]:
        """Return the conflicts that stand in the way, as far as they are listed."""
        return history.conflicts(self.connection, self._number(), unsettled=True)

    def _number(self) -> int:
        """Return the number of the way back under way."""
        if not self.run:
            (self.run,) = self.connection.execute(_RUN).fetchone() or (0,)
        return self.run

    @contextmanager
    def conflicts_told(self) -> Iterator[None]:
        """Let the end of the way back by a conflict be raised with the list of all of them.

        Raises:
            Conflict: the application changed what it would overwrite; nothing was changed.
        """
        try:
            yield
        except psycopg.errors.DatabaseError as error:
            if error.sqlstate != CONFLICTS:
                raise
            raise conflicting(self.found, self._not_compared(error)) from error

    def _not_compared(self, error: psycopg.Error) -> tuple[str, ...]:
        return self._from(self.turn + (error.diag.message_hint != NOT_COMPARED))

    def _from(self, through: int) -> tuple[str, ...]:
        """Return the steps that have a part of this number, or after it, and none before."""
        compared = {step for step, _ in self.parts[:through]}
        return tuple(dict.fromkeys(step for step, _ in self.parts if step not in compared))


def conflicting(found: Sequence[ConflictRecord], not_compared: tuple[str, ...] = ()) -> Conflict:
    """Return the error that a way back ends with where conflicts stand in its way."""
    return Conflict(
        f"{len(found)} {plural('conflict', len(found))}: the application changed what the way back would overwrite;"
        " nothing was changed",
        hint=ways_out(map(settled_kind, found)),
        conflicts=found,
        not_compared=not_compared,
    )


def _joined(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield statements, those of one place as one: each is shorter than its way to the server and back.

    One whose answer counts, or that may end the way back by a conflict, stays alone.
    """
    for (alone, _, _), group in groupby(statements, key=_company):
        if alone:
            yield from group
        else:
            first, *more = group
            yield replace(first, text=";\n".join((first.text, *(statement.text for statement in more))))


def _company(statement: Statement) -> tuple[bool, str, Place]:
    alone = statement.text.startswith(RESTORES) or CONFLICTS in statement.text
    return alone, statement.tag, statement.place


def send(connection: Connection, statement: Statement) -> int:
    """Send a statement of a way back; return the rows that it put back.

    Raises:
        Conflict: something that was written or made since is in its way.
        StatementFailed: it failed for another reason.
    """
    with translated(statement):
        cursor = connection.execute(statement.text.encode(), prepare=False)
    if statement.text.startswith(RESTORES):
        (rows,) = cursor.fetchone() or (0,)
        return int(rows)
    return 0


@contextmanager
def translated(statement: Statement) -> Iterator[None]:
    """Let what the server says of a statement of a way back be raised in people's words, conflicts apart."""
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate == CONFLICTS:
            raise
        raise _translated(error, statement) from error


def _translated(error: psycopg.Error, statement: Statement) -> Exception:
    state = error.sqlstate or ""
    message = error.diag.message_primary or str(error).strip()
    if state in {REFUSED, GONE_ON}:
        return Refused(message, hint=error.diag.message_hint)
    if state == OUTDATED:
        return Outdated(message, hint=error.diag.message_hint)
    if state == NOT_AS_BEFORE:
        return Conflict(
            f"nothing was changed: {message}",
            hint="a type, trigger or rule that was changed since makes other values of those that are written back:"
            " change it back, and roll back again",
        )
    known = _IN_THE_WAY | (_DEFINED_SINCE if is_derived(statement) else {})
    if state in known:
        detail = "; ".join(part for part in (message, error.diag.message_detail) if part)
        return Conflict(f"nothing was changed: {known[state]}: {detail}", sqlstate=state)
    return statement_failed(error, statement, None)
