"""Gives every store of a plan its copy of each complete backup set, and keeps the history true about it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from planrun.app.opening import open_target
from planrun.app.stores import stores_of, upload
from planrun.core.console import plural
from planrun.edges.backups import manifest as manifest_file
from planrun.edges.postgres import history, monitoring
from planrun.edges.postgres.trouble import told
from planrun.errors import EnvironmentFault, UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planrun.core.plan import Plan
    from planrun.edges.postgres.connection import Connection
    from planrun.ports import Person, Store

# What a copy was once is not made again: the store has it, or gave it up by its own rule.
_SETTLED = frozenset({"completed", "pruned"})


def require_stores(plan: Plan) -> None:
    """Look whether the stores that get copies can be reached, before anything is backed up.

    Raises:
        EnvironmentFault: one cannot, or refuses us.
        UsageFault: its address cannot be used.
    """
    for store in stores_of(plan)[1:]:
        next(store.list("planrun"), None)


def copy_sets(
    plan: Plan,
    connection: Connection,
    person: Person,
    *,
    run: int | None = None,
    only: str | None = None,
) -> tuple[tuple[str, str], ...]:
    """Copy the sets of a plan that were made on this database to those of its stores that lack them.

    Args:
        plan: the plan.
        connection: to the database with the history, in autocommit.
        person: told each copy that was made, and shown how far it has come.
        run: the run whose sets they are; all runs if not given.
        only: the name of the one set to copy; also where the history says that it was copied, to repair the copy.

    Returns:
        The name of the set and the address of the store for each copy.

    Raises:
        EnvironmentFault: a set is damaged, or a store cannot take it; its copy is not there, then.
        Refused: a store holds another set of that name.
        UsageFault: an address cannot be used.
    """
    if len(plan.storage) == 1 or not history.installed(connection):
        return ()
    source, *others = stores_of(plan)
    made = []
    for name, store in _wanted(plan, connection, source, others, run=run, only=only):
        _copy(connection, Path(source.address) / name, store, person, anew=only is not None)
        made.append((name, store.address))
    return tuple(made)


def copy_all(
    plan: Plan, params: Mapping[str, str], person: Person, only: str | None = None
) -> tuple[tuple[str, str], ...]:
    """Carry out `planrun backup upload`: connect, and do what `copy_sets` does, which this returns and raises as.

    Raises:
        UsageFault: the plan has one store alone, as well.
    """
    if len(plan.storage) == 1:
        raise UsageFault(f"plan {plan.name} has no store for copies", hint="add one to its `storage`")
    connection, _ = open_target(params, plan)
    with connection, told(connection, f"upload the backups of {plan.name}"):
        return copy_sets(plan, connection, person, only=only)


def _wanted(
    plan: Plan, connection: Connection, source: Store, others: list[Store], *, run: int | None, only: str | None
) -> Iterator[tuple[str, Store]]:
    """Yield the sets that are complete at the source, and for each the stores that lack it."""
    records = [record for record in monitoring.artifacts(connection, plan.name) if record.set_name]
    settled = {(record.set_name, record.store) for record in records if record.status in _SETTLED}
    here = {
        record.set_name: None
        for record in records
        if record.store == source.address and record.status == "completed" and run in {None, record.run}
    }
    if only is not None and only not in here:
        raise EnvironmentFault(
            f"the history knows no complete backup set {only} of plan {plan.name} in {source.address}",
            hint=f"planrun backup list {source.address}",
        )
    for name in here:
        for store in others:
            if name == only or (only is None and (name, store.address) not in settled):
                yield str(name), store


def _copy(connection: Connection, folder: Path, store: Store, person: Person, *, anew: bool) -> None:
    began = time.perf_counter()
    monitoring.begin_copy(connection, folder.name, str(folder.parent), store.address)
    try:
        with person.follows(f"copy to {store.address}", "bytes", lambda: manifest_file.read(folder).bytes) as meter:
            files = upload(folder, store, meter.advanced, anew=anew)
    except BaseException as error:
        monitoring.fail_copy(connection, folder.name, store.address, error)
        error.add_note(
            f"the backup set {folder} is complete, and no copy of it counts in {store.address}; "
            "the next execute goes on with the copy, and so does planrun backup upload"
        )
        raise
    monitoring.finish_copy(connection, folder.name, store.address)
    number = f"{files} {plural('file', files)}"
    person.tells(f"     copied {folder.name} to {store.address}: {number} in {time.perf_counter() - began:.2f} s")
