"""What a JSON Schema cannot say: that the names in a plan mean something, and that bounds leave room.

Each rule reads the tree, or the outlines of its steps, and yields the faults that it finds, whether or not the
shape of the plan is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.duration import LONGEST_TIMEOUT, is_duration, milliseconds
from planrun.core.graph import ancestors, cycles, order
from planrun.core.policy import parts
from planrun.edges.source import keeping
from planrun.edges.source.outline import Outline, outlines
from planrun.edges.source.tree import Keyed, Node, Scalar, child, items, text
from planrun.edges.source.words import label, nearest, no_table, quoted
from planrun.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_CYCLES = 20
"""How many cycles are listed; their number may grow exponentially with the steps."""


def faults(root: Node) -> tuple[Fault, ...]:
    """Return what makes no sense in a plan."""
    steps = outlines(root)
    return (
        *_timeouts(root),
        *_ids(steps),
        *_needs(steps),
        *_cycles(steps),
        *_reverses(steps),
        *_saves(steps),
        *_saved(steps),
        *_bounds(steps),
        *_file_backups(root, steps),
        *_several_transactions(root),
        *_on_conflict(root, steps),
        *keeping.faults(root),
    )


def _timeouts(root: Node) -> Iterator[Fault]:
    for key in ("lock_timeout", "statement_timeout"):
        node = child(child(root, "defaults"), key)
        written = text(node)
        if node and written and is_duration(written) and milliseconds(written) > LONGEST_TIMEOUT:
            message = f"defaults.{key}: wanted at most {LONGEST_TIMEOUT}ms (24 days), found {written}"
            yield Fault(message, node.place, "0 sets no limit")


def _ids(steps: Sequence[Outline]) -> Iterator[Fault]:
    first: dict[str, Outline] = {}
    for step in steps:
        if step.id and first.setdefault(step.id, step) is not step:
            message = f"{step.label}: this id is given twice, first at {first[step.id].place}"
            yield Fault(message, step.place, "give each step an id of its own")


def _needs(steps: Sequence[Outline]) -> Iterator[Fault]:
    kinds = {step.id: step.kind for step in steps if step.id}
    for step in steps:
        for need in step.mentions:
            where = f"{step.label}: needs {quoted(need.name)}"
            if need.name not in kinds:
                others = (name for name, kind in kinds.items() if name != step.id and kind != "rollback")
                yield Fault(f"{where}, but no step has this id", need.place, nearest(need.name, others))
            elif need.name == step.id:
                yield Fault(f"{where}, which is the step itself", need.place, "remove it")
            elif kinds[need.name] == "rollback":
                message = f"{where}, a rollback step, which does nothing in a forward run"
                yield Fault(message, need.place, "need the step that it reverses, or nothing")


def _cycles(steps: Sequence[Outline]) -> Iterator[Fault]:
    first = {step.id: step for step in reversed(steps)}
    found = [cycle for cycle in cycles(steps, MOST_CYCLES + 1) if len(cycle) > 1]
    for cycle in found[:MOST_CYCLES]:
        message = f"steps need each other in a cycle: {' -> '.join((*cycle, cycle[0]))}"
        yield Fault(message, first[cycle[0]].place, "remove one of these needs")
    for cycle in found[MOST_CYCLES:]:
        yield Fault(f"there are more than {MOST_CYCLES} cycles", first[cycle[0]].place, "break those listed first")


def _reverses(steps: Sequence[Outline]) -> Iterator[Fault]:
    kinds = {step.id: step.kind for step in steps if step.id}
    migrations = [name for name, kind in kinds.items() if kind == "migrate"]
    first: dict[str, Outline] = {}
    for step in steps:
        if step.of is None:
            continue
        where = f"{step.label}: rollback.of names {quoted(step.of.name)}"
        kind = kinds.get(step.of.name)
        if step.of.name not in kinds:
            yield Fault(f"{where}, but no step has this id", step.of.place, nearest(step.of.name, migrations))
        elif kind not in {"migrate", None}:
            message = f"{where}, a {kind} step, wanted a migrate step"
            yield Fault(message, step.of.place, "only a migrate step has a way back written by hand")
        elif (other := first.setdefault(step.of.name, step)) is not step:
            message = f"{where}, which {other.label} at {other.place} reverses already"
            yield Fault(message, step.of.place, "write one way back for a step")


def _saves(steps: Sequence[Outline]) -> Iterator[Fault]:
    first: dict[str, Outline] = {}
    for step in steps:
        if step.save_as and (other := first.setdefault(step.save_as.name, step)) is not step:
            name = quoted(step.save_as.name)
            message = f"{step.label}: saves its result as {name}, as {other.label} at {other.place} does"
            yield Fault(message, step.save_as.place, "give each result a name of its own")


def _saved(steps: Sequence[Outline]) -> Iterator[Fault]:
    """Look for the result that an expectation names: a step that runs before must save it."""
    savers = {step.save_as.name: step for step in reversed(steps) if step.save_as}
    for step in steps:
        for expect in step.expects:
            node = child(child(expect, "equals"), "saved")
            if not isinstance(node, Scalar):
                continue
            where = f"{step.label}: compares with the saved result {quoted(node.text)}"
            saver = savers.get(node.text)
            if saver is None:
                yield Fault(f"{where}, but no check saves it", node.place, nearest(node.text, savers))
            elif saver is step:
                yield Fault(f"{where}, which it saves itself", node.place, "name the result of an earlier check")
            elif saver.id not in ancestors(steps, step.id):
                message = f"{where}, but does not need {saver.label}, which saves it"
                yield Fault(message, node.place, f"add {saver.id} to its needs")


def _bounds(steps: Sequence[Outline]) -> Iterator[Fault]:
    for step in steps:
        for expect in step.expects:
            for key in ("rows", "value"):
                low, high = child(child(expect, key), "min"), child(child(expect, key), "max")
                if low and _exceeds(low, high):
                    message = f"{step.label}: expect.{key}: min {text(low)} is more than max {text(high)}"
                    yield Fault(message, low.place, "exchange them")


def _exceeds(low: Node | None, high: Node | None) -> bool:
    match low, high:
        case Scalar(value=int() | float() as least), Scalar(value=int() | float() as most):
            return least > most
        case _:
            return False


def _file_backups(root: Node, steps: Sequence[Outline]) -> Iterator[Fault]:
    """Under ``transaction: plan``, look for files written between the statements of the one transaction.

    Such a backup would wait for the locks of that transaction, and could not see its changes.
    """
    if text(child(root, "transaction")) != "plan" or cycles(steps, limit=1):
        return
    migrations: list[Outline] = []
    for step in order(steps):
        if step.kind == "migrate":
            migrations.append(step)
        elif step.writes_files and migrations:
            before = ancestors(steps, step.id)
            needed = next((other for other in migrations if other.id in before), None)
            behind = needed or migrations[0]
            message = (
                f"{step.label}: a backup that writes files runs behind {behind.label}, a migrate step, "
                "inside the one transaction of the plan"
            )
            cure = "need no migrate step" if needed else f"put it before {behind.label} in the file"
            yield Fault(message, step.place, f"{cure}, or set transaction: step")


def _several_transactions(root: Node) -> Iterator[Fault]:
    """Under ``transaction: plan``, look for steps that are not one transaction, and so cannot be a part of one."""
    if text(child(root, "transaction")) != "plan":
        return
    for number, step in enumerate(items(child(root, "steps"))):
        where = label(root, ("steps", number))
        migrate = child(step, "migrate")
        if batch := child(migrate, "batch"):
            message = f"{where}: batch: each page is a transaction, but the whole plan is to be one"
            yield Fault(message, batch.place, "remove batch:, or set transaction: step for the plan")
        if text(way := child(migrate, "transaction")) is not None and way:
            message = f"{where}: transaction: none: it cannot run in a transaction, but the whole plan is to be one"
            yield Fault(message, way.place, "set transaction: step for the plan")


# --- conflicts ----------------------------------------------------------------------------------


def _on_conflict(root: Node, steps: Sequence[Outline]) -> Iterator[Fault]:
    """Look for words on conflicts that no rollback would ever ask for, and for tables that are none."""
    written = {step.of.name: step for step in steps if step.of is not None}
    for outline, step in zip(steps, items(child(root, "steps")), strict=True):
        migrate = child(step, "migrate")
        on_conflict = child(migrate, "on_conflict")
        if on_conflict is None:
            continue
        where = f"{outline.label}: migrate.on_conflict"
        if other := written.get(outline.id):
            message = f"{where}: {other.label} takes the step back by a script, which knows of no conflicts"
            yield Fault(message, on_conflict.place, "remove it, or the rollback step")
        elif isinstance(declared := child(migrate, "irreversible"), Scalar) and declared.value is True:
            message = f"{where}: the step is irreversible, so that no rollback meets conflicts of it"
            yield Fault(message, on_conflict.place, "remove it, or irreversible")
        yield from _tables(child(on_conflict, "tables"), f"{where}.tables")


def _tables(tables: Node | None, where: str) -> Iterator[Fault]:
    first: dict[tuple[str, ...], str] = {}
    for name, entry in tables.entries.items() if isinstance(tables, Keyed) else ():
        read = parts(name)
        if read is None:
            yield no_table(where, name, entry.place)
        elif first.setdefault(read, name) != name:
            message = f"{where}: {quoted(name)} means the same table as {quoted(first[read])}"
            yield Fault(message, entry.place, "remove one of them")
