"""The reverse plan: the statements of the way back of a run, made from the history, in one transaction.

It is a list of statements like a forward schedule, printed as one script that psql alone can run, and executed as it
was printed. Steps go back in the reverse of the order in which they ran.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from planrun.core import conflicts, hanging, mirrored, restore, restore_objects, restore_parts
from planrun.core.foreign_keys import as_before, less, without
from planrun.core.images import net_name
from planrun.core.policy import OnConflict, abort, summary
from planrun.core.quoting import do, literal
from planrun.core.remade import noted
from planrun.core.script import Statement
from planrun.errors import NotReversible, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from planrun.core.foreign_keys import ForeignKey
    from planrun.core.policy import Choice
    from planrun.core.record import RunRecord, StepRecord
    from planrun.core.undo import Captured, Copy, Undo


@dataclass(frozen=True, slots=True)
class ReversePlan:
    """The way back of a run.

    Attributes:
        run: the run that it takes back.
        steps: the steps that it takes back, last first.
        opening: statements before the first step.
        parts: for each step with something to take back its statements.
        closing: statements after the last step.
        choice: what becomes of conflicts.
        mirrors: the steps, by id, whose undo log read the other way round is that of their way back.
    """

    run: RunRecord
    steps: tuple[StepRecord, ...]
    opening: tuple[Statement, ...]
    parts: tuple[tuple[StepRecord, tuple[Statement, ...]], ...]
    closing: tuple[Statement, ...]
    choice: Choice = abort
    mirrors: frozenset[int] = frozenset()

    @property
    def mirrored(self) -> tuple[StepRecord, ...]:
        """Those of `mirrors` that go back before all others do."""
        return tuple(step for step, _ in takewhile(lambda part: part[0].id in self.mirrors, self.parts))

    @property
    def words(self) -> frozenset[tuple[str, OnConflict]]:
        """What becomes of conflicts, table by table."""
        tables = ((step.step, name) for step, _ in self.parts for name in tables_of(step).values())
        return frozenset((name, self.choice(step, name)) for step, name in tables)

    @property
    def restores(self) -> bool:
        """Whether it may overwrite what the application wrote."""
        return any(word is OnConflict.RESTORE for _, word in self.words)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements in their order."""
        middle = (statement for _, statements in self.parts for statement in statements)
        return (*self.opening, *middle, *self.closing)


def plan(
    run: RunRecord,
    foreign_keys: tuple[ForeignKey, ...],
    written: Mapping[str, tuple[str, tuple[Statement, ...]]],
    settings: str,
    lock: str,
    staying: tuple[StepRecord, ...] = (),
    standing: tuple[tuple[int, Captured], ...] = (),
    choice: Choice = abort,
) -> ReversePlan:
    """Make the reverse plan of a run, or of a part of it.

    Args:
        run: the run with its steps.
        foreign_keys: the foreign keys that point at tables of the run, as they are now.
        written: hand-written ways back by step id, each with the query that sets what they run under; they win over
            derived ones.
        settings: the query that fixes the session settings of the transaction.
        lock: the query that takes the advisory lock of a run.
        staying: the steps of the plan that stay in effect, also those of other runs.
        choice: what becomes of conflicts.
        standing: by step and table, net effects that an interrupted way back left for copies to be compared with.

    Raises:
        NotReversible: a step was declared irreversible.
    """
    kept = {step.id for step in staying}
    going = (step for step in reversed(run.steps) if step.in_effect and step.id not in kept)
    steps = tuple(_compared(step, staying) for step in going)
    given_up = (step.step for step in steps if step.undo and step.undo.irreversible and step.step not in written)
    if stuck := list(dict.fromkeys(given_up)):
        if run.direction == "rollback":
            raise NotReversible(
                f"run {run.id} cannot be taken back: what this rollback did could not be captured",
                hint="run the plan again with planrun execute",
            )
        raise NotReversible(
            f"run {run.id} cannot be taken back: {', '.join(stuck)} was declared irreversible",
            hint=f"add a rollback step for it to the plan, or take back what ran after it: --to {stuck[0]}",
        )
    copies = {step.id: step.undo.copy for step in steps if step.undo and step.undo.copy and step.step not in written}
    nets = list(standing)
    parts: list[tuple[StepRecord, tuple[Statement, ...]]] = []
    gone: set[int] = set()
    remade: set[int] = set()
    known = foreign_keys
    spared: set[int] = set()
    mirrors: set[int] = set()
    for step in steps:
        if step.undo is not None:
            # A table, a column or a foreign key that the step made goes before its rows do: nothing refers by it.
            gone |= {table.oid for table in step.undo.created}
            known = without(known, ((table.oid, c.current) for table in step.undo.added for c in table.columns))
            known = less(known, step.undo.keys_made)
        if step.step in written:
            users, statements = written[step.step]
            # Once for all pages of a batched step.
            if step.step not in {other.step for other, _ in parts}:
                parts.append((step, (_named(users, step), *statements, _named(settings, step))))
        elif step.undo is not None and not step.undo.empty:
            keys = tuple(key for key in known if key.child not in gone)
            copies.pop(step.id, None)
            policies = policies_of(step, choice)
            # What a later step kept of a table stays, whatever this step's word for the table is.
            rows = {oid: _careful(policy, later=oid in spared) for oid, policy in policies.items()}
            spared |= {oid for oid, policy in policies.items() if policy is OnConflict.KEEP}
            if mirrored.possible(step.undo) and {*rows.values()} == {OnConflict.ABORT}:
                mirrors.add(step.id)
            texts = [*_step(step, step.undo, keys, nets, remade, policies, rows)]
            texts += _tidy(step.id, step.undo, nets, copies.values())
            parts.append((step, tuple(_named(sql, step) for sql in texts)))
        if step.undo is not None:
            remade |= step.undo.lost
            known = as_before(known, step.undo.renamed) + step.undo.foreign_keys
    sides = [table for step in steps if step.undo and step.step in written for table in step.undo.side_tables]
    return ReversePlan(
        run=run,
        steps=steps,
        opening=tuple(_plain(sql) for sql in _opening(run, (*steps, *staying), settings, lock)),
        parts=tuple(parts),
        closing=tuple(_plain(sql) for sql in _closing(run, steps, staying, sides)),
        choice=choice,
        mirrors=frozenset(mirrors),
    )


