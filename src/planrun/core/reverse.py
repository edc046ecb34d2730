"""The reverse plan: the statements of the way back of a run, made from the history, in one transaction.

It is a list of statements like a forward schedule, printed as one script that psql alone can run, and executed as it
was printed. Steps go back in the reverse of the order in which they ran.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from planrun.core import assured, conflicts, mirrored, restore, step_back
from planrun.core.ending import GONE_ON, REFUSED, raised
from planrun.core.foreign_keys import as_before, less, without
from planrun.core.planned import once
from planrun.core.policy import OnConflict, abort, summary
from planrun.core.quoting import do, literal
from planrun.core.script import BEGIN, Statement
from planrun.errors import NotReversible, Place, Refused
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from planrun.core.foreign_keys import ForeignKey
    from planrun.core.policy import Choice
    from planrun.core.record import RunRecord, StepRecord
    from planrun.core.undo import Captured, Copy, Undo

DONE = f"UPDATE planrun.run SET status = 'done', finished_at = pg_catalog.clock_timestamp() WHERE id = {conflicts.RUN}"
"""What tells the history that the way back is through."""

_DERIVED = "way back"
"""What the place of planrun's own statements begins with."""


@frozen
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
        apart: whether steps stay that ran later than one which goes.
        written: the names of the steps that it takes back by a script written by hand.
        by_hand: the last step that goes back, or went back, by such a script; 0 for none.
    """

    run: RunRecord
    steps: tuple[StepRecord, ...]
    opening: tuple[Statement, ...]
    parts: tuple[tuple[StepRecord, tuple[Statement, ...]], ...]
    closing: tuple[Statement, ...]
    choice: Choice = abort
    mirrors: frozenset[int] = frozenset()
    apart: bool = False
    written: frozenset[str] = frozenset()
    by_hand: int = 0

    @property
    def mirrored(self) -> tuple[StepRecord, ...]:
        """Those of `mirrors` that go back before all others do."""
        return tuple(step for step, _ in takewhile(lambda part: part[0].id in self.mirrors, self.parts))

    @property
    def words(self) -> frozenset[tuple[str, OnConflict]]:
        """What becomes of conflicts, table by table."""
        tables = ((step.step, name) for step, _ in self.parts for name in step_back.tables_of(step).values())
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


@frozen
class Begun:
    """What an interrupted way back left for the next one.

    Attributes:
        nets: by step and table, net effects that copies are compared with.
        kept: the tables of which it kept something.
    """

    nets: tuple[tuple[int, Captured], ...] = ()
    kept: frozenset[int] = frozenset()


_NOT_BEGUN = Begun()


def plan(
    run: RunRecord,
    foreign_keys: tuple[ForeignKey, ...],
    written: Mapping[str, tuple[str, tuple[Statement, ...]]],
    settings: str,
    lock: str,
    staying: tuple[StepRecord, ...] = (),
    begun: Begun = _NOT_BEGUN,
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
        begun: what an interrupted way back left.

    Raises:
        NotReversible: a step was declared irreversible, or its rollback step is gone.
        Refused: a rollback of a rollback brought a step again, and holds its way back.
    """
    left = {step.id for step in staying}
    going = (step for step in reversed(run.steps) if step.in_effect and step.id not in left)
    steps = tuple(_compared(step, staying) for step in going)
    _possible(run, steps, written)
    by_hand = max([run.by_hand, *(step.id for step in steps if step.step in written)])
    copies = {step.id: step.undo.copy for step in steps if step.undo and step.undo.copy and step.step not in written}
    parts = _Parts(foreign_keys, copies, begun, choice, assured.Anew(by_hand=by_hand))
    for step in steps:
        parts.add(step, written.get(step.step), settings)
    apart = run.direction == "execute" and bool(staying_later(steps, staying))
    sides = [table for step in steps if step.undo and step.step in written for table in step.undo.side_tables]
    return ReversePlan(
        run=run,
        steps=steps,
        opening=tuple(derived(sql) for sql in _opening(run, (*steps, *staying), settings, lock)),
        parts=tuple(parts.made),
        closing=tuple(derived(sql) for sql in (*guarded(apart=apart), *_closing(run, steps, staying, sides))),
        choice=choice,
        mirrors=frozenset(parts.mirrors),
        apart=apart,
        written=frozenset(step.step for step in steps if step.step in written),
        by_hand=by_hand,
    )


