"""What lies in a store, as `prune` sees it: sets with all that is beside their manifests, and what is left alone.

A store is listed once. A set counts when its manifest can be read, its name is the one that this manifest was given,
and it is of the plan and of the database in question. Everything else is somebody else's, and is only told.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING

from planrun.core import hold as holds
from planrun.core import manifest as manifests
from planrun.core import verification as verifications
from planrun.core.set_name import fits, is_set_name
from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from planrun.core.hold import Hold
    from planrun.core.manifest import Manifest, StoredFile
    from planrun.core.record import Server
    from planrun.core.verification import Level
    from planrun.ports import Store

MANIFEST = "manifest.json"
_MARK = ".pruning.json"
_LARGEST = 64 << 20


class LeftBecause(StrEnum):
    """Why something in a store is none of ours, as a word for programs."""

    FOREIGN = "foreign"
    INCOMPLETE = "incomplete"
    RENAMED = "renamed"
    UNREADABLE = "unreadable"
    OTHER_PLAN = "other plan"
    OTHER_DATABASE = "other database"


@dataclass(frozen=True, slots=True)
class Left:
    """Something in a store that is left alone: its name there, and why."""

    name: str
    because: LeftBecause
    message: str


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
    loose: set[str] = set()
    folders: dict[str, dict[str, int]] = {}
    for item in store.list():
        first, slash, rest = item.name.partition("/")
        if not slash:
            loose.add(first)
        elif rest:
            folders.setdefault(first, {})[rest] = item.bytes
        else:
            folders.setdefault(first, {})
    marks = {
        name for name in (mark.removesuffix(_MARK) for mark in loose) if is_set_name(name) and mark_of(name) in loose
    }
    foreign = [Left(name, LeftBecause.FOREIGN, "it is no folder") for name in loose - set(map(mark_of, marks))]
    found = [
        _entry(store, name, folders.get(name, {}), plan, server, marked=name in marks)
        for name in folders.keys() | marks
    ]
    return Survey(
        tuple(sorted((item for item in found if isinstance(item, SurveyedSet)), key=attrgetter("name"))),
        tuple(sorted((item for item in (*found, *foreign) if isinstance(item, Left)), key=attrgetter("name"))),
    )


def in_set(store: Store, name: str) -> dict[str, int]:
    """Return the size of everything that lies in a set now, by the path in it."""
    prefix = f"{name}/"
    return {item.name.removeprefix(prefix): item.bytes for item in store.list(name) if item.name != prefix}


def holds_in(store: Store, name: str, present: Mapping[str, int]) -> tuple[Hold, ...]:
    """Return the holds of a set, those that have ended included; one that makes no sense holds as well.

    Raises:
        EnvironmentFault: the store cannot be read.
    """
    return tuple(_hold(path, content_of(store, f"{name}/{path}")) for path in sorted(present) if holds.is_hold(path))


def _hold(path: str, content: bytes) -> Hold:
    try:
        return holds.from_document(parsed(content))
    except EnvironmentFault as error:
        return holds.unreadable(path, error.message)


def content_of(store: Store, name: str) -> bytes:
    """Return a small document.

    Raises:
        EnvironmentFault: it cannot be read, or is too large to be one.
    """
    content = bytearray()
    for block in store.read(name):
        content += block
        if len(content) > _LARGEST:
            raise EnvironmentFault(f"{name} is larger than {_LARGEST >> 20} MiB, too large for a document of ours")
    return bytes(content)


# --- one entry ---------------------------------------------------------------------------------


def _entry(
    store: Store, name: str, present: Mapping[str, int], plan: str, server: Server, *, marked: bool
) -> SurveyedSet | Left:
    visible = MANIFEST in present
    if not is_set_name(name):
        message = "its name is none that planrun gives" if visible else "it holds no manifest"
        return Left(name, LeftBecause.FOREIGN, message)
    if not visible and not marked:
        message = "it has no manifest: its backup or upload is under way, or was cut off"
        return Left(name, LeftBecause.INCOMPLETE, message)
    try:
        content = content_of(store, f"{name}/{MANIFEST}" if visible else mark_of(name))
        vouched = content_of(store, f"{name}/{verifications.NAME}") if verifications.NAME in present else None
        held = holds_in(store, name, present)
    except EnvironmentFault as error:  # it stays, so that nothing in it can be lost by not knowing it
        return Left(name, LeftBecause.UNREADABLE, error.message)
    try:
        manifest = manifests.from_document(parsed(content))
    except EnvironmentFault as error:
        return Left(name, LeftBecause.INCOMPLETE, error.message)
    seal = manifests.seal(manifests.to_document(manifest))
    return _stranger(name, manifest, plan, server) or SurveyedSet(
        name=name,
        started=manifest.started,
        run=manifest.run,
        files=manifest.files,
        seal=seal,
        present=present,
        holds=held,
        verified=None if vouched is None else _verified(vouched, seal),
        visible=visible,
        marked=marked,
    )


def _stranger(name: str, manifest: Manifest, plan: str, server: Server) -> Left | None:
    origin = manifest.origin
    if not fits(name, manifest):
        return Left(
            name, LeftBecause.RENAMED, "its name is not the one that its manifest was given: somebody renamed it"
        )
    if manifest.plan != plan:
        return Left(name, LeftBecause.OTHER_PLAN, f"it is a set of plan {manifest.plan}")
    if origin.database != server.database:
        return Left(name, LeftBecause.OTHER_DATABASE, f"it was taken from database {origin.database}")
    known = {origin.system_identifier, server.system_identifier} - {None}
    if len(known) > 1:
        message = f"it was taken from another server, with system identifier {origin.system_identifier}"
        return Left(name, LeftBecause.OTHER_DATABASE, message)
    return None


def _verified(content: bytes, seal: str) -> Level | None:
    try:
        found = verifications.from_document(parsed(content))
    except EnvironmentFault:
        return None  # what cannot be understood vouches for nothing
    return found.level if found.manifest == seal else None


def parsed(content: bytes) -> object:
    """Return what a JSON document holds.

    Raises:
        EnvironmentFault: it is none.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise EnvironmentFault(f"it is not JSON: {error}") from error
