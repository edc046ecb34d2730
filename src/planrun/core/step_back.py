"""The way back of one step: what stands in its way, what it puts back, and what goes of its undo log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core import (
    assured,
    computed,
    conflicts,
    enum_values,
    filled_since,
    grown,
    hanging,
    restore,
    restore_objects,
    restore_parts,
)
from planrun.core.calling import TO_OWN, TO_USERS, under_users
from planrun.core.images import net_name
from planrun.core.policy import OnConflict
from planrun.core.remade import noted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.foreign_keys import ForeignKey
    from planrun.core.policy import Choice
    from planrun.core.record import StepRecord
    from planrun.core.undo import Captured, Copy, Undo


def tables_of(step: StepRecord) -> dict[int, str]:
    """Return the tables that a step touched, by OID, under their names before it; 0: objects that are no tables."""
    if step.undo is None:
        return {}
    tables = {0: ""} if step.undo.described else {}
    tables |= {table.oid: table.before for table in (*step.undo.captured, *step.undo.saved, *step.undo.added)}
    tables |= {table.oid: table.name for table in step.undo.created}
    return tables


def policies_of(step: StepRecord, choice: Choice) -> dict[int, OnConflict]:
    """Return what becomes of conflicts on each table of a step, by its OID; 0: on objects that are no tables."""
    return {oid: choice(step.step, name) for oid, name in tables_of(step).items()}


def statements(
    step: StepRecord,
    undo: Undo,
    foreign_keys: tuple[ForeignKey, ...],
    nets: list[tuple[int, Captured]],
    policies: restore.Policies,
    rows: restore.Policies,
) -> Iterator[str]:
    """Yield the way back of one step, whose tables are locked.

    Args:
        step: the step.
        undo: what it left for that.
        foreign_keys: the foreign keys that point at its tables.
        nets: the net effects of steps that went back already.
        policies: what becomes of its conflicts.
        rows: what becomes of rows in conflict, also by later steps.
    """
    if parts := [item for item in undo.definitions if item.of_table]:
        yield restore_parts.lock_parts(parts)
    yield from conflicts_of(step, undo, foreign_keys, policies)
    yield from assured.told_apart(step.id, undo)
    if undo.described:
        # A changed object may make the statements below fail, or fall victim to them.
        yield conflicts.guard("altered", "renamed")
    if undo.copy is not None:
        yield from restore.compare_copy(undo.copy, nets)
    yield from map(under_users, undo.before_data)
    yield from _rows(step.id, undo, rows)
    for saved in undo.saved:
        yield from conflicts.missing_values(step.step, saved, saved.columns)
    for table in undo.captured:
        if not table.lost:
            yield from conflicts.missing_values(step.step, table, table.gone)
    if undo.after_data:
        yield conflicts.guard()
    yield from map(under_users, undo.after_data)
    for table in undo.captured:
        yield from computed.verify(step.id, table, anew=rows[table.oid] is OnConflict.RESTORE)
    yield from noted(undo.remade)


def tidied(number: int, undo: Undo, nets: list[tuple[int, Captured]], copies: Iterable[Copy]) -> Iterator[str]:
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
        yield from (computed.unknown(step.id, table, key) for key in _unknown(table, foreign_keys))
        yield from conflicts.uncastable(step.id, step.step, table)
        yield conflicts.changed_rows(step.id, step.step, table)
        yield from conflicts.lossy_values(step.id, step.step, table, policies[table.oid])
        if table.last and table.replaces:
            yield filled_since.written(step.id, step.step, table, undo.added)
    pointing = [
        (table, key, _referring(undo, key.child, policies))
        for table in lasting
        for key in _pointing_at(table, foreign_keys)
    ]
    hung = [
        hanging.hung_rows(step.id, step.step, table, key, policies[table.oid], child) for table, key, child in pointing
    ]
    # A row that stays holds the row that it refers to, and that the next, whatever becomes of them.
    if any(child is not None for _, _, child in pointing):
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
        yield from restore_parts.changed_parts(step_id, parts)
    if undo.grown:
        yield from grown.hung_since(step_id, undo.grown)
    if undo.enums:
        yield enum_values.renamed_since(step_id, undo.enums)


def _referring(undo: Undo, oid: int, policies: restore.Policies) -> hanging.Referring | None:
    table = next((table for table in undo.captured if table.oid == oid), None)
    return None if table is None else hanging.Referring(table, policies[oid])


def _pointing_at(table: Captured, foreign_keys: Iterable[ForeignKey]) -> Iterator[ForeignKey]:
    known = {column.current for column in table.columns}
    for key in foreign_keys:
        if key.parent == table.oid and all(attnum in known for _, attnum, _ in key.pairs):
            yield key


def _unknown(table: Captured, foreign_keys: Iterable[ForeignKey]) -> Iterator[ForeignKey]:
    """Yield the foreign keys to columns of which the log holds no values, such as a generated one of no key then."""
    known = {*_pointing_at(table, foreign_keys)}
    yield from (key for key in foreign_keys if key.parent == table.oid and key not in known)


def _rows(number: int, undo: Undo, policies: restore.Policies) -> Iterator[str]:
    written = {table.oid: table.before for table in (*undo.captured, *undo.saved)}
    if not written:
        return
    yield from restore.triggers_off(number, written.items())
    if undo.calls:
        yield TO_USERS
    if undo.captured:
        yield restore.restore_rows(number, undo.captured, policies)
    for saved in undo.saved:
        yield restore.fill_saved(saved)
    if undo.calls:
        yield TO_OWN
    for table in undo.captured:
        yield restore.verify_rows(number, table, policies[table.oid])
    yield from restore.triggers_on(number)