class _Parts:
    """Makes the statements of the steps, last first.

    What it keeps to itself is how things stand when the turn of the next one comes: the foreign keys, what is gone,
    what was kept, and which net effects and copies are still to be compared.

    Attributes:
        made: each step with something to take back, and its statements.
        mirrors: as for `ReversePlan`.
    """

    def __init__(
        self,
        foreign_keys: tuple[ForeignKey, ...],
        copies: dict[int, Copy],
        begun: Begun,
        choice: Choice,
        anew: assured.Anew,
    ) -> None:
        self.made: list[tuple[StepRecord, tuple[Statement, ...]]] = []
        self.mirrors: set[int] = set()
        self._choice = choice
        self._anew = anew
        self._keys = foreign_keys
        self._gone: set[int] = set()
        self._nets = list(begun.nets)
        self._copies = copies
        self._spared = {*begun.kept}

    def add(self, step: StepRecord, written: tuple[str, tuple[Statement, ...]] | None, settings: str) -> None:
        """Add a step; `written` and `settings` as for `plan`."""
        known = self._keys
        if step.undo is not None:
            # A table, a column or a foreign key that the step made goes before its rows do: nothing refers by it.
            self._gone |= {table.oid for table in step.undo.created}
            known = without(known, ((table.oid, c.current) for table in step.undo.added for c in table.columns))
            known = less(known, step.undo.keys_made)
        if written is not None:
            users, statements = written
            # Once for all pages of a batched step.
            if step.step not in {other.step for other, _ in self.made}:
                self.made.append((step, (_named(users, step), *statements, _named(settings, step))))
        elif step.undo is not None and not step.undo.empty:
            texts = self._derived(step, step.undo, known)
            self.made.append((step, tuple(_named(sql, step) for sql in texts)))
        if step.undo is not None:
            self._anew = self._anew.since(step.undo)
            self._keys = as_before(known, step.undo.renamed) + step.undo.foreign_keys

    def _derived(self, step: StepRecord, undo: Undo, known: tuple[ForeignKey, ...]) -> Iterator[str]:
        self._copies.pop(step.id, None)
        policies = step_back.policies_of(step, self._choice)
        # What a later step kept of a table stays, whatever this step's word for the table is.
        rows = {oid: _careful(policy, later=oid in self._spared) for oid, policy in policies.items()}
        self._spared |= {oid for oid, policy in policies.items() if policy is OnConflict.KEEP}
        if mirrored.possible(undo) and {*rows.values()} == {OnConflict.ABORT}:
            self.mirrors.add(step.id)
        needed = assured.needed(undo, known, policies)
        keys = tuple(key for key in known if key.child not in self._gone)
        yield from restore.held(needed, self._anew.tables)
        yield from assured.unaltered(needed, self._keys, self._anew.at(step.id))
        yield from step_back.statements(step, needed, keys, self._nets, policies, rows)
        yield from step_back.tidied(step.id, undo, self._nets, self._copies.values())


def staying_later(going: Iterable[StepRecord], staying: Iterable[StepRecord]) -> tuple[StepRecord, ...]:
    """Return the steps that stay and ran later than one that goes, of those that may have changed something."""
    first = min((step.id for step in going), default=0)
    changing = (s for s in staying if s.kind == "migrate" or (s.undo is not None and not s.undo.empty))
    return tuple(step for step in changing if first and step.id > first)


def _possible(run: RunRecord, steps: tuple[StepRecord, ...], written: Collection[str]) -> None:
    """Refuse steps whose way back is not known here.

    Raises:
        NotReversible: a step was declared irreversible, or its rollback step is gone.
        Refused: a rollback of a rollback brought a step again, and holds its way back.
    """
    given_up = (step.step for step in steps if step.undo and step.undo.irreversible and step.step not in written)
    if stuck := list(dict.fromkeys(given_up)):
        if run.direction == "rollback":
            raise NotReversible(
                f"run {run.id} cannot be taken back: what this rollback did could not be captured",
                hint="run the plan again with planrun execute",
            )
        was = "was" if len(stuck) == 1 else "were"
        raise NotReversible(
            f"run {run.id} cannot be taken back: {', '.join(stuck)} {was} declared irreversible",
            hint=f"add a rollback step for it to the plan, or take back what ran after it: --to {stuck[0]}",
        )
    # Of a step that goes back by hand nothing else is known: its undo log is empty.
    undone = [(step.step, step.undo.by_hand) for step in steps if step.undo and step.step not in written]
    if lost := {name: by_hand for name, by_hand in undone if by_hand}:
        ways, last = ", ".join(lost.values()), next(iter(lost))
        raise NotReversible(
            f"run {run.id} cannot be taken back: {ways} is no longer in the plan, the way back of {', '.join(lost)}",
            hint=f"put {ways} back into the plan, or take back what ran after {last}: --to {last}",
        )
    if again := next((step for step in steps if step.again_by), None):
        raise Refused(
            f"run {again.again_by} brought {again.step} again, and holds the way back",
            hint=f"take that one back: planrun rollback PLAN --run {again.again_by}",
        )