def _compared(step: StepRecord, staying: tuple[StepRecord, ...]) -> StepRecord:
    """Return a step without its copy when a step that stays wrote to the copied table later.

    What is restored is then not what was copied.
    """
    if step.undo is None or step.undo.copy is None:
        return step
    source = step.undo.copy.source
    later = (other.undo for other in staying if other.id > step.id and other.undo is not None)
    written = any(table.oid == source for undo in later for table in undo.captured)
    return replace(step, undo=replace(step.undo, copy=None)) if written else step


def _named(sql: str, step: StepRecord) -> Statement:
    return Statement(sql, Place(f"way back of {step.step}"), "rollback")


def _plain(sql: str) -> Statement:
    return Statement(sql, Place("way back"), "rollback")


# --- around the steps --------------------------------------------------------------------------


def _opening(run: RunRecord, steps: tuple[StepRecord, ...], settings: str, lock: str) -> Iterator[str]:
    yield settings
    yield lock
    numbers = ", ".join(str(step.id) for step in steps)
    last = max((step.id for step in steps), default=0)
    yield do(
        "BEGIN\n  IF EXISTS (SELECT FROM planrun.step s JOIN planrun.run r ON r.id = s.run_id\n"
        f"    WHERE r.plan = {literal(run.plan)} AND s.status IN ('done', 'warned')\n"
        f"    AND (r.id = {run.id} OR r.direction = 'execute' AND s.id > {last})\n"
        f"    AND (s.reversed_by IS NULL) <> (s.id IN ({numbers or '0'}))) THEN\n"
        "    RAISE EXCEPTION USING ERRCODE = 'PR411', MESSAGE = 'the run went on, or was taken back, since this script"
        " was made: make a new one';\n  END IF;\nEND"
    )
    # The bodies of functions that come back may name what comes back later.
    yield "SELECT pg_catalog.set_config('check_function_bodies', 'off', true)"
    # A column that comes back to a parent is told to be merged with that of each child.
    yield "SELECT pg_catalog.set_config('client_min_messages', 'warning', true)"
    yield (
        "WITH r AS (INSERT INTO planrun.run (plan, direction, reverses, status, transaction, tool)\n"
        f"  VALUES ({literal(run.plan)}, 'rollback', {run.id}, 'running', 'plan', 'way back') RETURNING id)\n"
        "SELECT pg_catalog.set_config('planrun.run', id::text, true) FROM r"
    )


def _closing(
    run: RunRecord, steps: tuple[StepRecord, ...], staying: tuple[StepRecord, ...], sides: list[str]
) -> Iterator[str]:
    yield conflicts.guard()
    for name in sides:
        yield f"DROP TABLE {name}"
    if steps:
        yield from marked(steps)
    if all(step.run != run.id for step in staying):
        yield f"UPDATE planrun.run SET status = 'rolled back' WHERE id = {run.id}"
    if run.direction == "rollback":
        yield from _turned(run)
    yield (
        f"UPDATE planrun.run SET status = 'done', finished_at = pg_catalog.clock_timestamp() WHERE id = {conflicts.RUN}"
    )


