"""Lets a transaction run under capture, and again with a wider view as often as it turns out to have done more.

What is watched stands before the transaction begins and is gone shortly after. Before COMMIT the accounting proves
that the images and the difference of the catalogs are all that was done.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from planrun.core import accounting, capture, whole
from planrun.core.accounting import Again, Proved, Scope, Unproved
from planrun.core.inverse.derive import derive, ordered
from planrun.edges.postgres import describe
from planrun.edges.postgres.undo_log import UndoLog
from planrun.edges.postgres.unit import unit
from planrun.edges.postgres.watch import Watch
from planrun.errors import NotReversible
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from planrun.core.accounting import Evidence
    from planrun.core.catalog import Relation
    from planrun.core.undo import Undo
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.witness import Sight, Witness

_T = TypeVar("_T")

_CAPTURE = re.compile(r"planrun\.capture_\w*_([0-9]+)\(\)")
"""How a capture trigger shows in the context of an error, with the OID of its table."""

_TOO_LARGE = "54"
"""The class of errors for what exceeds a limit of the server."""

_CLEARINGS = 5
"""How often the capture triggers are tried to be dropped; they are shut, and the next run sweeps them."""

_LARGE = 64 * 2**20
"""From how many bytes on a coming undo log is announced."""

_ATTEMPTS = 6
"""How often a step may be run again with a wider view; each time something new was found."""


class RunAgain(Exception):  # noqa: N818  # a signal, not an error: it takes the transaction back on its way
    """Leaves the transaction so that it can be run again with a wider scope."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope


def again_if_in_capture(error: psycopg.Error, scope: Scope) -> None:
    """Ask for another attempt if a capture trigger, not the statement itself, met an error of types or names.

    Raises:
        RunAgain: it did; its table is compared as a whole then.
        NotReversible: its rows are too wide, however they are captured.
    """
    found = _CAPTURE.search(error.diag.context or "")
    state = (error.sqlstate or "")[:2]
    if found and state == _TOO_LARGE:
        raise NotReversible(
            f"rows of the table with OID {found[1]} cannot come back: before and after, they do not fit into one row",
            hint="write a rollback step for it, or set irreversible: true",
        ) from error
    if found and state in {"22", "42"}:
        table = frozenset({int(found[1])})
        raise RunAgain(scope.merged(Scope(relations=table, whole=table))) from error


