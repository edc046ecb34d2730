"""Captures a way back like a step, so that it can be taken back itself: what it removes is saved.

The same triggers, copies and accounting watch it. It is not refused where they cannot prove all of it: then it runs
without them, and says that it cannot be taken back.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import psycopg

from planrun.core import net_effect
from planrun.core.accounting import Scope
from planrun.core.catalogs import WHOLE
from planrun.core.gate import GATE
from planrun.core.images import net_name
from planrun.core.restore import NETS
from planrun.core.undo import Undo
from planrun.edges.postgres import evidence, history
from planrun.edges.postgres.capturing import Capturing, RunAgain, again_if_in_capture
from planrun.edges.postgres.mirroring import Mirroring, NotMirrored
from planrun.edges.postgres.watch import own_tables
from planrun.errors import Conflict, NotReversible, StatementFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from planrun.core.record import StepRecord
    from planrun.core.script import Statement
    from planrun.core.undo import Tracked
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.sending import Sending
    from planrun.edges.postgres.watch import Watch
    from planrun.edges.postgres.witness import Witness

_OIDS = """
SELECT n, c.oid::bigint, pg_catalog.pg_relation_size(c.oid) FROM pg_catalog.unnest($1::text[]) n
JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(n) AND c.relkind = 'r'
"""
_SIZES = """
SELECT c.oid::bigint, pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.pg_relation_size(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::pg_catalog.oid[]) ORDER BY c.oid
"""
_XMIN = "SELECT pg_catalog.pg_current_xact_id()::xid::text"


class Recapture:
    """One way back under capture.

    Args:
        connection: in autocommit.
        own: switches to planrun's own settings.
        steps: the steps that it takes back.
        tells: shown what is worth knowing meanwhile.
        witness: tells what others have committed of relations that it alters.
        before: the steps that went back in transactions before; it drops what they left for copies.
    """

    def __init__(
        self,
        connection: Connection,
        own: Callable[[], None],
        steps: tuple[StepRecord, ...],
        tells: Callable[[str], None],
        witness: Witness,
        before: tuple[StepRecord, ...] = (),
    ) -> None:
        self._connection = connection
        self._steps = steps
        self._before = _left(before)
        run, last = max(((step.run, step.id) for step in steps), default=(0, 0))
        self._token = f"{run}_b{last}"
        self._capturing = Capturing(connection, own, f"the way back of run {run}", self._token, tells, witness)
        self._tells = tells

    def run(self, sending: Sending, mirrored: tuple[StepRecord, ...] = ()) -> int:
        """Run the way back in one transaction and return its run.

        Args:
            sending: what is sent.
            mirrored: the steps of its first parts whose undo logs may tell all that their way back does.

        Raises:
            NotReversible: it overwrites what the application wrote, which could not be saved; nothing was changed.
        """
        if mirrored:
            with suppress(NotMirrored):
                return self._captured(sending, mirrored)
        return self._captured(sending, ())

    def _captured(self, sending: Sending, first: tuple[StepRecord, ...]) -> int:
        mirroring = Mirroring(self._connection, first)
        rest = tuple(step for step in self._steps if step not in first)
        sending.tidies, sending.leaves = _tidies(rest) | self._before, mirroring.keeps
        outlasting = _outlasting(sending)
        sending.again = tuple(statement for made in outlasting.values() for statement in made)

        def work(scope: Scope, watch: Watch) -> int:
            sending.opening()
            seen = self._capturing.sight(scope)
            self._keep_empty(scope)
            side = watch.side_oids(self._connection) | own_tables(self._connection)
            (xmin,) = self._connection.execute(_XMIN).fetchone() or ("0",)
            mirrored = mirroring.run(sending, side, xmin) if mirroring.parts else {}
            watch.save(self._connection)
            start = evidence.mark(self._connection, scope, xmin)
            self._connection.execute("SELECT pg_catalog.set_config($1, $2, true)", [GATE, self._token])
            _sent(partial(sending.back, mirroring.parts), scope)
            self._connection.execute(b"SET CONSTRAINTS ALL IMMEDIATE")
            for name in outlasting:
                self._connection.execute(f"DROP TABLE {name}".encode())
            found = evidence.collect(self._connection, start, watch.captured, side)
            undo = self._with_moved(self._capturing.proved(scope, watch, found, seen), rest)
            number = sending.closing()
            if rest:
                history.keep_undo(self._connection, number, undo)
            for name, turned in mirrored.items():
                history.keep_undo(self._connection, number, turned, name)
            self._require_saved(number, "a part of it that is through cannot be taken back")
            return number

        try:
            return self._capturing.run(_first_scope(self._connection, rest).merged(mirroring.touches), work)
        except NotReversible as refusal:
            reason = refusal.message
        sending.tidies, sending.leaves, sending.again = _tidies(self._steps), frozenset(), ()
        number = self._capturing.run(Scope(), lambda _, __: self._uncaptured(sending, reason))
        self._tells(f"     this way back cannot be taken back itself: {reason}")
        return number

    def _with_moved(self, undo: Undo, steps: tuple[StepRecord, ...]) -> Undo:
        """Let rows that get their old keys again be known as such: they go as others, and come as others."""
        moved = {t.oid for step in steps if step.undo is not None for t in step.undo.captured if t.moved}
        for table in undo.captured:
            if table.oid in moved and table.netted and not table.moved:
                self._connection.execute(net_effect.all_moved(table).encode())
        captured = (replace(table, moved=table.moved or table.oid in moved) for table in undo.captured)
        return replace(undo, captured=tuple(captured))

    def _uncaptured(self, sending: Sending, reason: str) -> int:
        number = sending.whole()
        history.keep_undo(self._connection, number, Undo(irreversible=True))
        self._require_saved(number, reason)
        return number

    def _require_saved(self, number: int, reason: str) -> None:
        """Refuse to overwrite what the application wrote in a way back that cannot be taken back, in whatever part."""
        if history.outcomes(self._connection, number)["restored"] and history.irreversible(self._connection, number):
            raise NotReversible(
                f"nothing was changed: what --on-conflict restore overwrites cannot be saved: {reason}",
                hint="settle the conflicts in the database; planrun rollback --preview lists them",
            )

    def _keep_empty(self, scope: Scope) -> None:
        """Lock the tables that had no page as the way back will, so that none of them gets a row any more.

        Raises:
            RunAgain: some got one meanwhile.
        """
        tables = [*scope.empty]
        names = [name for _, name, _ in self._connection.execute(_SIZES, [tables])] if tables else []
        if not names:
            return
        self._connection.execute(f"LOCK TABLE ONLY {', ONLY '.join(names)} IN ACCESS EXCLUSIVE MODE".encode())
        if filled := frozenset(oid for oid, _, size in self._connection.execute(_SIZES, [tables]) if size):
            raise RunAgain(replace(scope, empty=scope.empty - filled, whole=scope.whole | filled))


def _first_scope(connection: Connection, steps: Iterable[StepRecord]) -> Scope:
    """Return what the way back of steps is known to touch, by what they did."""
    undos = [step.undo for step in steps if step.undo is not None]
    named: dict[str, Tracked] = {t.after: t for undo in undos for t in (*undo.captured, *undo.added) if not t.lost}
    made = {table.name for undo in undos for table in undo.created}
    found = connection.execute(_OIDS, [[*named, *made]]).fetchall()
    oids: dict[str, int] = {name: oid for name, oid, _ in found}

    def known(names: Iterable[str]) -> frozenset[int]:
        return frozenset(oids[name] for name in names if name in oids)

    created = known(made)
    reshaped = known(name for name, table in named.items() if table.reshaped)
    captured = known(table.after for undo in undos for table in undo.captured if not table.lost)
    # A table without a page has no row: it need not be copied before it goes.
    empty = (created & {oid for _, oid, size in found if not size}) - captured - reshaped
    whole = (created - empty) | reshaped
    added = (table for undo in undos for table in undo.added)
    dropped = frozenset(
        (oid, column.attnum) for table in added for oid in known([table.after]) for column in table.columns
    )
    objects = [item for undo in undos for item in undo.objects or ()]
    kinds = {item.catalog for item in objects}
    # A comment that goes leaves no trace of what it was on.
    defined = {item.oid for item in objects if item.catalog == "pg_class"}
    return Scope(
        relations=whole | empty | captured | {oid for oid, _ in dropped} | defined,
        capture=captured - whole,
        saved=frozenset(pair for pair in dropped if pair[0] not in whole | empty),
        functions="pg_proc" in kinds,
        schemas="pg_namespace" in kinds,
        all_types="pg_type" in kinds,
        catalogs=WHOLE & kinds,
        by_number=True,
        witnessed=bool(objects or dropped or whole or empty),
        whole=whole,
        exclusive=created,
        empty=empty,
    )


def _sent(back: Callable[[], None], scope: Scope) -> None:
    """Send the statements of a way back.

    Raises:
        RunAgain: a capture trigger could not follow what becomes of its table meanwhile.
        Conflict: something that was written or made since is in the way of one of them.
        StatementFailed: one of them failed by itself.
    """
    try:
        back()
    except (Conflict, StatementFailed) as failure:
        if isinstance(failure.__cause__, psycopg.Error):
            again_if_in_capture(failure.__cause__, scope)
        raise


def _left(steps: Iterable[StepRecord]) -> frozenset[str]:
    """Return the statements that drop the net effects of steps that went back before."""
    named = (net_name(step.id, table) for step in steps if step.undo is not None for table in step.undo.captured)
    return frozenset(f"DROP TABLE {name}" for name in named)


def _outlasting(sending: Sending) -> dict[str, tuple[Statement, ...]]:
    """Return the net effects that are needed after the transaction, by name, with the statements that make them.

    A copy that goes back in a later transaction is compared with what they leave out. They are no doing of the way
    back: they go before it is accounted for, and are made again from the undo log after that.
    """
    sent = [statement for _, statements in sending.parts for statement in statements]
    texts = {statement.text for statement in sent}
    made = {text.split(" ", 3)[2] for text in texts if text.startswith(NETS)}
    return {
        name: tuple(s for s in sent if s.text.startswith((f"CREATE TABLE {name} ", f"ANALYZE {name} ")))
        for name in sorted(made)
        if f"DROP TABLE {name}" not in texts
    }


def _tidies(steps: Iterable[StepRecord]) -> frozenset[str]:
    """Return the statements that drop the undo logs of steps: they wait until the way back is accounted for."""
    undos = (step.undo for step in steps if step.undo is not None)
    return frozenset(f"DROP TABLE {name}" for undo in undos for name in undo.side_tables)
