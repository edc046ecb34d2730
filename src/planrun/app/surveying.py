"""What lies in a store, as `prune` sees it: sets with all that is beside their manifests, and what is left alone.

A set counts when its name is the one that its manifest was given, and when it is of the plan and of the database in
question. Everything else is somebody else's, and is only told.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from planrun.app.beside import by_path, holds_in, verification_in
from planrun.app.sets import NotASet, StoredSet, content, sets
from planrun.core import hold as holds
from planrun.core.manifest import seal_of
from planrun.core.set_name import fits
from planrun.edges.backups import manifest as manifest_file
from planrun.edges.backups.folder import run_of
from planrun.errors import EnvironmentFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from planrun.core.hold import Hold
    from planrun.core.manifest import Manifest, StoredFile
    from planrun.core.record import Server
    from planrun.core.verification import Level
    from planrun.ports import Store

_MARK = ".pruning.json"


class LeftBecause(StrEnum):
    """Why something in a store is none of ours, as a word for programs."""

    FOREIGN = "foreign"
    INCOMPLETE = "incomplete"
    UNREADABLE = "unreadable"
    OTHER_PLAN = "other plan"
    OTHER_DATABASE = "other database"


@frozen
class Left:
    """Something in a store that is left alone: its name, why, and whether something named like a hold lies in it."""

    name: str
    because: LeftBecause
    message: str
    held: bool = False


@frozen
class SurveyedSet:
    """A set of ours, or what is left of one whose deletion was begun.

    Attributes:
        name: of its folder.
        started: when it was begun.
        run: the run that made it.
        files: what the manifest names.
        seal: of the manifest as it stands in the store, or in the mark of its deletion.
        present: the size of everything in its folder, by the path in it.
        holds: what keeps it, or kept it until some time ago.
        verified: how far the verification beside the manifest goes; None without one that fits.
        visible: whether the manifest is still there, so that it is a set.
        marked: whether its deletion was begun.
    """

    name: str
    started: datetime
    run: int
    files: tuple[StoredFile, ...]
    seal: str
    present: Mapping[str, int]
    holds: tuple[Hold, ...]
    verified: Level | None
    visible: bool
    marked: bool

    @property
    def complete(self) -> bool:
        """Whether every file that the manifest names is there in its size."""
        return all(self.present.get(file.path) == file.bytes for file in self.files)

    @property
    def bytes(self) -> int:
        """The bytes of what is there of the files that the manifest names."""
        return sum(self.present.get(file.path, 0) for file in self.files)


@frozen
class Survey:
    """All of a store, in the order of names."""

    sets: tuple[SurveyedSet, ...]
    left: tuple[Left, ...]


def mark_of(name: str) -> str:
    """Return the name of the mark that the deletion of a set was begun: a copy of its manifest beside its folder."""
    return f"{name}{_MARK}"


def survey(store: Store, plan: str, server: Server) -> Survey:
    """List a store, and read what tells about each set.

    Args:
        store: where to look.
        plan: the name of the plan whose sets count.
        server: the database whose sets count.

    Raises:
        EnvironmentFault: the store cannot be read.
    """
    entries = {entry.name: entry for entry in sets(store)}
    marks = {name.removesuffix(_MARK) for name, entry in entries.items() if _is_mark(entry)}
    names = sorted((entries.keys() | marks) - set(map(mark_of, marks)))
    found = [_entry(store, name, entries.get(name), plan, server, marked=name in marks) for name in names]
    return Survey(
        tuple(item for item in found if isinstance(item, SurveyedSet)),
        tuple(item for item in found if isinstance(item, Left)),
    )


# --- one entry ---------------------------------------------------------------------------------


def _is_mark(entry: StoredSet | NotASet) -> bool:
    set_name = entry.name.removesuffix(_MARK)
    is_file = isinstance(entry, NotASet) and all(item.name == entry.name for item in entry.objects)
    return is_file and entry.name.endswith(_MARK) and run_of(set_name) is not None


def _entry(
    store: Store, name: str, entry: StoredSet | NotASet | None, plan: str, server: Server, *, marked: bool
) -> SurveyedSet | Left:
    present = by_path(name, entry.objects) if entry else {}
    held = any(map(holds.is_hold, present))
    if isinstance(entry, NotASet) and not marked:
        return Left(name, LeftBecause(entry.because.value), entry.message, held)
    visible = manifest_file.NAME in present
    if visible and not isinstance(entry, StoredSet):
        return Left(name, LeftBecause.UNREADABLE, entry.message if entry else "", held)
    try:
        manifest = (
            entry.manifest
            if isinstance(entry, StoredSet)
            else manifest_file.parse(content(store, mark_of(name)), mark_of(name))
        )
        if stranger := _stranger(name, manifest, plan, server):
            return stranger
        # Of a set that cannot be read in full nothing is lost: it is left alone.
        placed = holds_in(store, name, present)
        seal = seal_of(manifest)
        verification = verification_in(store, name, present, seal)
    except EnvironmentFault as error:
        return Left(name, LeftBecause.UNREADABLE, error.message, held)
    found = SurveyedSet(
        name=name,
        started=manifest.started,
        run=manifest.run,
        files=manifest.files,
        seal=seal,
        present=present,
        holds=placed,
        verified=verification.level if verification else None,
        visible=visible,
        marked=marked,
    )
    if isinstance(entry, StoredSet) and entry.missing:
        message = f"it is no backup any more: {', '.join(entry.missing[:3])} cannot be there as the manifest says"
        return Left(name, LeftBecause.INCOMPLETE, message, held)
    return found


def _stranger(name: str, manifest: Manifest, plan: str, server: Server) -> Left | None:
    origin = manifest.origin
    if not fits(name, manifest):
        return Left(name, LeftBecause.FOREIGN, "it has another name than its manifest was given: somebody renamed it")
    if manifest.plan != plan:
        return Left(name, LeftBecause.OTHER_PLAN, f"it is a set of plan {manifest.plan}")
    if origin.database != server.database:
        return Left(name, LeftBecause.OTHER_DATABASE, f"it was taken from database {origin.database}")
    # One that the role may not read tells nothing.
    if len({origin.system_identifier, server.system_identifier} - {None}) > 1:
        message = f"it was taken from another server, with system identifier {origin.system_identifier}"
        return Left(name, LeftBecause.OTHER_DATABASE, message)
    return None
