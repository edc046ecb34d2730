"""Judges a generated case on a server: the way back is exact, or was refused with nothing changed."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from bench import OWNER, Database
from fingerprint import difference, fingerprint
from generated.alterations import GONE
from planrun.core.policy import OnConflict, always
from planrun.core.selection import After
from planrun.edges.postgres import connection as connections
from planrun.edges.postgres import history
from planrun.errors import Conflict, NotReversible, PlanrunError, Refused, StepFailed
from undo_case import ROLES, Run, leftovers, unordered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fingerprint import Fingerprint
    from generated.cases import Generated, Written
    from planrun.core.selection import Selection
    from planrun.edges.embedded import Server

_NUMBERS = itertools.count(1)
_DEFAULTS = """
    SELECT c.relname, a.attnum, coalesce(pg_get_expr(d.adbin, d.adrelid), t.typdefault)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
"""
_DEFAULT_PRIVILEGES = "SELECT defaclobjtype::text, 0, defaclacl::text FROM pg_default_acl ORDER BY 1, 3"
_TEMPLATE = "generated_template"
_ROWS = ("INSERT", "UPDATE", "DELETE")
_DEFINITIONS = ("3F", "42", "55")
"""The classes of SQLSTATE that tell of definitions which are not as the way back needs them."""

_BREAKS = (PlanrunError, psycopg.Error, RuntimeError, LookupError, TypeError, ValueError)
"""What of planrun may end a trial, and is told as a wrong with its case."""


@dataclass(frozen=True)
class Verdict:
    """What came of a case: restored, refused, conflict, failed (the step itself), or wrong.

    Attributes:
        outcome: one of these.
        reason: why, in words that can be counted.
        detail: all that was found.
    """

    outcome: str
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Trials:
    """What is tried of a case besides the way back.

    Attributes:
        turned: to take the way back back, and then that in turn.
        again: to run it a second time and to take it back by the printed script.
        part: which part of several steps is taken back first, if any.
    """

    turned: bool = False
    again: bool = False
    part: Selection | None = None


@dataclass(frozen=True)
class _Group:
    """What the application wrote after one step.

    Attributes:
        written: the statements.
        taken: what they take that they do not name.
        counts: the rows that each wrote, or 1 for a changed definition, or the SQLSTATE of its error.
        last: whether no step came after it.
    """

    written: tuple[Written, ...]
    taken: dict[tuple[str, int], str | None]
    counts: tuple[int | str, ...]
    last: bool


class WrongError(Exception):
    """The way back was neither exact nor refused."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


