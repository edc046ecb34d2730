"""A case of the way back as a file: what is there, what a plan changes, what the application writes, what must come.

A case is SQL, cut into sections by comment lines:

-- setup               as the owner; -- superuser as the superuser; both as often as needed, run in their order
-- change              one step of the plan; as often as there are steps
-- application         what the application writes after the step that stands before it, thus after the last one mostly
-- survives            a query whose result is the same before and after the way back
-- expected            what gives the state of after the way back, when it runs in place of change and application
-- expect: restored    or refused (before COMMIT), or conflict (at the way back), or stopped (the way back fails for
                       another reason), or settled (conflicts are kept or restored); after a colon a part of the message

and, anywhere, directives of one line:

-- conflict: kind relation key column     each conflict that is listed, as `listed` writes it; no other may be;
                                       settled ones end with -> kept or -> restored
-- on conflict: keep                      what becomes of conflicts; also `keep on TABLE`, `keep in STEP`
-- caveat: column order                   the columns of a table come back in another order
-- caveat: constraint name              NOT NULL of a partition comes back under the name of the root's
-- caveat: sequence position             a sequence goes on from another position
-- caveat: content                       the content of a materialized view is computed anew
-- caveat: unlogged                      a table is unlogged meanwhile
-- caveat: commutes not                   the application's writes mean something else when nothing was changed before
-- caveat: not turned                    the rollback cannot be taken back itself, and says so
-- caveat: once                           a second run cannot be: the application's writes are in its way
-- setting: name = value                  a setting of the database
-- majors: 16 18                          only on these
-- transaction: plan                      all steps in one transaction
"""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from psycopg import sql

from planrun.core.plan import Defaults, Plan
from planrun.core.policy import OnConflict, abort, means
from planrun.core.reverse import script as printed
from planrun.core.schedule import MigrateWork
from planrun.core.script import Script
from planrun.core.selection import Everything, part
from planrun.edges.parse import statements
from planrun.edges.postgres import connection as connections
from planrun.edges.postgres import history, migrate, reverse
from planrun.edges.postgres.overlaps import overlaps
from planrun.edges.postgres.recapture import Recapture
from planrun.edges.postgres.session import Session
from planrun.edges.postgres.witness import sight
from planrun.errors import Place, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bench import Database
    from fingerprint import Fingerprint
    from planrun.core.policy import Choice
    from planrun.core.record import ConflictRecord, RunRecord, StepRecord
    from planrun.core.reverse import ReversePlan
    from planrun.core.selection import Selection
    from planrun.edges.postgres.witness import Witness

_SECTIONS = {"setup", "superuser", "change", "application", "survives", "expected"}
_DIRECTIVES = {"expect", "conflict", "caveat", "setting", "majors", "transaction", "on conflict"}
_WORD = re.compile(r"(?P<word>\w+)(?: on (?P<table>\S+))?(?: in (?P<step>\w+))?")
_LINE = re.compile(r"-- (?:(?P<section>[a-z]+)|(?P<directive>[a-z ]+): (?P<value>.+))\s*")

_ALL = Everything()

ROLES = ("case_reader", "case_writer")
"""Roles that cases grant to; the database's owner is a member of neither."""