@frozen
class Capturing:
    """The capture of one transaction.

    Attributes:
        connection: in autocommit; inside a transaction when the whole plan is one.
        own: switches to planrun's own settings; takes statements to send before and after that in the same message.
        step: what the transaction is called in messages.
        token: the word that opens its triggers and names its side tables.
        tells: shown how large the undo log may become, before one that may become large.
        witness: tells what others have committed of relations; without it nobody is asked.
    """

    connection: Connection
    own: Callable[..., None]
    step: str
    token: str
    tells: Callable[[str], None]
    witness: Witness | None = None

    def run(
        self,
        scope: Scope,
        work: Callable[[Scope, Watch], _T],
        *,
        snapshot: str | None = None,
        opening: Callable[[str], object] | None = None,
    ) -> _T:
        """Run `work` in a transaction of its own, as often as the scope has to become wider.

        Args:
            scope: what to watch at first.
            work: called in the transaction; it calls `proved`, or raises `RunAgain`.
            snapshot: the exported snapshot that the transaction reads from.
            opening: sends the statements by which the transaction begins; see `unit`.

        Raises:
            NotReversible: it did something else each time.
        """
        for _ in range(_ATTEMPTS):
            try:
                with self._prepared(scope) as watch, unit(self.connection, snapshot=snapshot, opening=opening):
                    return work(scope, watch)
            except RunAgain as again:
                scope = again.scope
        raise NotReversible(
            f"step {self.step}: it wrote to other tables each time it was run",
            hint="split it, write a rollback step for it, or set irreversible: true",
        )

    @contextmanager
    def _prepared(self, scope: Scope) -> Iterator[Watch]:
        """Set up side tables and triggers, and take the triggers away again whatever happens."""
        if not (scope.capture or scope.saved or scope.whole):
            yield Watch()
            return
        # The COMMIT of the step makes this durable too.
        with unit(self.connection, durable=False, opening=self.own):
            # An attempt that failed may have left its side tables, where somebody's lock kept them from being cleared.
            tables = scope.capture | scope.whole | {oid for oid, _ in scope.saved}
            attempt, found, sizes = describe.watched(self.connection, tables)
            watch = self._watch(scope, f"{self.token}_{attempt}", found)
            self._announce(watch, sizes)
            watch.create(self.connection, self.token, by_number=scope.by_number)
        try:
            yield watch
        except BaseException:
            self._clear(watch, keep_sides=False)
            raise
        self._clear(watch, keep_sides=True)

    def _watch(self, scope: Scope, token: str, found: Mapping[int, Relation]) -> Watch:
        captured = tuple(
            capture.captured(
                relation,
                token,
                frozenset(attnum for table, attnum in scope.saved if table == oid),
            )
            for oid, relation in found.items()
            if oid in scope.capture - scope.whole and accounting.uncapturable(relation) is None
        )
        lost = {
            oid: tuple(c for c in relation.columns if (oid, c.attnum) in scope.saved and not c.generated)
            for oid, relation in found.items()
            if oid not in scope.whole
        }
        saved = tuple(capture.saved(found[oid], columns, token) for oid, columns in lost.items() if columns)
        compared = tuple(
            whole.watched(
                relation,
                token,
                frozenset(c.attnum for c in relation.columns if c.generated and (oid, c.attnum) in scope.saved),
            )
            for oid, relation in found.items()
            if oid in scope.whole and accounting.uncapturable(relation) is None
        )
        anew = tuple(
            (relation, column)
            for oid, relation in found.items()
            for column in relation.columns
            if (oid, column.attnum) in scope.saved and column.generated and not column.certain
        )
        return Watch(token, captured, saved, compared, scope.exclusive, anew, self.step)

    def _announce(self, watch: Watch, sizes: Mapping[int, int]) -> None:
        """Say how large the undo log may become: two images of every captured row, one of every saved value."""
        twice = (*watch.captured, *watch.compared)
        most = 2 * sum(sizes[table.oid] for table in twice) + sum(sizes[table.oid] for table in watch.saved)
        if most >= _LARGE:
            tables = dict.fromkeys(table.before.replace('"', "") for table in (*twice, *watch.saved))
            names = ", ".join(tables)
            self.tells(
                f"     {self.step}: its undo log takes up to {most / 2**20:,.0f} MiB, if it writes every row of {names}"
            )

    def _clear(self, watch: Watch, *, keep_sides: bool) -> None:
        """Take the triggers away, unless something is in the way: then the end of the run sweeps them, or the next run.

        Whether the step was committed is decided by now. An error here must not make it look otherwise, or hide why it
        failed; and nobody shall queue for long behind us, who wait for a reader.
        """
        if self.connection.closed or self.connection.info.transaction_status is TransactionStatus.INERROR:
            return
        opening = partial(self.own, after=";\n".join(watch.drops(keep_sides=keep_sides)))
        for _ in range(_CLEARINGS):
            # Triggers that a crash of the server brings again are shut, and swept.
            with suppress(psycopg.Error), unit(self.connection, durable=False, opening=opening):
                return

    def sight(self, scope: Scope) -> Sight | None:
        """Return what stands committed of what is watched, if that is to be compared when the work is done."""
        return self.witness(scope.relations | scope.capture) if self.witness and scope.witnessed else None

    def _require_unaltered(self, scope: Scope, found: Evidence, seen: Sight | None) -> None:
        """Make sure that nobody else altered a relation after we looked at it and before we locked it.

        Raises:
            RunAgain: somebody did, and the way back would undo that too; or it cannot be told yet.
        """
        if self.witness is None or not accounting.redefined(found):
            return
        if seen is None or seen != self.sight(scope):
            raise RunAgain(replace(scope, witnessed=True))

    def proved(self, scope: Scope, watch: Watch, found: Evidence, seen: Sight | None = None) -> Undo:
        """Return the way back of what was done, in the transaction that did it.

        Args:
            scope: what was watched.
            watch: what stood in the database for that.
            found: what the server says was done.
            seen: what `sight` returned before the first look.

        Raises:
            NotReversible: it cannot be proved.
        """
        inverse = derive(found.before, found.after)
        # Had the step made something that older objects need, they would differ too.
        if not inverse.alone:
            inverse = ordered(inverse, describe.dependencies(self.connection, (*inverse.drops, *inverse.freed)))
        # Another session may have altered a table after its triggers were made.
        if not self._watch(scope, watch.token, found.before.relations).stands_for(watch):
            raise RunAgain(scope)
        judgement = accounting.judge(scope, found, inverse)
        if not isinstance(judgement, Again):
            self._require_unaltered(scope, found, seen)
        match judgement:
            case Again(wider):
                raise RunAgain(replace(wider, witnessed=scope.witnessed or accounting.redefined(found)))
            case Unproved(refusals):
                # Each catalog that was written tells of the same object.
                lines = dict.fromkeys(f"    {refusal.object}: {refusal.reason}" for refusal in refusals)
                listed = "\n".join(lines)
                raise NotReversible(
                    f"step {self.step} was not committed, for its way back cannot be proved:\n{listed}",
                    hint=refusals[0].cure,
                )
            case Proved():
                return UndoLog(self.connection, self.step, self.token).keep(watch, found, inverse)
