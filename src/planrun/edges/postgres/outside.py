"""Runs a statement that PostgreSQL forbids in a transaction.

What it is about to do is committed before it is sent, with its way back; whether it took effect is read off the
catalogs, never off its answer. So an interruption at any point is settled by whoever comes next: what took effect is
done, what was left half done is cleared away, and the step can run again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psycopg

from planrun.core import index_back
from planrun.core.catalog import quoted
from planrun.core.outside import Intent, Kind
from planrun.core.record import StatementRecord
from planrun.core.undo import Undo
from planrun.edges.postgres import describe, history, orphans
from planrun.edges.postgres.faults import statement_failed
from planrun.edges.postgres.limits import limited
from planrun.edges.postgres.trouble import RETRIED
from planrun.edges.postgres.unit import unit
from planrun.errors import NotReversible, StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from planrun.core.catalog import Index, Relation
    from planrun.core.outside import Outside
    from planrun.core.plan import Plan
    from planrun.core.record import StepRecord
    from planrun.core.schedule import MigrateWork
    from planrun.core.script import Name
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.migrate import Derivation
    from planrun.edges.postgres.session import Session
    from planrun.errors import StatementFailed

_PATIENCE = 60.0
"""Seconds to wait for the backend of a killed run that still builds the index."""

_INVALID = "SELECT indexrelid::bigint FROM pg_catalog.pg_index WHERE indrelid = $1 AND NOT indisvalid ORDER BY 1"
_BUILDER = """
SELECT p.pid FROM pg_catalog.pg_stat_progress_create_index p
WHERE p.relid = $1 AND p.datname = pg_catalog.current_database() AND p.pid <> pg_catalog.pg_backend_pid()
"""
_LEFT_BEHIND = """
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE i.indrelid = $1 AND NOT i.indisvalid AND NOT c.oid = ANY ($2::pg_catalog.oid[])
  AND c.relname ~ '_cc(new|old)[0-9]*$'