@dataclass(frozen=True)
class Case:
    name: str
    sections: tuple[tuple[str, str], ...]
    directives: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: Path) -> Case:
        sections: list[tuple[str, list[str]]] = []
        directives = []
        for line in path.read_text(encoding="utf-8").splitlines():
            found = _LINE.fullmatch(line)
            if found and found["section"] in _SECTIONS:
                sections.append((found["section"], []))
            elif found and found["directive"] in _DIRECTIVES:
                directives.append((found["directive"], found["value"].strip()))
            elif sections:
                sections[-1][1].append(line)
            else:
                assert not line.strip() or line.startswith("--"), f"{path.name}: {line!r} stands in no section"
        case = cls(path.stem, tuple((name, "\n".join(text)) for name, text in sections), tuple(directives))
        assert case.outcome in {"restored", "refused", "conflict", "stopped", "settled"}, (
            f"{path.name}: nothing is expected"
        )
        assert case.texts("change"), f"{path.name}: nothing is changed"
        return case

    def texts(self, *sections: str) -> tuple[str, ...]:
        return tuple(text for name, text in self.sections if name in sections)

    def values(self, directive: str) -> tuple[str, ...]:
        return tuple(value for name, value in self.directives if name == directive)

    @property
    def outcome(self) -> str:
        return self.values("expect")[0].partition(":")[0].strip()

    @property
    def message(self) -> str:
        return self.values("expect")[0].partition(":")[2].strip()

    @property
    def majors(self) -> tuple[int, ...]:
        return tuple(int(word) for value in self.values("majors") for word in value.split())

    def choice(self, step: str, table: str) -> OnConflict:
        """Return what becomes of conflicts on a table; the last directive that means it wins."""
        found = OnConflict.ABORT
        for value in self.values("on conflict"):
            word = _WORD.fullmatch(value)
            assert word, f"{self.name}: {value!r} says nothing of conflicts"
            on_table = word["table"] is None or (bool(table) and means(word["table"], table))
            if on_table and word["step"] in {None, step}:
                found = OnConflict(word["word"])
        return found

    def caveat(self, text: str) -> bool:
        return text in self.values("caveat")

    def prepare(self, database: Database) -> None:
        """Run the sections that come before the plan."""
        superuser = database.superuser()
        for role in ROLES:
            superuser.execute(
                f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$"
            )
        for name, text in self.sections:
            if name in {"setup", "superuser"}:
                with (database.connect if name == "setup" else database.superuser)() as connection:
                    connection.execute(text)
        for value in self.values("setting"):
            superuser.execute(sql.SQL(f"ALTER DATABASE {{}} SET {value}").format(sql.Identifier(database.name)))
        superuser.close()
        with connections.open_connection(database.params) as connection:
            history.install(connection)

    def apply(
        self,
        database: Database,
        judge: Callable[[], object] | None = None,
        *,
        lock_timeout: int = 5000,
        after: Callable[[int], object] | None = None,
    ) -> Run:
        """Run the steps as a plan; an error ends it, and nothing of it stays.

        Args:
            database: prepared.
            judge: called in the transaction of each step, when its statements have run.
            lock_timeout: of the plan, in milliseconds.
            after: called with the number of a step when it is done; it has committed, unless all are one transaction.
                By default the application writes then what it writes between the steps.
        """
        defaults = Defaults(lock_timeout=lock_timeout)
        plan = Plan(name="case", file="case.yaml", project=".", steps=(), defaults=defaults)
        with connections.open_connection(database.params) as connection, beside(database) as witness:
            return self._apply(
                database,
                connection,
                Session(connection, plan),
                judge,
                after or partial(self._between, database),
                witness,
            )

    def _apply(
        self,
        database: Database,
        connection: connections.Connection,
        session: Session,
        judge: Callable[[], object] | None,
        after: Callable[[int], object],
        witness: Witness,
    ) -> Run:
        def begin(statements: str) -> None:
            connection.execute(statements.encode())

        run = history.begin_run(connection, "case", "execute", "step")
        whole = "plan" in self.values("transaction")
        if whole:
            connection.execute("BEGIN")
        records = []
        for number, text in enumerate(self.texts("change")):
            opening = history.Opening(run, number, f"step_{number}", "migrate", "", "digest", text)
            derivation = migrate.Derivation(derived=True)
            # A step with asserts has them judged; what they are is not looked at here.
            work = replace(_work(text), asserts=() if judge is None else ("judged",))
            judged = _without_warning(judge or _nothing)
            step = migrate.Migration(connection, session, opening, work, derivation, begin, judged, witness=witness)
            records.append(step.run())
            after(number)
        if whole:
            connection.execute("COMMIT")
        return Run(database, run, tuple(records), self.choice)

    @property
    def _writes(self) -> list[list[str]]:
        """What the application writes after each step."""
        writes: list[list[str]] = []
        for name, text in self.sections:
            if name == "change":
                writes.append([])
            elif name == "application":
                writes[-1].append(text)
        return writes

    def write(self, database: Database, *, between: bool = False) -> None:
        """Do what the application does after the run, or also what it does `between` the steps."""
        for texts in self._writes if between else self._writes[-1:]:
            _execute(database, texts)

    def _between(self, database: Database, number: int) -> None:
        if number < len(self._writes) - 1:
            _execute(database, self._writes[number])

    def survivors(self, database: Database) -> list[object]:
        """Return what the queries of `survives` give."""
        with database.connect() as connection:
            return [connection.execute(text).fetchall() for text in self.texts("survives")]


def _execute(database: Database, texts: Iterable[str]) -> None:
    for text in texts:
        with database.connect() as connection:
            connection.execute(text)