def _compared(step: StepRecord, staying: tuple[StepRecord, ...]) -> StepRecord:
    """Return a step without its copy when a step that stays wrote to the copied table later, or may have renamed it.

    What is restored is then not what was copied, or not under the names of then.
    """
    if step.undo is None or step.undo.copy is None:
        return step
    source = step.undo.copy.source
    later = [other for other in staying if other.id > step.id]
    changed = any(_changed(other.undo, source) for other in later if other.undo is not None)
    # What a step that came again wrote is in the undo log of the run that brought it.
    changed = changed or any(other.again_by for other in later)
    return replace(step, undo=replace(step.undo, copy=None)) if changed else step


def _changed(undo: Undo, table: int) -> bool:
    """Tell whether a step wrote rows of a table, or changed what it or its schema is called."""
    objects = {(item.catalog, item.oid) for item in undo.objects or ()}
    schemas = any(catalog == "pg_namespace" for catalog, _ in objects)
    return ("pg_class", table) in objects or schemas or any(item.oid == table for item in undo.captured)


def _careful(policy: OnConflict, *, later: bool) -> OnConflict:
    return OnConflict.KEEP if later and policy is OnConflict.ABORT else policy


def _named(sql: str, step: StepRecord) -> Statement:
    return Statement(sql, Place(f"{_DERIVED} of {step.step}"), "rollback")


def derived(sql: str) -> Statement:
    """Return a statement of planrun's own that belongs to no step."""
    return Statement(sql, Place(_DERIVED), "rollback")


def is_derived(statement: Statement) -> bool:
    """Whether a statement of a way back is planrun's own, not that of a rollback step in a file of somebody's."""
    return statement.place.file.startswith(_DERIVED)


# --- around the steps --------------------------------------------------------------------------