class Bed:
    """Databases for generated cases on one server, each a copy of one that has the history."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._execute(f"DROP DATABASE IF EXISTS {_TEMPLATE}")
        self._execute(f"CREATE DATABASE {_TEMPLATE} OWNER {OWNER}")
        for role in ROLES:
            self._execute(
                f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$"
            )
        with connections.open_connection(server.params(_TEMPLATE, OWNER)) as connection:
            history.install(connection)

    def make(self) -> Database:
        name = f"generated_{next(_NUMBERS)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} OWNER {OWNER} STRATEGY file_copy")
        return Database(name, self._server)

    def drop(self, database: Database) -> None:
        database.close()
        self._execute(f"DROP DATABASE {database.name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(**self._server.params(), autocommit=True) as connection:
            connection.execute(statement)


def fitting(found: Generated, bed: Bed) -> Generated:
    """Return the case without the statements that the server refuses."""
    database = bed.make()
    try:
        setup = tuple(_prepared(found, database))
        with database.connect(autocommit=False) as connection:
            steps = tuple(tuple(_accepted(connection, step)) for step in found.steps)
            connection.rollback()
    finally:
        bed.drop(database)
    found = replace(found, setup=setup, steps=steps)
    for number in reversed([number for number, step in enumerate(steps) if not step]):
        found = found.without(number)
    return found


def _prepared(found: Generated, database: Database) -> Iterator[str]:
    """Prepare the database; yield what of the setup was accepted."""
    with database.superuser() as connection:
        for statement in found.superuser:
            connection.execute(statement.encode())
    with database.connect() as connection:
        for statement in found.setup:
            try:
                connection.execute(statement.encode())
            except psycopg.Error:
                continue
            yield statement
    with database.superuser() as connection:
        for value in found.settings:
            connection.execute(sql.SQL(f"ALTER DATABASE {{}} SET {value}").format(sql.Identifier(database.name)))


def _accepted(connection: psycopg.Connection, statements: tuple[str, ...]) -> Iterator[str]:
    for statement in statements:
        try:
            with connection.transaction():
                connection.execute(statement.encode())
        except psycopg.Error:
            continue
        yield statement


def judge(found: Generated, bed: Bed, trials: Trials) -> Verdict:
    """Run a case; whatever it comes to, the database is compared with what it has to be."""
    database = bed.make()
    try:
        tuple(_prepared(found, database))
        return _Judge(found, database, bed, trials).judge()
    except WrongError as wrong:
        return Verdict("wrong", wrong.reason, wrong.detail)
    finally:
        bed.drop(database)


def reduced(found: Generated, verdict: Verdict, bed: Bed, trials: Trials) -> tuple[Generated, Verdict]:
    """Return the case without the parts that it goes wrong without, as far as a few hundred trials lead."""
    left = 300
    candidates = found.smaller()
    while left and (smaller := next(candidates, None)) is not None:
        left -= 1
        other = judge(smaller, bed, trials)
        if (other.outcome, other.reason) == ("wrong", verdict.reason):
            found, verdict, candidates = smaller, other, smaller.smaller()
    return found, verdict


class _Judge:
    def __init__(self, found: Generated, database: Database, bed: Bed, trials: Trials) -> None:
        self._found, self._case, self._database, self._bed = found, found.case(), database, bed
        self._trials = trials
        self._start, self._own = fingerprint(database), leftovers(database)
        self._groups: list[_Group] = []

    def judge(self) -> Verdict:
        states: list[Fingerprint] = []
        parted = self._trials.part and not (self._found.whole or self._found.application)
        last = len(self._found.steps) - 1

        def after(number: int) -> None:
            if parted:
                states.append(fingerprint(self._database))
            elif number < last:
                self._write(number)

        try:
            run = self._case.apply(self._database, after=after)
        except (NotReversible, StepFailed) as error:
            return self._ended("refused" if isinstance(error, NotReversible) else "failed", error)
        except _BREAKS as error:
            raise WrongError(f"the step broke: {type(error).__name__}", str(error)) from error
        if self._found.application:
            self._a_part_first(run)
            self._write(last)
            return self._with_application(run)
        if len(states) > 1:
            return self._in_parts(run, states)
        then = fingerprint(self._database) if self._trials.turned else None
        back = self._back(run)
        self._is(self._start, ordered=_ordered(run.caveats), what="the way back is not exact", back=back)
        turned = self._turned(back, then) if then else ""
        if self._trials.again:
            self._once_more()
        return Verdict("restored", turned)

    def _ended(self, outcome: str, error: PlanrunError) -> Verdict:
        """See that a step which was not committed left nothing; the steps before it are taken back."""
        with connections.open_connection(self._database.params) as connection:
            runs = [run for run in history.runs(connection) if run.direction == "execute" and run.steps]
        run = Run(self._database, runs[-1].id, runs[-1].steps) if runs else None
        verdict = Verdict(outcome, _reason(error), str(error))
        if run and self._groups:
            found = self._with_application(run)
            return verdict if found.outcome == "restored" else found
        back, caveats = (self._back(run), run.caveats) if run else (None, ())
        self._is(self._start, ordered=_ordered(caveats), what=f"a step that was {outcome} left something", back=back)
        return verdict

    def _back(self, run: Run) -> Run:
        try:
            return run.back()
        except _BREAKS as error:
            raise WrongError(f"the way back failed: {type(error).__name__}", _whole(error)) from error

    def _turned(self, back: Run, then: Fingerprint) -> str:
        """Take the way back back, which brings what was there before it, and then take that back in turn."""
        if back.irreversible:
            return "its way back cannot be taken back"
        was = fingerprint(self._database)
        forth = self._back(back)
        self._is(then, ordered=False, what="the way forth is not exact", back=forth)
        if forth.irreversible:
            return "its way forth cannot be taken back"
        again = self._back(forth)
        self._is(was, ordered=False, what="the second way back is not exact", back=again)
        return "turned back and forth"

    def _in_parts(self, run: Run, states: list[Fingerprint]) -> Verdict:
        """Take what ran after the first step back, and that in turn; or the first step alone; then the rest."""
        own = leftovers(self._database)
        try:
            back = run.back(self._trials.part)
        except (Refused, Conflict) as refusal:
            if isinstance(self._trials.part, After):
                raise WrongError("what ran after a step could not be taken back", str(refusal)) from refusal
            self._is(states[-1], ordered=True, what="a part that may not go left something", own=own)
            self._is(self._start, ordered=_ordered(run.caveats), what="the way back is not exact", back=self._back(run))
            return Verdict("restored", "at once, not in parts")
        except _BREAKS as error:
            raise WrongError(f"a part failed to go back: {type(error).__name__}", _whole(error)) from error
        if isinstance(self._trials.part, After):
            self._same(states[0], ordered=False, what="the part is not exact")
            if not back.irreversible:
                forth = self._back(back)
                self._same(states[-1], ordered=False, what="the part was not brought again")
                if not forth.irreversible:
                    self._back(forth)
                    self._same(states[0], ordered=False, what="the part did not go again")
                else:
                    return Verdict("restored", "its way forth cannot be taken back")
        self._back(run)
        self._same(self._start, ordered=False, what="what went in parts is not back")
        return Verdict("restored", "in parts")

    def _once_more(self) -> None:
        start, own = fingerprint(self._database), leftovers(self._database)
        try:
            run = self._case.apply(self._database)
        except StepFailed:
            return  # sequences went on: a key that was free may be taken
        except NotReversible as error:
            raise WrongError("the plan is refused when it runs again", str(error)) from error
        psql = run.psql()
        if psql.returncode or psql.stderr:
            raise WrongError("the printed way back failed", psql.stderr)
        self._is(start, ordered=_ordered(run.caveats), what="the printed way back is not exact", own=own)

    def _a_part_first(self, run: Run) -> None:
        """Take a part back, if it may go, before the application writes: what was made again is written to."""
        if self._trials.part and len(run.steps) > 1 and not self._found.whole:
            with contextlib.suppress(Refused, Conflict):
                self._own |= run.back(self._trials.part).side_tables

    def _with_application(self, run: Run) -> Verdict:
        before, kept = fingerprint(self._database), leftovers(self._database)
        found = self._survivors()
        try:
            back = run.back()
        except Conflict as conflict:
            if (conflict.sqlstate or "")[:2] in _DEFINITIONS and not self._altered:
                raise WrongError("the way back failed on a definition", _whole(conflict)) from conflict
            self._is(before, ordered=True, what="a conflict left something", own=kept)
            self._settled(run, before)
            kinds = sorted({item.kind for item in conflict.conflicts}) or [str(conflict).partition(":")[2][:70]]
            return Verdict("conflict", ", ".join(kinds), str(conflict))
        except Refused as refusal:
            self._is(before, ordered=True, what="a refused way back left something", own=kept)
            return Verdict("stopped", _reason(refusal), str(refusal))
        except _BREAKS as error:
            raise WrongError(f"the way back failed after writes: {type(error).__name__}", _whole(error)) from error
        survivors = self._survivors()
        # What found no row to write has nothing that could be lost.
        counts = [count for group in self._groups if group.last for count in group.counts]
        written = [isinstance(count, int) and count > 0 for count in counts]
        # Nor can what was asked in vain, in a type that the column does not have before the way back.
        asked = zip(found, survivors, written, strict=True)
        if any(now not in (was, GONE) for was, now, wrote in asked if wrote and was is not None):
            raise WrongError("what the application wrote did not survive", f"{found}\n{survivors}")
        other = self._bed.make()
        try:
            tuple(_prepared(self._found, other))
            # What a row takes for a column that it does not name is no matter of the plan's order.
            commutes = all(
                not _changed(group.taken, _defaults(other, group.written))
                and _wrote(other, group.written) == group.counts
                for group in self._groups
            )
            wanted = fingerprint(other)
        finally:
            self._bed.drop(other)
        # What is computed anew has what the application wrote in it, as a REFRESH of now would.
        anew = any("computed anew" in caveat for caveat in run.caveats)
        compared = commutes and not (anew or self._fires())
        if compared:
            # A column that comes back stands behind those that the application added.
            ordered = _ordered(run.caveats) and not any("ADD COLUMN" in one.text for one in self._found.application)
            self._is(wanted, ordered=ordered, what="the way back lost or kept a write", back=back)
        words = "with writes" if compared else "the writes do not commute"
        return self._forth(back, before, words)

    def _forth(self, back: Run, before: Fingerprint, words: str) -> Verdict:
        """Take the way back back: what was there before it comes again, or what the application made is in the way."""
        if back.irreversible:
            return Verdict("restored", words)
        now, own = fingerprint(self._database), leftovers(self._database)
        try:
            back.back()
        except (Conflict, Refused) as refusal:
            if not self._altered:
                raise WrongError("what ran could not be brought again", str(refusal)) from refusal
            # What the application made uses what the run would change again.
            self._is(now, ordered=True, what="a refused way forth left something", own=own)
            return Verdict("restored", f"{words}, which stand in the way forth")
        except _BREAKS as error:
            raise WrongError(f"the way forth failed: {type(error).__name__}", _whole(error)) from error
        self._same(before, ordered=False, what="the way forth lost or kept a write")
        return Verdict("restored", words)

    def _settled(self, run: Run, before: Fingerprint) -> None:
        """Go back with conflicts settled, either way, and forth again: nothing was lost."""
        for word in (OnConflict.KEEP, OnConflict.RESTORE):
            own = leftovers(self._database)
            try:
                back = replace(run, choice=always(word)).back()
            except (Conflict, NotReversible, Refused):
                # In the way of both, or what it would overwrite cannot be saved, or is not as the run left it.
                self._is(before, ordered=False, what=f"a conflict with {word.value} left something", own=own)
                continue
            except _BREAKS as error:
                raise WrongError(f"{word.value} failed: {type(error).__name__}", _whole(error)) from error
            if back.irreversible:
                return
            run = self._back(back)
            self._same(before, ordered=False, what=f"what {word.value} took away is not back")

    @property
    def _altered(self) -> bool:
        """Whether the application defined something, not only wrote rows."""
        return not all(written.text.startswith(_ROWS) for written in self._found.application)

    def _fires(self) -> bool:
        """Whether a trigger makes the application's writes mean more, and other things after a plan than without."""
        last = len(self._found.steps) - 1
        texts = [*self._found.setup, *(text for step in self._found.steps for text in step)]
        # A trigger that was made between the steps fires for those that follow.
        texts += [written.text for written in self._found.application if written.after < last]
        return any("CREATE TRIGGER" in text or "CONSTRAINT TRIGGER" in text for text in texts)

    def _write(self, step: int) -> None:
        """Write what the application writes after a step."""
        written = self._found.written(step)
        if not written:
            return
        taken = _defaults(self._database, written)
        last = step == len(self._found.steps) - 1
        self._groups.append(_Group(written, taken, _wrote(self._database, written), last))

    def _survivors(self) -> list[object]:
        """Ask for what the application wrote after the last step, each row, value and definition.

        What it wrote before, a step may have written over: that it is there again shows where all is compared.
        """
        with self._database.connect() as connection:
            return [_asked(connection, one.query) for group in self._groups if group.last for one in group.written]

    def _is(
        self,
        wanted: Fingerprint,
        *,
        ordered: bool,
        what: str,
        own: set[str] | None = None,
        back: Run | None = None,
    ) -> None:
        """Compare the database with what it has to be; of planrun it holds what it held, and the undo log of `back`."""
        self._same(wanted, ordered=ordered, what=what)
        left = leftovers(self._database) - (back.side_tables if back else set())
        if extra := left ^ (self._own if own is None else own):
            raise WrongError(f"{what}: leftovers", str(extra))

    def _same(self, wanted: Fingerprint, *, ordered: bool, what: str) -> None:
        """Compare what the application has with what it has to have."""
        now = fingerprint(self._database)
        if not ordered:
            wanted, now = unordered(wanted), unordered(now)
        found = difference(wanted, now, sequences=False)
        if found:
            raise WrongError(what, found)