ORDER BY 1
"""
_NAMED = """
SELECT indexrelid::bigint, indrelid::bigint FROM pg_catalog.pg_index
WHERE indexrelid = pg_catalog.to_regclass($1) AND indisvalid
"""
_DETACHING = """
SELECT inhdetachpending, pg_catalog.format('%I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_inherits JOIN pg_catalog.pg_class c ON c.oid = inhparent
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE inhparent = $1 AND inhrelid = $2
"""


class OutsideStep:
    """One step with ``transaction: none`` on one connection.

    Args:
        connection: in autocommit.
        session: its settings.
        plan: the limits and the search_path of the statement.
        opening: what the history is told.
        work: the statement.
        said: what its text says.
        derivation: how its way back is had.
        inside: called in each transaction around it (the lease is checked there).
    """

    def __init__(
        self,
        connection: Connection,
        session: Session,
        plan: Plan,
        opening: history.Opening,
        work: MigrateWork,
        said: Outside,
        derivation: Derivation,
        inside: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._session = session
        self._plan = plan
        self._opening = opening
        self._work = work
        self._said = said
        self._derivation = derivation
        self._inside = inside
        self._pending: tuple[int, Intent, Undo] | None = None

    def run(self) -> StepRecord:
        """Run the statement and record what it did.

        Raises:
            StatementFailed: the server refused it; what it left half done was cleared away.
            NotReversible: its way back could not be derived; nothing was sent.
            StepFailed: what it names is not there.
        """
        (statement,) = self._work.statements
        again = self._pending is not None
        number, intent, undo = self._pending = self._pending or self._intend()
        began = time.perf_counter()
        # An earlier try may have had its effect, or have left something that could not be cleared away yet.
        if not (again and settled(self._connection, self._plan, intent)):
            try:
                self._send(statement.text)
            except psycopg.Error as error:
                self._require_effect(number, intent, statement_failed(error, statement, self._work.script))
        done = StatementRecord(statement.tag, 0, time.perf_counter() - began)
        with unit(self._connection):
            self._session.own()
            self._inside()
            if self._derivation.derived:
                undo = way_back(self._connection, intent, undo)
            return history.finish_step(self._connection, number, self._opening, (done,), undo)

    def _require_effect(self, number: int, intent: Intent, failed: StatementFailed) -> None:
        """Raise what the server said, unless the statement took effect all the same."""
        if self._connection.closed:
            raise failed
        if intent.idle or not settled(self._connection, self._plan, intent):
            # What is tried again keeps its intent.
            if failed.sqlstate not in RETRIED:
                history.fail_step(self._connection, number, failed.message)
            raise failed

    def _send(self, text: str) -> None:
        path = self._plan.search_path
        settings = {} if path is None else {"search_path": ", ".join(quoted(name) for name in path)}
        with limited(self._connection, self._plan.defaults, settings):
            self._connection.execute(text.encode(), prepare=False)

    # --- before ------------------------------------------------------------------------------------

    def _intend(self) -> tuple[int, Intent, Undo]:
        with unit(self._connection):
            self._session.users()
            table, named = (self._oid(name) for name in (self._said.table, self._said.index))
            self._session.own()
            self._inside()
            intent = self._intent(table, named)
            undo = Undo(irreversible=self._derivation.irreversible, by_hand=self._derivation.by_hand)
            if self._derivation.derived:
                undo = self._planned(intent)
            number, _ = history.begin_step(self._connection, self._opening)
            history.intend(self._connection, number, intent.to_json(), undo)
        return number, intent, undo

    def _oid(self, name: Name | None) -> int:
        if name is None:
            return 0
        (oid,) = self._ask("SELECT coalesce(pg_catalog.to_regclass($1)::oid::bigint, 0)", name.quoted)
        return int(oid)

    def _intent(self, table: int, named: int) -> Intent:
        kind = self._said.kind
        if self._said.table is not None and not table:
            raise self._missing(self._said.table)
        if kind is Kind.CREATE_INDEX and self._said.index is not None:
            # An index lies in the schema of its table.
            name = f"{quoted(self._relation(table).schema)}.{quoted(self._said.index.relation)}"
            (oid,) = self._ask("SELECT coalesce(pg_catalog.to_regclass($1)::oid::bigint, 0)", name)
            intent = Intent(kind, table, name, oid, self._invalid(table))
            self._require_usable(intent)
            return intent
        if not named:
            return Intent(kind, table, invalid=self._invalid(table))
        (name, owner) = self._ask(
            "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), coalesce(i.indrelid, $2::oid)::bigint"
            " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid WHERE c.oid = $1",
            named,
            table,
        )
        return Intent(kind, owner, name, named, self._invalid(owner))

    def _require_usable(self, intent: Intent) -> None:
        if intent.oid in intent.invalid:
            raise StepFailed(
                f"step {self._opening.step}: index {intent.name} is there already and is not valid",
                place=self._work.statements[0].place,
                hint=f"DROP INDEX CONCURRENTLY {intent.name}, then run it again",
            )

    def _planned(self, intent: Intent) -> Undo:
        """Return the way back as far as it can be told before; that of a dropped index only then."""
        match intent.kind:
            case Kind.DROP_INDEX if intent.oid:
                relation = self._relation(intent.table)
                index = _index(relation, intent.oid)
                undo, refusals = index_back.of_dropped(describe.nothing(), relation, index)
                if refusals:
                    raise self._not_reversible(refusals[0].object, refusals[0].reason, refusals[0].cure)
                return undo
            case Kind.DETACH:
                cure = "write a rollback step for it (ATTACH PARTITION), or set irreversible: true"
                raise self._not_reversible(intent.name, "a partition that was detached is not attached again", cure)
            case _:
                return Undo(objects=())

    def _relation(self, oid: int) -> Relation:
        return describe.relations(self._connection, [oid])[oid]

    def _invalid(self, table: int) -> tuple[int, ...]:
        return tuple(oid for (oid,) in self._connection.execute(_INVALID, [table]))

    def _ask(self, query: str, *parameters: object) -> tuple[Any, ...]:
        return self._connection.execute(query, parameters).fetchone() or ()

    def _missing(self, name: Name) -> StepFailed:
        return StepFailed(f"step {self._opening.step}: there is no {name}", place=self._work.statements[0].place)

    def _not_reversible(self, what: str, reason: str, cure: str) -> NotReversible:
        message = f"step {self._opening.step} was not run, for its way back cannot be derived:\n    {what}: {reason}"
        return NotReversible(message, hint=cure)


def _index(relation: Relation, oid: int) -> Index:
    return next(index for index in relation.indexes if index.oid == oid)


# --- after -------------------------------------------------------------------------------------


def way_back(connection: Connection, intent: Intent, planned: Undo) -> Undo:
    """Return the way back of a statement that took effect; the search_path must be empty."""
    if intent.kind is not Kind.CREATE_INDEX or intent.idle:
        return planned
    (oid,) = connection.execute("SELECT pg_catalog.to_regclass($1)::oid::bigint", [intent.name]).fetchone() or (0,)
    relation = describe.relations(connection, [intent.table])[intent.table]
    return index_back.of_created(relation, _index(relation, oid))


class Turning:
    """The way back of a statement that a way back sends, had from what the catalogs say before and after it.

    Args:
        connection: with an empty search_path.
        name: the quoted, qualified name of the index that it makes or drops.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._before = self._index()

    def undo(self) -> Undo:
        """Return it, when the statement was sent; irreversible where it is not known what the statement did."""
        match self._before, self._index():
            case (relation, index), None:
                undo, refusals = index_back.of_dropped(describe.nothing(), relation, index)
                return Undo(irreversible=True) if refusals else undo
            case None, (relation, index):
                return index_back.of_created(relation, index)
            case _:
                return Undo(irreversible=True)

    def _index(self) -> tuple[Relation, Index] | None:
        found = self._connection.execute(_NAMED, [self._name]).fetchone()
        if found is None:
            return None
        oid, table = found
        relation = describe.relations(self._connection, [table])[table]
        return relation, _index(relation, oid)


def settle(connection: Connection, session: Session, plan: Plan, tells: Callable[[str], None]) -> None:
    """Settle what killed runs of a plan had sent outside of a transaction: done, or as if it had not been sent.

    Args:
        connection: in autocommit, under the lease.
        session: its settings.
        plan: the plan.
        tells: called with each step that was settled.
    """
    for number, step, row, undo in history.intents(connection, plan.name):
        intent = Intent.from_json(row)
        orphans.awaited(connection, "builds an index", _BUILDER, [intent.table], _PATIENCE, tells)
        if not settled(connection, plan, intent):
            history.fail_step(connection, number, "the run was interrupted")
            tells(f"     {step}: it was interrupted and had not taken effect; what it left was cleared away")
            continue
        with unit(connection):
            session.own()
            kept = undo if undo.irreversible or undo.by_hand else way_back(connection, intent, undo)
            history.conclude(connection, number, kept)
        tells(f"     {step}: it was interrupted, and had taken effect")


def settled(connection: Connection, plan: Plan, intent: Intent) -> bool:
    """Return whether a statement took effect; what it left half done is finished or cleared away."""
    if intent.idle:
        return True
    match intent.kind:
        case Kind.CREATE_INDEX:
            valid = _validity(connection, intent.name, intent.table)
            if valid is False:
                _clear(connection, plan, f"DROP INDEX CONCURRENTLY {intent.name}")
            return valid is True
        case Kind.DROP_INDEX:
            return _dropped(connection, plan, intent)
        case Kind.REINDEX:
            for (name,) in connection.execute(_LEFT_BEHIND, [intent.table, list(intent.invalid)]).fetchall():
                _clear(connection, plan, f"DROP INDEX CONCURRENTLY {name}")
            return False
        case Kind.DETACH:
            return _detached(connection, plan, intent)
        case Kind.VACUUM:
            return False


def _dropped(connection: Connection, plan: Plan, intent: Intent) -> bool:
    (valid,) = connection.execute(
        "SELECT (SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = $1)", [intent.oid]
    ).fetchone() or (None,)
    # The server begins by making it invalid, and nothing makes it valid again.
    if valid is False and intent.oid not in intent.invalid:
        _clear(connection, plan, f"DROP INDEX CONCURRENTLY {intent.name}")
        return True
    return valid is None


def _detached(connection: Connection, plan: Plan, intent: Intent) -> bool:
    row = connection.execute(_DETACHING, [intent.table, intent.oid]).fetchone()
    if row is not None and row[0]:
        parent = row[1]
        _clear(connection, plan, f"ALTER TABLE {parent} DETACH PARTITION {intent.name} FINALIZE")
        return True
    return row is None


def _validity(connection: Connection, name: str, table: int) -> bool | None:
    row = connection.execute(
        "SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass($1) AND indrelid = $2",
        [name, table],
    ).fetchone()
    return None if row is None else bool(row[0])


def _clear(connection: Connection, plan: Plan, statement: str) -> None:
    with limited(connection, plan.defaults):
        connection.execute(statement.encode(), prepare=False)