def _opening(run: RunRecord, steps: tuple[StepRecord, ...], settings: str, lock: str) -> Iterator[str]:
    yield settings
    yield lock
    numbers = ", ".join(str(step.id) for step in steps)
    last = max((step.id for step in steps), default=0)
    message = "the run went on, or was taken back, since this script was made: make a new one"
    yield do(
        "BEGIN\n  IF EXISTS (SELECT FROM planrun.step s JOIN planrun.run r ON r.id = s.run_id\n"
        f"    WHERE r.plan = {literal(run.plan)} AND s.status IN ('done', 'warned')\n"
        f"    AND (r.id = {run.id} OR r.direction = 'execute' AND s.id > {last})\n"
        f"    AND (s.reversed_by IS NULL) <> (s.id IN ({numbers or '0'}))) THEN\n"
        f"    {raised(GONE_ON, literal(message))}\n  END IF;\nEND"
    )
    unenforced = raised(
        REFUSED,
        literal("session_replication_role is replica, so that no foreign key is enforced: rows could refer to none"),
        "take it off the role and the database, as by ALTER ROLE NAME RESET session_replication_role",
    )
    yield do(
        "BEGIN\n  IF pg_catalog.current_setting('session_replication_role') = 'replica' THEN\n"
        f"    {unenforced}\n  END IF;\nEND"
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
    if any(step.reversed_by for step in run.steps):
        yield conflicts.kept_before(run.id)


def _closing(
    run: RunRecord, steps: tuple[StepRecord, ...], staying: tuple[StepRecord, ...], sides: list[str]
) -> Iterator[str]:
    for name in sides:
        yield f"DROP TABLE {name}"
    if steps:
        yield from marked(steps)
    if all(step.run != run.id for step in staying):
        yield f"UPDATE planrun.run SET status = 'rolled back' WHERE id = {run.id}"
    if run.direction == "rollback":
        yield from turned(run, steps)
    yield DONE


def guarded(*, apart: bool) -> Iterator[str]:
    """Yield what ends the way back when a conflict stands in its way; `apart` as for `ReversePlan`."""
    if apart:
        yield conflicts.not_kept()
    yield conflicts.guard()


def marked(steps: Iterable[StepRecord]) -> Iterator[str]:
    """Yield what the history is told of steps that went back."""
    numbers = ", ".join(str(step.id) for step in steps)
    yield f"UPDATE planrun.step SET reversed_by = {conflicts.RUN}, undo_bytes = 0 WHERE id IN ({numbers})"
    yield (
        "INSERT INTO planrun.step (run_id, step, kind, description, status, digest, source, finished_at, batch)\n"
        f"SELECT {conflicts.RUN}, step, 'rollback', 'way back', 'done', digest, '', pg_catalog.clock_timestamp(), batch"
        f" FROM planrun.step WHERE id IN ({numbers}) ORDER BY id DESC"
    )


def turned(run: RunRecord, steps: Iterable[StepRecord]) -> Iterator[str]:
    """Yield what tells the steps that a rollback had taken back, or brought again, that it was taken back itself.

    Args:
        run: the rollback.
        steps: those of its records that go back now.
    """
    numbers = ", ".join(str(step.id) for step in steps)
    same = (
        f"EXISTS (SELECT FROM planrun.step g WHERE g.id IN ({numbers}) AND g.step = s.step"
        " AND g.batch IS NOT DISTINCT FROM s.batch)"
    )
    yield (
        f"UPDATE planrun.step s SET reversed_by = {conflicts.RUN}, again_by = NULL WHERE again_by = {run.id} AND {same}"
    )
    yield (
        f"UPDATE planrun.step s SET reversed_by = NULL, again_by = {conflicts.RUN}, undo = NULL"
        f" WHERE reversed_by = {run.id} AND run_id <> {run.id} AND {same}"
    )
    yield (
        "UPDATE planrun.run r SET status = CASE WHEN EXISTS (SELECT FROM planrun.step s WHERE s.run_id = r.id"
        " AND s.reversed_by IS NULL) THEN 'done' ELSE 'rolled back' END WHERE r.direction = 'execute' AND EXISTS"
        f" (SELECT FROM planrun.step s WHERE s.run_id = r.id AND {conflicts.RUN} IN (s.reversed_by, s.again_by))"
    )


# --- as text -----------------------------------------------------------------------------------


UNLEASED = do(
    "BEGIN\n  IF EXISTS (SELECT FROM planrun.lease WHERE expires_at > pg_catalog.clock_timestamp())"
    " THEN\n    RAISE EXCEPTION 'a planrun holds this database';\n  END IF;\nEND"
)
"""The statement that ends a printed script while a run is under way."""


_NO_WAY_BACK = "-- What it brings again cannot be taken back any more; after planrun rollback itself it can."
"""What the head says of a script that takes a rollback back."""


def script(reverse: ReversePlan) -> str:
    """Return the whole way back as one script for ``psql -X``."""
    lines = [
        f"-- The way back of run {reverse.run.id} of plan {reverse.run.plan}, made by planrun.",
        "-- Run it with: psql -X -f THIS_FILE",
        "-- One transaction: a conflict or an error leaves everything as it is.",
        *(f"-- Conflicts: {line}" for line in (summary(reverse.words),) if line),
        *(("-- What it overwrites is not saved; planrun rollback itself saves that.",) if reverse.restores else ()),
        *((_NO_WAY_BACK,) if reverse.run.direction == "rollback" else ()),
        "\\set ON_ERROR_STOP on",
        f"{BEGIN};",
    ]
    lines += [f"{statement.text};" for statement in reverse.opening]
    lines.append(f"{UNLEASED};")
    prepared: set[str] = set()
    for step, statements in reverse.parts:
        lines.append(f"\n-- Step {step.step}")
        lines += [f"{statement.text};" for statement in once(statements, prepared)]
    lines.append("\n-- The history")
    lines += [f"{statement.text};" for statement in reverse.closing]
    lines.append("COMMIT;\n")
    return "\n".join(lines)
