"""Makes a schedule of a plan: orders it, renders its SQL, splits it into statements, hashes each step.

No database is asked. All faults of all steps are raised at once. What comes out decides the whole run:
dry-run prints it, execute sends it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from planrun.core.graph import order
from planrun.core.plan import (
    Confirm,
    CsvBackup,
    DatabaseBackup,
    ExpectEqualsQuery,
    FilesBackup,
    Inline,
    Migrate,
    QueryCheck,
    Reverse,
    TableBackup,
)
from planrun.core.quoting import UnquotableError, identifier
from planrun.core.schedule import (
    CheckWork,
    ConfirmWork,
    CsvWork,
    DumpWork,
    FilesWork,
    MigrateWork,
    ReverseWork,
    ScheduledStep,
    TableCopyWork,
    arranged,
    by_hand,
)
from planrun.core.script import Script
from planrun.edges import parse
from planrun.edges.backups import streams
from planrun.edges.render import Renderer
from planrun.errors import Fault, Place, PlanInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from planrun.core.plan import Batch, Plan, SqlSource, Step
    from planrun.core.schedule import Schedule, Work
    from planrun.core.script import Statement

    T = TypeVar("T")

_UNBALANCED = "the condition closes a parenthesis that it did not open, or leaves one open"


def build(plan: Plan) -> Schedule:
    """Return the schedule of a plan.

    Raises:
        PlanInvalid: with every fault of the templates and scripts of all steps, each once.
    """
    desk = _Desk(plan)
    steps = [desk.step(step) for step in order(plan.steps)]
    faults = (*desk.faults, *_unwritable(plan))
    if faults:
        raise PlanInvalid(faults)
    return arranged(plan, tuple(step for step in steps if step is not None))


def ways_back(plan: Plan, steps: Iterable[Step]) -> dict[str, tuple[Statement, ...]]:
    """Return the statements of some rollback steps of a plan, by the step that they take back.

    Raises:
        PlanInvalid: with every fault of their templates and scripts, each once.
    """
    desk = _Desk(plan)
    prepared = [desk.step(step) for step in steps]
    if desk.faults:
        raise PlanInvalid(tuple(desk.faults))
    return by_hand(step for step in prepared if step is not None)


def _unwritable(plan: Plan) -> Iterator[Fault]:
    """Yield what keeps backup files from being written as the plan wants them: known before anything runs."""
    compressions = [step.action.compress for step in plan.steps if isinstance(step.action, CsvBackup)]
    for fault in streams.faults(compressions, plan.recipients):
        yield replace(fault, place=Place(plan.file))


class _Desk:
    """Prepares steps one after the other, and keeps the faults that it finds.

    A part with a fault comes out as None; the other parts are prepared all the same, to find theirs.
    """

    def __init__(self, plan: Plan) -> None:
        self.faults: dict[Fault, None] = {}
        self._renderer = Renderer(Path(plan.project), plan.vars)
        self._by_hand = frozenset(step.action.of for step in plan.steps if isinstance(step.action, Reverse))

    def step(self, step: Step) -> ScheduledStep | None:
        work = self._work(step)
        return None if work is None else ScheduledStep(step, work, digest(work))

    def _work(self, step: Step) -> Work | None:  # noqa: PLR0911  one case for a kind of step
        match step.action:
            case DatabaseBackup() as dump:
                return DumpWork(dump.format, dump.schema_only, dump.jobs, dump.tables, dump.schemas)
            case FilesBackup(patterns=patterns):
                return FilesWork(patterns)
            case Confirm(text=text):
                return ConfirmWork(text)
            case CsvBackup() as export:
                return self._export(export)
            case TableBackup() as copy:
                return self._attempt(lambda: self._copy(step, copy))
            case QueryCheck() as check:
                return self._check(check)
            case Migrate() as migrate:
                return self._migrate(step, migrate)
            case Reverse() as reverse:
                return self._reverse(reverse)

    def _attempt(self, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except PlanInvalid as invalid:
            self.faults.update(dict.fromkeys(invalid.faults))
            return None

    # --- kinds of step ---

    def _export(self, export: CsvBackup) -> CsvWork | None:
        read = self._attempt(lambda: self._query(export.sql, for_copy=True))
        return None if read is None else CsvWork(*read, export.allow_no_effect, export.compress)

    def _check(self, check: QueryCheck) -> CheckWork | None:
        read = self._attempt(lambda: self._query(check.sql))
        other: tuple[Statement, Script] | tuple[None, None] | None = (None, None)
        if isinstance(check.expect, ExpectEqualsQuery):
            source = check.expect.other
            other = self._attempt(lambda: self._query(source))
        if read is None or other is None:
            return None
        query, script = read
        reference, reference_script = other
        return CheckWork(query, script, check.expect, reference, check.save_as, check.severity, reference_script)

    def _migrate(self, step: Step, migrate: Migrate) -> MigrateWork | None:
        if migrate.outside:
            return self._attempt(lambda: self._outside(migrate))
        lifted = migrate.irreversible or step.id in self._by_hand
        batch = migrate.batch
        table = "" if batch is None else self._attempt(lambda: _quoted(batch.table, batch.place))
        read = self._attempt(lambda: self._script(migrate.sql, batch, lifted=lifted))
        asserts = [self._check(check) for check in migrate.asserts]
        kept = tuple(check for check in asserts if check is not None)
        if read is None or table is None or len(kept) < len(asserts):
            return None
        return MigrateWork(*read, kept, migrate.irreversible, migrate.allow_no_effect, batch)

    def _outside(self, migrate: Migrate) -> MigrateWork:
        script = self._renderer.render(migrate.sql)
        statement, said = parse.outside(script)
        return MigrateWork((statement,), script, (), migrate.irreversible, allow_no_effect=True, outside=said)

    def _reverse(self, reverse: Reverse) -> ReverseWork | None:
        read = self._attempt(lambda: self._script(reverse.sql, lifted=True))
        return None if read is None else ReverseWork(reverse.of, *read)

    # --- reading SQL ---

    def _script(
        self, source: SqlSource, batch: Batch | None = None, *, lifted: bool
    ) -> tuple[tuple[Statement, ...], Script]:
        script = self._renderer.render(source)
        statements = parse.statements(script, batch=batch, lifted=lifted)
        if not statements:
            raise _invalid("the script renders to no statement at all", source.place)
        return statements, script

    def _query(self, source: SqlSource, *, for_copy: bool = False) -> tuple[Statement, Script]:
        script = self._renderer.render(source)
        return parse.single(script, for_copy=for_copy), script

    def _copy(self, step: Step, copy: TableBackup) -> TableCopyWork:
        into, table = _quoted(copy.into, step.place), _quoted(copy.table, step.place)
        head = f"CREATE TABLE {into} AS SELECT * FROM {table}"  # noqa: S608  both are quoted
        where = None if copy.where is None else self._condition(copy.where)
        if where is None or copy.where is None:
            script = Script(head, (step.place,), str(step.place))
        else:
            # A comment at the end of the condition would swallow the parenthesis.
            end = "\n)" if "--" in where.text else ")"
            text = f"{head} WHERE ({where.text}{end}"
            script = Script(text, (*where.origins, copy.where.place)[: text.count("\n") + 1], where.name)
        (statement,) = parse.statements(script)
        return TableCopyWork(
            copy.table,
            copy.into,
            where.text if where else None,
            replace(statement, place=step.place),
            script,
            copy.allow_no_effect,
        )

    def _condition(self, where: Inline) -> Script:
        """Return a rendered condition, trimmed, that can stand in parentheses and means the same there."""
        rendered = self._renderer.render(where)
        lines = (where.place, *rendered.origins, where.place)
        # On lines of its own a syntax error in it has its own place.
        parse.single(Script(f"SELECT WHERE (\n{rendered.text}\n)", lines, rendered.name))
        if not parse.closes_what_it_opens(rendered.text):
            raise _invalid(_UNBALANCED, where.place, "write it as it stands after WHERE")
        blank = rendered.text[: len(rendered.text) - len(rendered.text.lstrip())].count("\n")
        return Script(rendered.text.strip(), rendered.origins[blank:], rendered.name)


def _quoted(name: str, place: Place) -> str:
    try:
        return identifier(name)
    except UnquotableError as error:
        raise _invalid(str(error), place) from error


def _invalid(message: str, place: Place, hint: str | None = None) -> PlanInvalid:
    return PlanInvalid((Fault(message, place, hint),))


# --- hashing -----------------------------------------------------------------------------------


def digest(work: Work) -> str:
    """Return the SHA-256 (hex) of everything that decides what a step does.

    That is its kind, the text of its statements as they are sent, its options and its asserts. Comments and
    blanks between statements, the places in the files, the id, the needs and the description are not in it: a
    step that was only moved or commented counts as the same.
    """
    document = json.dumps(_canonical(work), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(document.encode()).hexdigest()


def _canonical(work: Work) -> dict[str, Any]:  # noqa: PLR0911  one case for a kind of work
    """Return the work as a JSON document; a new field of a work belongs here if it changes what is done."""
    match work:
        case DumpWork():
            chosen = {"tables": work.tables, "schemas": work.schemas}  # how many jobs dump it decides nothing
            return {"kind": "dump", "format": work.format, "schema_only": work.schema_only, **chosen}
        case FilesWork():
            return {"kind": "files", "patterns": work.patterns}
        case ConfirmWork():
            return {"kind": "confirm", "text": work.text}
        case CsvWork():
            return {
                "kind": "csv",
                "query": work.query.text,
                "allow_no_effect": work.allow_no_effect,
                "compress": work.compress,
            }
        case TableCopyWork():
            return {
                "kind": "table",
                "statement": work.statement.text,
                "allow_no_effect": work.allow_no_effect,
            }
        case CheckWork():
            return _canonical_check(work)
        case MigrateWork():
            return {
                "kind": "migrate",
                "statements": [statement.text for statement in work.statements],
                "asserts": [_canonical_check(check) for check in work.asserts],
                "irreversible": work.irreversible,
                "allow_no_effect": work.allow_no_effect,
                **_canonical_way(work),
            }
        case ReverseWork():
            statements = [statement.text for statement in work.statements]
            return {"kind": "rollback", "of": work.of, "statements": statements}


def _canonical_way(work: MigrateWork) -> dict[str, Any]:
    """Return in which transactions a step runs; the size of the pages may change in the midst of it."""
    if work.batch is not None:
        return {"batch": {"table": work.batch.table, "key": work.batch.key}}
    return {"transaction": "none"} if work.outside else {}


def _canonical_check(work: CheckWork) -> dict[str, Any]:
    return {
        "kind": "check",
        "query": work.query.text,
        "expect": _canonical_expectation(work),
        "save_as": work.save_as,
        "severity": work.severity,
    }


def _canonical_expectation(work: CheckWork) -> dict[str, Any] | None:
    match work.expect:
        case None:
            return None
        case ExpectEqualsQuery():
            return {"equals": work.reference.text if work.reference else None}
        case expect:
            fields = {name: getattr(expect, name) for name in expect.__dataclass_fields__}
            return {type(expect).__name__: fields}