@dataclass(frozen=True)
class _Node:
    """A step of the plan, which needs no other."""

    id: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """A finished run of a case."""

    database: Database
    number: int
    steps: tuple[StepRecord, ...]
    choice: Choice = abort

    @property
    def caveats(self) -> tuple[str, ...]:
        return tuple(caveat for step in self.steps if step.undo for caveat in step.undo.caveats)

    def back(self, selection: Selection = _ALL) -> Run:
        """Take it back, or a part of it, as `planrun rollback` does; return the rollback, which can go back itself."""
        with later(self.database) as connection, beside(self.database) as witness:
            plan = self._reversed(connection, selection)
            session = Session(connection, Plan(name="case", file="case.yaml", project=".", steps=()))
            recapture = Recapture(connection, session.own, plan.steps, print, witness)
            number, _ = reverse.execute(connection, plan, session.own, recapture)
            return Run(self.database, number, self._of(connection, number).steps)

    def psql(self) -> subprocess.CompletedProcess[str]:
        """Take it back with the printed script, which needs nothing but psql."""
        with later(self.database) as connection:
            plan = self._reversed(connection)
        binary = self.database.server.installation.bindir / "psql"
        return subprocess.run(
            [binary, "-X", "-q", "--no-password", "-d", self.database.url],
            input=printed(plan),
            capture_output=True,
            text=True,
            check=False,
        )

    def conflicts(self) -> list[str]:
        """Return the conflicts that this rollback met, each with what became of it."""
        with later(self.database) as connection:
            found = history.conflicts(connection, self.number)
        return [f"{listed(item)} -> {item.outcome}" for item in found]

    @property
    def irreversible(self) -> bool:
        return any(step.undo is not None and step.undo.irreversible for step in self.steps)

    @property
    def side_tables(self) -> set[str]:
        names = (name for step in self.steps if step.undo for name in step.undo.side_tables)
        return {name.partition(".")[2].strip('"') for name in names}

    def _reversed(self, connection: connections.Connection, selection: Selection = _ALL) -> ReversePlan:
        chosen = part(history.runs(connection, "case"), "case", self._nodes, selection, self.number)
        if found := overlaps(connection, chosen):
            raise Refused("; ".join(item.what for item in found))
        return reverse.make(connection, chosen.run, {}, staying=chosen.staying, choice=self.choice)

    @property
    def _nodes(self) -> list[_Node]:
        return [_Node(step.step) for step in self.steps]

    @staticmethod
    def _of(connection: connections.Connection, number: int) -> RunRecord:
        return next(run for run in history.runs(connection) if run.id == number)


@contextmanager
def beside(database: Database) -> Iterator[Witness]:
    """Give what looks at relations in a session of its own, as that of the lease does."""
    with _session(database, "beside") as connection:
        yield partial(sight, connection)


def later(database: Database) -> AbstractContextManager[connections.Connection]:
    """Give a session that saw nothing of the run, the same each time: to plan its queries takes longer than they do."""
    return _session(database, "later")


@contextmanager
def _session(database: Database, purpose: str) -> Iterator[connections.Connection]:
    connection = database.kept(purpose, partial(connections.open_connection, database.params))
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


def listed(conflict: ConflictRecord) -> str:
    """Write a conflict as the case files do."""
    return " ".join(part for part in (conflict.kind, conflict.relation, conflict.key, conflict.column) if part)


def leftovers(database: Database) -> set[str]:
    """Return everything in planrun's schema, and every trigger of its own on the application's tables."""
    rows = database.kept("looks", database.superuser).execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'planrun'::regnamespace"
        " UNION ALL SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'planrun'::regnamespace"
        " UNION ALL SELECT g.tgname FROM pg_trigger g WHERE g.tgname LIKE 'planrun%'"
    )
    return {name for (name,) in rows}


def unordered(found: Fingerprint) -> Fingerprint:
    """Leave the order of columns out, each table's in the order of their names: what was made anew stands last.

    And the names of NOT NULL, under which it may not come back in a partition.
    """
    unnamed = _NAMED_NULL.sub(" NOT NULL", found.schema)
    sorted_columns = "\n".join(_sorted_columns(unnamed.splitlines()))
    return replace(found, schema=_sorted_entries(_sorted_lists(sorted_columns)))


_NAMED_NULL = re.compile(r' CONSTRAINT (?:\w+|"(?:[^"]|"")+") NOT NULL')


def _sorted_columns(lines: list[str]) -> Iterator[str]:
    columns: list[str] | None = None
    for line in lines:
        if columns is not None and line.startswith("    "):
            columns.append(line.removesuffix(","))
            continue
        if columns is not None:
            yield from sorted(columns)
            columns = None
        if line.startswith(("CREATE TABLE ", "CREATE UNLOGGED TABLE ")):
            columns = []
        yield line


_LISTED = re.compile(r"^(CREATE STATISTICS .* ON |ALTER PUBLICATION .* ADD TABLE .* \()(\w+(?:, \w+)*)", re.MULTILINE)


def _sorted_lists(dump: str) -> str:
    """Sort the columns of statistics and publications, which the server lists by their numbers."""
    return _LISTED.sub(lambda found: f"{found[1]}{', '.join(sorted(found[2].split(', ')))}", dump)


_OF_COLUMNS = re.compile(r"--\n-- Name: (?:.*; Type: DEFAULT;|COLUMN .*; Type: (?:COMMENT|ACL);)")


def _sorted_entries(dump: str) -> str:
    """Sort those entries by their names that stand in the order of columns: defaults of inherited ones, comments."""
    entries = re.split(r"^(?=--\n-- Name: )", dump, flags=re.MULTILINE)
    runs = groupby(entries, lambda entry: bool(_OF_COLUMNS.match(entry)))
    return "".join("".join(sorted(run) if of_columns else run) for of_columns, run in runs)


def _work(text: str) -> MigrateWork:
    lines = text.count("\n") + 1
    script = Script(text, tuple(Place("case.sql", line + 1) for line in range(lines)), "case.sql")
    return MigrateWork(statements(script), script, (), irreversible=False, allow_no_effect=True)


def _nothing() -> None:
    return None


def _without_warning(judge: Callable[[], object]) -> Callable[[], tuple[str, ...]]:
    def judged() -> tuple[str, ...]:
        judge()
        return ()

    return judged