def _defaults(database: Database, written: Iterable[Written]) -> dict[tuple[str, int], str | None]:
    """Return what the application's writes take that they do not name: defaults of columns, and privileges.

    Of each column of the tables that it inserts into, by table and number; of what it makes.
    """
    texts = [one.text for one in written]
    with database.connect() as connection:
        rows = connection.execute(_DEFAULTS).fetchall()
        made = connection.execute(_DEFAULT_PRIVILEGES).fetchall()
    taken = {
        (table, number): default
        for table, number, default in rows
        if any(text.startswith(f"INSERT INTO {table} ") for text in texts)
    }
    if any(text.startswith("CREATE") for text in texts):
        taken["", 0] = str(made)
    return taken


def _wrote(database: Database, written: Iterable[Written]) -> tuple[int | str, ...]:
    """Write what the application writes; return the rows, or 1 for a changed definition, or the error of each."""
    counts: list[int | str] = []
    with database.connect() as connection:
        for one in written:
            was = _asked(connection, one.query)
            try:
                count = connection.execute(one.text.encode()).rowcount
            except psycopg.Error as error:
                counts.append(error.sqlstate or "")
            else:
                counts.append(int(_asked(connection, one.query) != was) if count < 0 else count)
    return tuple(counts)


def _asked(connection: psycopg.Connection, query: str) -> object:
    """Return what a query finds; nothing where there is none, or what it is about is not there."""
    try:
        return connection.execute(query.encode()).fetchall() if query else None
    except psycopg.Error:
        return None


def _changed(one: dict[tuple[str, int], str | None], other: dict[tuple[str, int], str | None]) -> bool:
    """Whether a column that is there both times has another default."""
    return any(one[column] != other[column] for column in one.keys() & other.keys())


def _ordered(caveats: tuple[str, ...]) -> bool:
    """Whether the columns have to come back in their order, and with the names of NOT NULL."""
    told = ("last column", "as the last ones", "under the name of")
    return not any(word in caveat for caveat in caveats for word in told)


def _whole(error: Exception) -> str:
    cause = f"\n{error.__cause__}" if error.__cause__ else ""
    return f"{error}{cause}"


def _reason(error: PlanrunError) -> str:
    """Return the reason of a refusal without the names in it, so that equal ones are counted together."""
    lines = str(error).splitlines()
    line = lines[1] if len(lines) > 1 else lines[0]
    return " ".join(word for word in line.partition(": ")[2].split() if not any(c.isdigit() for c in word))[:100]
