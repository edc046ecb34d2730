"""What lies in a store: backup sets, what is left of one, and what never was one.

A set is there when its manifest is, which is written last. Nothing but the manifest says what belongs to it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING

from planrun.edges.backups import manifest as manifest_file
from planrun.edges.backups.folder import run_of
from planrun.errors import EnvironmentFault, NotAsSaved, Unreachable, UsageFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planrun.core.manifest import Manifest
    from planrun.ports import Store, Stored

_AT_ONCE = 8


@frozen
class StoredSet:
    """A set in a store.

    Attributes:
        name: of the set; what its objects are named after, with a slash behind it.
        manifest: what it says.
        objects: all that lies under its name, with names relative to the store.
        missing: files that the manifest names and that are not there, or not in that size.
    """

    name: str
    manifest: Manifest
    objects: tuple[Stored, ...]
    missing: tuple[str, ...] = ()


class Because(StrEnum):
    """Why something is no set, as a word for programs.

    FOREIGN: it never was one. INCOMPLETE: it is named like one and has no good manifest. UNREADABLE: it is named like
    one, and its manifest is there and could not be read, so that nobody knows.
    """

    FOREIGN = "foreign"
    INCOMPLETE = "incomplete"
    UNREADABLE = "unreadable"


@frozen
class NotASet:
    """Something in a store that does not count as a backup."""

    name: str
    because: Because
    message: str
    objects: tuple[Stored, ...]


def sets(store: Store) -> tuple[StoredSet | NotASet, ...]:
    """Return all that lies in a store in the order of names, which is that of time.

    Raises:
        EnvironmentFault: the store cannot be read.
    """
    groups = [(name, tuple(objects)) for name, objects in _groups(store.list())]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(lambda group: _judged(store, *group), groups))


def find(store: Store, name: str) -> StoredSet:
    """Return one set of a store.

    Raises:
        NotAsSaved: the store holds no such set.
        EnvironmentFault: it cannot be read.
        UsageFault: it is no name.
    """
    if name in {"", ".", ".."} or "/" in name:
        raise UsageFault(f"wanted the name of a backup set, found {name!r}")
    objects = tuple(store.list(name))
    found = _judged(store, name, objects) if objects else None
    if isinstance(found, StoredSet):
        return found
    if found is not None and found.because is Because.UNREADABLE:
        raise Unreachable(found.message)
    reason = f": {found.message}" if found else ""
    raise NotAsSaved(f"{store.address} holds no backup set {name}{reason}", hint=f"planrun backup list {store.address}")


def content(store: Store, name: str, limit: int = manifest_file.LIMIT) -> bytes:
    """Return the content of a small document.

    Raises:
        EnvironmentFault: it cannot be read, or is larger than that.
    """
    found = bytearray()
    for block in store.read(name):
        found += block
        if len(found) > limit:
            raise EnvironmentFault(f"{store.address}/{name} is larger than {limit >> 20} MiB, too large for a document")
    return bytes(found)


def missing(manifest: Manifest, name: str, objects: Sequence[Stored]) -> tuple[str, ...]:
    """Return the files that a manifest names and that are not among the objects of its set in their size."""
    sizes = {found.name: found.bytes for found in objects}
    return tuple(file.path for file in manifest.files if sizes.get(f"{name}/{file.path}") != file.bytes)


def _groups(objects: Iterator[Stored]) -> Iterator[tuple[str, list[Stored]]]:
    """Yield what the store holds by the first part of the names."""
    ordered = sorted(objects, key=lambda found: (_top(found.name), found.name))
    for name, group in groupby(ordered, key=lambda found: _top(found.name)):
        yield name, list(group)


def _top(name: str) -> str:
    return name.partition("/")[0]


def _judged(store: Store, name: str, objects: tuple[Stored, ...]) -> StoredSet | NotASet:
    because = Because.INCOMPLETE if run_of(name) is not None else Because.FOREIGN
    if all("/" not in found.name for found in objects):
        return NotASet(name, Because.FOREIGN, "it is not a folder", objects)
    place = f"{name}/{manifest_file.NAME}"
    if all(found.name != place for found in objects):
        return NotASet(name, because, f"it has no {manifest_file.NAME}", objects)
    try:
        manifest = manifest_file.parse(content(store, place), f"{store.address}/{place}")
    except Unreachable as error:
        unknown = Because.UNREADABLE if because is Because.INCOMPLETE else because
        return NotASet(name, unknown, error.message, objects)
    except EnvironmentFault as error:
        return NotASet(name, because, error.message, objects)
    return StoredSet(name, manifest, objects, missing(manifest, name, objects))