def marked(steps: Iterable[StepRecord]) -> Iterator[str]:
    """Yield what the history is told of steps that went back."""
    numbers = ", ".join(str(step.id) for step in steps)
    yield f"UPDATE planrun.step SET reversed_by = {conflicts.RUN}, undo_bytes = 0 WHERE id IN ({numbers})"
    yield (
        "INSERT INTO planrun.step (run_id, step, kind, description, status, digest, source, finished_at, batch)\n"
        f"SELECT {conflicts.RUN}, step, 'rollback', 'way back', 'done', digest, '', pg_catalog.clock_timestamp(), batch"
        f" FROM planrun.step WHERE id IN ({numbers}) ORDER BY id DESC"
    )


def _turned(run: RunRecord) -> Iterator[str]:
    """Yield what tells the steps that a rollback had taken back, or brought again, that it was taken back itself."""
    yield f"UPDATE planrun.step SET reversed_by = {conflicts.RUN}, again_by = NULL WHERE again_by = {run.id}"
    yield (
        f"UPDATE planrun.step SET reversed_by = NULL, again_by = {conflicts.RUN}, undo = NULL"
        f" WHERE reversed_by = {run.id} AND run_id <> {run.id}"
    )
    yield (
        "UPDATE planrun.run r SET status = CASE WHEN EXISTS (SELECT FROM planrun.step s WHERE s.run_id = r.id"
        " AND s.reversed_by IS NULL) THEN 'done' ELSE 'rolled back' END WHERE r.direction = 'execute' AND EXISTS"
        f" (SELECT FROM planrun.step s WHERE s.run_id = r.id AND {conflicts.RUN} IN (s.reversed_by, s.again_by))"
    )


# --- one step ----------------------------------------------------------------------------------


def tables_of(step: StepRecord) -> dict[int, str]:
    """Return the tables that a step touched, by OID, under their names before it; 0: objects that are no tables."""
    if step.undo is None:
        return {}
    tables = {0: ""} if step.undo.definitions else {}
    tables |= {table.oid: table.before for table in (*step.undo.captured, *step.undo.saved, *step.undo.added)}
    tables |= {table.oid: table.name for table in step.undo.created}
    return tables


def policies_of(step: StepRecord, choice: Choice) -> dict[int, OnConflict]:
    """Return what becomes of conflicts on each table of a step, by its OID; 0: on objects that are no tables."""
    return {oid: choice(step.step, name) for oid, name in tables_of(step).items()}


def _careful(policy: OnConflict, *, later: bool) -> OnConflict:
    return OnConflict.KEEP if later and policy is OnConflict.ABORT else policy


def _step(
    step: StepRecord,
    undo: Undo,
    foreign_keys: tuple[ForeignKey, ...],
    nets: list[tuple[int, Captured]],
    remade: set[int],
    policies: restore.Policies,
    rows: restore.Policies,
) -> Iterator[str]:
    """Yield the way back of one step.

    Args:
        step: the step.
        undo: what it left for that.
        foreign_keys: the foreign keys that point at its tables.
        nets: the net effects of steps that went back already.
        remade: tables that have another OID by then, since the way back of later steps makes them again.
        policies: what becomes of its conflicts.
        rows: what becomes of rows in conflict, also by later steps.
    """
    tables = {table.oid: table.after for table in (*undo.captured, *undo.saved, *undo.added) if not table.lost}
    tables |= {table.oid: table.name for table in undo.created}
    if older := {oid: name for oid, name in tables.items() if oid not in remade}:
        yield restore.same_tables(older.items())
    if tables:
        yield restore.lock_tables(tables.items())
    if parts := [item for item in undo.definitions if item.of_table]:
        yield restore_parts.lock_parts(parts)
    yield from conflicts_of(step, undo, foreign_keys, policies)
    if undo.definitions or undo.grown:
        # A changed object may make the statements below fail, or fall victim to them.
        yield conflicts.guard("altered")
    if undo.copy is not None:
        yield from restore.compare_copy(undo.copy, nets)
    yield from undo.before_data
    yield from _rows(step.id, undo, rows)
    for saved in undo.saved:
        yield from conflicts.missing_values(step.step, saved, saved.columns)
    for table in undo.captured:
        if not table.lost:
            yield from conflicts.missing_values(step.step, table, table.gone)
    if undo.after_data:
        yield conflicts.guard()
    yield from undo.after_data
    yield from noted(undo.remade)


def _tidy(number: int, undo: Undo, nets: list[tuple[int, Captured]], copies: Iterable[Copy]) -> Iterator[str]:
    """Yield what drops the undo log of a step; `nets` lose what no copy of an earlier step is compared with."""
    waiting = {copy.source for copy in copies}
    standing = {table.side for table in undo.captured if table.standing}
    yield from (f"DROP TABLE {name}" for name in undo.side_tables if name not in standing)
    nets += [(number, table) for table in undo.captured]
    yield from (f"DROP TABLE {net_name(step, table)}" for step, table in nets if table.oid not in waiting)
    nets[:] = [(step, table) for step, table in nets if table.oid in waiting]


