"""The way back of a run in several transactions: for runs with batched steps, or with steps outside of a transaction.

First the conflicts of the whole run are looked for, without a lock and with nothing changed. Then the steps go back,
last first, each transaction with its part of the history: an interruption leaves a shorter run to take back. Each
transaction looks again at what it restores; a conflict that arose meanwhile ends the way back there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core import assured, conflicts, reverse, step_back
from planrun.core.ending import GONE_ON, raised
from planrun.core.foreign_keys import less
from planrun.core.images import key_text, net_name, unchanged
from planrun.core.planned import once
from planrun.core.quoting import do, literal
from planrun.core.reverse import derived
from planrun.core.script import BEGIN
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.foreign_keys import ForeignKey
    from planrun.core.outside import Sent
    from planrun.core.record import StepRecord
    from planrun.core.reverse import ReversePlan
    from planrun.core.script import Statement
    from planrun.core.undo import Captured, Enum, Undo

ROWS = 50_000
"""Pages of one step share a transaction up to so many rows."""

NOTHING_TO_SEND = "SELECT"
"""What `asked` answers when the catalogs do not call for a statement."""


@frozen
class Frame:
    """What each transaction begins with: the query that fixes its settings, and the one that takes a run's lock.

    And the query that fixes the settings of a session, for what a script sends outside of transactions.
    """

    settings: str
    session: str
    lock: str


@frozen
class Stage:
    """One transaction of the way back.

    Attributes:
        label: what it does, for people.
        statements: its statements.
        closing: those that end it and write its part of the history.
        group: the records of the steps that it takes back.
        kept: whether it is committed; else it only looks, and is rolled back.
        steps: the ids of the steps that are back when it is committed.
        sends: what is sent after it, outside of any transaction.
    """

    label: str
    statements: tuple[Statement, ...]
    kept: bool = True
    steps: tuple[str, ...] = ()
    sends: tuple[Sent, ...] = ()
    closing: tuple[Statement, ...] = ()
    group: tuple[StepRecord, ...] = ()


def stages(plan: ReversePlan, frame: Frame, foreign_keys: tuple[ForeignKey, ...]) -> tuple[Stage, ...]:
    """Return the transactions of a way back; none when it is one transaction.

    Args:
        plan: the way back.
        frame: what each transaction begins with.
        foreign_keys: the foreign keys that point at tables of the run, as they are now.
    """
    if not any(step.page or _sends(plan, step) for step in plan.steps):
        return ()
    return (
        look(plan, foreign_keys),
        Stage("begin", (derived(_settled(plan)), *plan.opening)),
        *(stage for group in _groups(plan) for stage in _back(plan, frame, group)),
        Stage("end", tuple(derived(sql) for sql in (frame.settings, frame.lock, _run(plan), *_end(plan)))),
    )


def look(plan: ReversePlan, foreign_keys: tuple[ForeignKey, ...]) -> Stage:
    """Return the transaction that only looks for the conflicts of the whole run; arguments as for `stages`."""
    looking = tuple(derived(sql) for sql in (*_look(plan, foreign_keys), *reverse.guarded(apart=plan.apart)))
    return Stage("look for conflicts in the whole run", (*plan.opening, *looking), kept=False)


def within(plan: ReversePlan) -> ReversePlan:
    """Return what of a way back can be tried in one transaction that is rolled back.

    Of what is sent outside of any, that is whether something else has the name by now.
    """
    parts, names = [], frozenset[str]()
    for step, statements in plan.parts:
        if not _sends(plan, step):
            parts.append((step, statements))
        elif step.undo is not None:
            own = _names(step.undo)
            if not names & own:
                parts.append((step, tuple(map(derived, step.undo.before_data))))
            names |= own
    return replace(plan, parts=tuple(parts))


def _names(undo: Undo) -> frozenset[str]:
    return frozenset(name for item in undo.objects or () for name in item.names)


def _sends(plan: ReversePlan, step: StepRecord) -> tuple[Sent, ...]:
    return step.undo.outside if step.undo is not None and step.step not in plan.written else ()


# --- conflicts of the whole run ----------------------------------------------------------------


def _look(plan: ReversePlan, foreign_keys: tuple[ForeignKey, ...]) -> Iterator[str]:
    """Yield what lists the conflicts that can be told from the state of now, before anything is taken back.

    A row that the run wrote several times is compared with what the last of those steps left. What later steps
    altered is left to its turn: the state that earlier ones are compared with is not there yet.
    """
    there, anew, later = foreign_keys, assured.Anew(by_hand=plan.by_hand), _Later()
    for step in plan.steps:
        undo = step.undo
        if undo is None or undo.empty:
            continue
        if step.step in plan.written or undo.objects is None:
            return
        visible = later.leaves(undo)
        if undo.outside and later.outside is not None and not later.outside & _names(undo):
            yield from undo.before_data
        foreign_keys = less(foreign_keys, undo.keys_made)
        hidden = later.touched | {table.oid for table in undo.captured if table not in visible.captured}
        yield f"SELECT pg_catalog.set_config('planrun.mark', {_LAST_CONFLICT}, true)"
        keys = tuple(key for key in foreign_keys if key.child not in hidden)
        policies = step_back.policies_of(step, plan.choice)
        visible = assured.needed(visible, foreign_keys, policies)
        yield from assured.unaltered(
            replace(visible, saved=(), remade=(), named=(), mentioned=()), there, anew.at(step.id)
        )
        yield from step_back.conflicts_of(step, visible, keys, policies)
        for table in visible.captured:
            if table.key:
                yield from _once(step.id, table, first=table.oid not in later.compared)
            elif not table.standing:
                yield f"DROP TABLE {net_name(step.id, table)}"
        later = later.and_of(undo, visible)


@frozen
class _Later:
    """What the steps did that go back before the one that is looked at.

    Attributes:
        touched: the tables that they wrote, made or added columns to.
        altered: the relations that they changed, and the tables of which they wrote rows that no key told.
        compared: the tables of which rows were compared.
        defined: the names of the definitions that they left.
        enums: what they did to enums.
        changed: whether they changed any object.
        renamed: whether they gave one another name.
        types: whether they changed a type.
        outside: the names of the indexes that they made or dropped outside of transactions; None if they also changed
            objects in one, since it cannot be told then what a name will mean.
    """

    touched: frozenset[int] = frozenset()
    altered: frozenset[int] = frozenset()
    compared: frozenset[int] = frozenset()
    defined: frozenset[str] = frozenset()
    enums: frozenset[Enum] = frozenset()
    changed: bool = False
    renamed: bool = False
    types: bool = False
    outside: frozenset[str] | None = frozenset()

    def leaves(self, undo: Undo) -> Undo:
        """Return what of the undo log of an earlier step can be compared while these are not taken back yet.

        What a later step gave another name may stand in the name or the text of any other. A part may read otherwise,
        or have more hung on it, since a later step changed what it is made of, and a privilege may have been granted,
        or a value of an enum renamed, by it.
        """
        definitions = () if self.renamed else undo.definitions
        tables = self.touched | self.altered
        return replace(
            undo,
            captured=tuple(
                # Of rows without a key it is only known what they were when the last step that wrote any had ended.
                table
                for table in undo.captured
                if table.after and table.oid not in (self.altered if table.key else tables)
            ),
            added=tuple(table for table in undo.added if table.oid not in tables),
            created=tuple(table for table in undo.created if table.oid not in tables),
            definitions=tuple(
                item
                for item in definitions
                if item.name not in self.defined and not ((item.part or item.granted) and self.changed)
            ),
            grown=() if self.changed else undo.grown,
            enums=() if self.types else tuple(enum for enum in undo.enums if enum not in self.enums),
        )

    def and_of(self, undo: Undo, compared: Undo) -> _Later:
        """Return it with what one more step did, and what of that was compared."""
        objects = undo.objects or ()
        touched = {table.oid for table in (*undo.captured, *undo.saved, *undo.added)}
        return _Later(
            touched=self.touched | touched | {table.oid for table in undo.created},
            # Nor is it known by their keys which rows were written once somebody had dropped the key.
            altered=self.altered.union(
                (item.oid for item in objects if item.catalog == "pg_class"),
                (table.oid for table in undo.captured if not table.key),
            ),
            compared=self.compared.union(table.oid for table in compared.captured),
            defined=self.defined.union(item.name for item in undo.definitions),
            enums=self.enums.union(undo.enums),
            changed=self.changed or bool(objects or undo.outside),
            renamed=self.renamed or any(item.names for item in objects),
            types=self.types or any(item.catalog == "pg_type" for item in objects),
            outside=None if self.outside is None or (objects and not undo.outside) else self.outside | _names(undo),
        )


_LAST_CONFLICT = f"(SELECT coalesce(pg_catalog.max(id), 0)::text FROM planrun.conflict WHERE run_id = {conflicts.RUN})"


def _once(step: int, table: Captured, *, first: bool) -> Iterator[str]:
    """Yield what leaves out conflicts on what a later step wrote as well, and remembers what this one wrote.

    That is a whole row, or some values of it: what is in the others, the later step found there and left there.
    """
    keys = f'planrun."keys_{table.oid}"'
    if first:
        yield f"CREATE TABLE {keys} (key text, column_name text)"
    else:
        mark = "pg_catalog.current_setting('planrun.mark')::bigint"
        new = f"run_id = {conflicts.RUN} AND relid = {table.oid} AND id > {mark}"
        yield do(
            f"BEGIN\n  IF EXISTS (SELECT FROM planrun.conflict WHERE {new}) THEN\n"
            f"    DELETE FROM planrun.conflict c WHERE {new} AND EXISTS (SELECT FROM {keys} s WHERE s.key = c.key"
            " AND (s.column_name IS NULL OR s.column_name = c.column_name));\n"
            "  END IF;\nEND"
        )
    net = net_name(step, table)
    wrote = ", ".join(
        ["(NULL, n.op <> 'u')"]
        + [
            f"({literal(c.after)}, n.op = 'u' AND NOT ({unchanged(f'n.b{c.attnum}', f'n.a{c.attnum}', c)}))"
            for c in table.lasting
            if not c.kept
        ]
    )
    yield (
        f"INSERT INTO {keys} SELECT {key_text('n', table)}, v.column_name FROM {net} n"
        f" CROSS JOIN LATERAL (VALUES {wrote}) v (column_name, wrote) WHERE v.wrote"
    )
    if not table.standing:
        yield f"DROP TABLE {net}"


# --- one transaction ---------------------------------------------------------------------------


def _groups(plan: ReversePlan) -> Iterator[tuple[StepRecord, ...]]:
    """Yield the steps that go back in one transaction; those with nothing to take back go with their neighbours."""
    working = {step.id for step, _ in plan.parts}
    group: list[StepRecord] = []
    for step in plan.steps:
        if group and not _goes_along(plan, group, step, working):
            yield tuple(group)
            group = []
        group.append(step)
    if group:
        yield tuple(group)


def _goes_along(plan: ReversePlan, group: list[StepRecord], step: StepRecord, working: set[int]) -> bool:
    if any(_sends(plan, other) for other in (*group, step)):
        return False
    others = [other for other in group if other.id in working]
    if not others or step.id not in working:
        return True
    pages = all(other.page is not None and other.step == step.step for other in (*others, step))
    return pages and sum(map(_rows, (*others, step))) <= ROWS


def _rows(step: StepRecord) -> int:
    captured = step.undo.captured if step.undo is not None else ()
    return sum(table.inserted + table.updated + table.deleted for table in captured)


def _back(plan: ReversePlan, frame: Frame, group: tuple[StepRecord, ...]) -> Iterator[Stage]:
    names = tuple(dict.fromkeys(step.step for step in group))
    begin = tuple(derived(sql) for sql in _begin(plan, frame, group))
    sends = tuple(sent for step in group for sent in _sends(plan, step))
    label = ", ".join(names) + _pages(group)
    if sends:
        (step,) = group
        before = step.undo.before_data if step.undo is not None else ()
        after = step.undo.after_data if step.undo is not None else ()
        yield Stage(f"{label}, outside of a transaction", (*begin, *map(derived, before)), sends=sends)
        parts = tuple(map(derived, after))
    else:
        own = {step.id for step in group}
        parts = tuple(statement for step, statements in plan.parts if step.id in own for statement in statements)
    end = tuple(derived(sql) for sql in _marked(plan, group))
    # What was sent outside of a transaction is in no undo log.
    yield Stage(label, (*begin, *parts), steps=names, closing=end, group=() if sends else group)


def _pages(group: Iterable[StepRecord]) -> str:
    numbers = [step.page.number for step in group if step.page is not None]
    if not numbers:
        return ""
    return f", page {numbers[0]}" if len(numbers) == 1 else f", pages {numbers[0]} to {numbers[-1]}"


def _begin(plan: ReversePlan, frame: Frame, group: tuple[StepRecord, ...]) -> Iterator[str]:
    yield frame.settings
    yield frame.lock
    yield _run(plan)
    yield "SELECT pg_catalog.set_config('check_function_bodies', 'off', true)"
    numbers = ", ".join(str(step.id) for step in group)
    message = "the run was taken back since this script was made: make a new one"
    yield do(
        f"BEGIN\n  IF EXISTS (SELECT FROM planrun.step WHERE id IN ({numbers})"
        f" AND reversed_by IS NOT NULL) THEN\n    {raised(GONE_ON, literal(message))}\n  END IF;\nEND"
    )


def _marked(plan: ReversePlan, group: tuple[StepRecord, ...]) -> Iterator[str]:
    yield from reverse.guarded(apart=plan.apart)
    for step in group:
        if step.undo is not None and step.step in plan.written:
            yield from (f"DROP TABLE {name}" for name in step.undo.side_tables)
    yield from reverse.marked(group)
    if plan.run.direction == "rollback":
        # With each part, so that the history is true wherever it stops.
        yield from reverse.turned(plan.run, group)


# --- the run -----------------------------------------------------------------------------------


def _run(plan: ReversePlan) -> str:
    return (
        "SELECT pg_catalog.set_config('planrun.run', (SELECT pg_catalog.max(id)::text FROM planrun.run"
        f" WHERE reverses = {plan.run.id} AND direction = 'rollback' AND status = 'running'), true)"
    )


def _settled(plan: ReversePlan) -> str:
    return (
        "UPDATE planrun.run SET status = 'failed', error = 'it was interrupted; a later one went on',"
        f" finished_at = pg_catalog.clock_timestamp() WHERE reverses = {plan.run.id} AND direction = 'rollback'"
        " AND status = 'running'"
    )


def _end(plan: ReversePlan) -> Iterator[str]:
    back = {step.id for step in plan.steps}
    if all(step.id in back for step in plan.run.steps if step.in_effect):
        yield f"UPDATE planrun.run SET status = 'rolled back' WHERE id = {plan.run.id}"
    yield reverse.DONE


# --- as text -----------------------------------------------------------------------------------


def asked(sent: Sent) -> str:
    """Return the query whose answer is the statement to send, or one that does nothing."""
    return f"SELECT coalesce((SELECT {literal(sent.sql)} WHERE {sent.when}), '{NOTHING_TO_SEND}') AS statement"


def script(plan: ReversePlan, staged: tuple[Stage, ...], frame: Frame) -> str:
    """Return the whole way back as one script for ``psql -X``."""
    lines = [
        f"-- The way back of run {plan.run.id} of plan {plan.run.plan}, made by planrun.",
        "-- Run it with: psql -X -f THIS_FILE",
        "-- Several transactions: a conflict or an error ends it there; what was committed before stays taken back.",
        "-- To go on after that, make a new script.",
        "\\set ON_ERROR_STOP on",
        f"{frame.session};",
    ]
    for stage in staged:
        lines += [f"\n-- {stage.label}", f"{BEGIN};", f"{reverse.UNLEASED};"]
        lines += [f"{statement.text};" for statement in once((*stage.statements, *stage.closing), set())]
        lines.append("COMMIT;" if stage.kept else "ROLLBACK;")
        for sent in stage.sends:
            # What an index is defined as is read under fixed settings.
            lines += ["BEGIN;", f"{frame.settings};", f"{asked(sent)} \\gset planrun_", "COMMIT;"]
            lines += [f"\\echo {literal(sent.sql)}", ":planrun_statement ;"]
    return "\n".join(lines) + "\n"
