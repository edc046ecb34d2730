"""Shows what lies in the stores of a plan, in a folder or in a bucket: `planrun backup list`.

No database is asked: all that is known of a set lies beside it, so that sets are found when their database is gone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planrun.app.beside import by_path, holds_in, verification_in
from planrun.app.sets import NotASet, StoredSet, sets
from planrun.app.stores import name_of, open_store, store_of
from planrun.core.address import is_address
from planrun.core.manifest import seal_of
from planrun.edges.backups import manifest as manifest_file
from planrun.edges.storage.folder import FolderStore
from planrun.errors import EnvironmentFault, UsageFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from planrun.core.hold import Hold
    from planrun.core.plan import Plan, Storage
    from planrun.core.verification import Verification
    from planrun.ports import Store


@frozen
class Known:
    """A set and what is known of it: how far it was verified, and what keeps it."""

    set: StoredSet
    verification: Verification | None
    holds: tuple[Hold, ...]


@frozen
class Shelf:
    """A store and what lies in it.

    Attributes:
        unseen: why that is not known, where it could not be looked at.
        missing: whether it is a folder that is not there: none was made yet, or a disk is not mounted.
    """

    address: str
    sets: tuple[Known, ...] = ()
    others: tuple[NotASet, ...] = ()
    unseen: str | None = None
    missing: bool = False


def listing(text: str) -> tuple[Shelf, ...]:
    """Return what lies in the stores that a text names: those of a plan, a folder, or an address of a bucket.

    A store of a plan that cannot be looked at hides nothing of the others.

    Raises:
        EnvironmentFault: there is no such folder, or the one store that is named cannot be read.
        PlanInvalid: it is a file and no good plan.
        UsageFault: the address cannot be used.
    """
    if not is_address(text) and Path(text).is_file():
        from planrun.edges.source import load  # noqa: PLC0415  a folder or a bucket is listed without it

        plan = load(Path(text))
        return tuple(_of_plan(plan, storage) for storage in plan.storage)
    if not is_address(text) and not Path(text).is_dir():
        raise EnvironmentFault(
            f"there is no folder {text}",
            hint="name a plan, the folder of its storage (`backups` without one) or an address such as s3://bucket",
        )
    if not is_address(text) and (Path(text) / manifest_file.NAME).exists():
        raise UsageFault(
            f"{text} is a backup set, not a folder of them",
            hint=f"planrun backup list {Path(text).absolute().parent} lists it with the others",
        )
    return (_shelf(open_store(text)),)


def _of_plan(plan: Plan, storage: Storage) -> Shelf:
    try:
        return _shelf(store_of(plan, storage))
    except EnvironmentFault as error:
        return Shelf(name_of(plan, storage), unseen=error.message)


def _shelf(store: Store) -> Shelf:
    found = sets(store)
    known = tuple(
        Known(
            item,
            verification_in(store, item.name, present, seal_of(item.manifest)),
            holds_in(store, item.name, present),
        )
        for item in found
        if isinstance(item, StoredSet) and (present := by_path(item.name, item.objects))
    )
    others = tuple(item for item in found if isinstance(item, NotASet))
    return Shelf(store.address, known, others, missing=isinstance(store, FolderStore) and not store.root.is_dir())