def conflicts_of(
    step: StepRecord, undo: Undo, foreign_keys: tuple[ForeignKey, ...], policies: restore.Policies
) -> Iterator[str]:
    """Yield the statements that list the conflicts of a step and write down what becomes of them."""
    lasting = [table for table in undo.captured if not table.lost]
    for table in undo.captured:
        yield from restore.create_net(step.id, table)
    for table in lasting:
        yield conflicts.changed_rows(step.id, step.step, table)
        yield from conflicts.lossy_values(step.id, step.step, table)
    hung = [
        hanging.hung_rows(step.id, step.step, table, key, policies[table.oid], _referring(undo, key.child, policies))
        for table in lasting
        for key in _pointing_at(table, foreign_keys)
    ]
    if hung and OnConflict.KEEP in policies.values():
        yield conflicts.repeated(hung)
    else:
        yield from hung
    for added in undo.added:
        if added.columns:
            yield conflicts.filled_columns(step.step, added)
    for created in undo.created:
        yield conflicts.changed_table(step.step, created)
    yield from _altered(step.step, undo)
    # Of rows without a key none can be told from its equals, so that none can be kept.
    keyless = {table.oid for table in undo.captured if not table.key}
    kept = [oid for oid, policy in policies.items() if policy is OnConflict.KEEP and oid not in keyless]
    restored = [oid for oid, policy in policies.items() if policy is OnConflict.RESTORE]
    if kept:
        yield conflicts.decided(step.step, kept, OnConflict.KEEP)
    if restored:
        yield conflicts.decided(step.step, restored, OnConflict.RESTORE)


def _altered(step_id: str, undo: Undo) -> Iterator[str]:
    """Yield the statements that list what no longer is as the step left it, besides rows and values."""
    if objects := [item for item in undo.definitions if not item.part]:
        yield restore_objects.changed_objects(step_id, objects)
    if parts := [item for item in undo.definitions if item.part]:
        yield restore_parts.changed_parts(step_id, parts)
    if undo.grown:
        yield restore_parts.hung_since(step_id, undo.grown)


def _referring(undo: Undo, oid: int, policies: restore.Policies) -> hanging.Referring | None:
    table = next((table for table in undo.captured if table.oid == oid), None)
    return None if table is None else hanging.Referring(table, policies[oid])


def _pointing_at(table: Captured, foreign_keys: Iterable[ForeignKey]) -> Iterator[ForeignKey]:
    known = {column.current for column in table.columns}
    for key in foreign_keys:
        if key.parent == table.oid and all(attnum in known for _, attnum, _ in key.pairs):
            yield key


def _rows(number: int, undo: Undo, policies: restore.Policies) -> Iterator[str]:
    written = {table.oid: table.before for table in (*undo.captured, *undo.saved)}
    if not written:
        return
    yield from restore.triggers_off(number, written.items())
    if undo.captured:
        yield restore.restore_rows(number, undo.captured, policies)
    for saved in undo.saved:
        yield restore.fill_saved(saved)
    for table in undo.captured:
        yield restore.verify_rows(number, table, policies[table.oid])
    yield from restore.triggers_on(number)


# --- as text -----------------------------------------------------------------------------------


def script(reverse: ReversePlan) -> str:
    """Return the whole way back as one script for ``psql -X``."""
    lines = [
        f"-- The way back of run {reverse.run.id} of plan {reverse.run.plan}, made by planrun.",
        "-- Run it with: psql -X -f THIS_FILE",
        "-- One transaction: a conflict or an error leaves everything as it is.",
        *(f"-- Conflicts: {line}" for line in (summary(reverse.words),) if line),
        *(("-- What it overwrites is not saved; planrun rollback itself saves that.",) if reverse.restores else ()),
        "\\set ON_ERROR_STOP on",
        "BEGIN;",
    ]
    lines += [f"{statement.text};" for statement in reverse.opening]
    lines.append(
        do(
            "BEGIN\n  IF EXISTS (SELECT FROM planrun.lease WHERE expires_at > pg_catalog.clock_timestamp())"
            " THEN\n    RAISE EXCEPTION 'a planrun holds this database';\n  END IF;\nEND"
        )
        + ";"
    )
    for step, statements in reverse.parts:
        lines.append(f"\n-- Step {step.step}")
        lines += [f"{statement.text};" for statement in statements]
    lines.append("\n-- The history")
    lines += [f"{statement.text};" for statement in reverse.closing]
    lines.append("COMMIT;\n")
    return "\n".join(lines)
