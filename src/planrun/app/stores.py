"""Backup sets on their way between stores: copied when they are complete, fetched when they are wanted back.

The manifest goes last, so that a set is there whole or not at all. Whatever stops a copy, the next one goes on with
the files that are not there yet.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from planrun.app.sets import content, find, missing
from planrun.core.address import address, is_address
from planrun.core.plan import BACKUPS, Bucket, Folder
from planrun.edges.backups import manifest as manifest_file
from planrun.edges.backups.folder import run_of
from planrun.edges.storage.folder import FolderStore
from planrun.edges.storage.opening import open_bucket
from planrun.errors import EnvironmentFault, NotAsSaved, Refused, UsageFault
from planrun.ports import unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from planrun.core.manifest import Manifest, StoredFile
    from planrun.core.plan import Plan, Storage
    from planrun.ports import Person, Store

_SMALL = 1 << 20
_AT_ONCE = 8


def stores_of(plan: Plan) -> tuple[Store, ...]:
    """Return the stores of a plan: the folder that sets are written to, and those that get copies.

    Raises:
        EnvironmentFault: a bucket wants a library or credentials that are not there.
        UsageFault: an address cannot be used, or would be reached without TLS.
    """
    return tuple(store_of(plan, storage) for storage in plan.storage)


def store_of(plan: Plan, storage: Storage) -> Store:
    """Return one of the stores of a plan; raises as `stores_of` does."""
    match storage:
        case Folder(path=path):
            return FolderStore((Path(plan.project) / path).absolute())
        case Bucket():
            return open_bucket(address(storage.url), endpoint_url=storage.endpoint, region=storage.region)


def name_of(plan: Plan, storage: Storage) -> str:
    """Return the address of a store as people know it, also of one that cannot be opened."""
    match storage:
        case Folder(path=path):
            return str((Path(plan.project) / path).absolute())
        case Bucket(url=url):
            return url.rstrip("/")


def open_store(text: str) -> Store:
    """Return the store at a path or an address such as ``s3://bucket/prefix``; raises as `stores_of` does."""
    return open_bucket(address(text)) if is_address(text) else FolderStore(Path(text))


def locate(text: str) -> tuple[Store, str]:
    """Return the store of a set and its name, from its path or its address; raises as `stores_of` does."""
    if not is_address(text):
        path = path_of(text).absolute()
        return FolderStore(path.parent), path.name
    store, name = address(text).split()
    if not name:
        raise UsageFault(f"{store} names no set", hint="wanted an address such as s3://bucket/prefix/NAME")
    return open_bucket(store), name


def path_of(text: str) -> Path:
    """Return the path that a text names; the bare name of a set, as `backup list` shows it, is one in `backups`."""
    path, usual = Path(text), Path(BACKUPS) / text
    is_bare = path.name == text and run_of(text) is not None
    return usual if is_bare and not path.exists() and usual.is_dir() else path


def upload(folder: Path, store: Store, progress: Callable[[int], None] = unseen, *, anew: bool = False) -> int:
    """Copy a complete set to another store; return how many of its files had to be sent or looked at.

    Args:
        folder: the set.
        store: where to.
        progress: told the bytes of the set's files as they arrive; in the end their sum.
        anew: whether files that were copied before are looked at as well, since one may be damaged there.

    Raises:
        EnvironmentFault: the set is damaged, or the store cannot take it; its copy is not there, then.
        Refused: another set has its name there.
    """
    manifest = manifest_file.read(folder)
    place = f"{folder.name}/{manifest_file.NAME}"
    there = tuple(store.list(folder.name))
    known = _known(store, place) if any(found.name == place for found in there) else None
    if known is not None and not _is_grown(known, manifest):
        raise Refused(
            f"{store.address} holds another set that is called {folder.name}",
            hint="give each plan and each database a prefix of its own",
        )
    done = known.files if known and not anew else ()
    lost = missing(manifest, folder.name, there)
    lacking = [file for file in manifest.files if file not in done or file.path in lost]
    progress(manifest.bytes - sum(file.bytes for file in lacking))

    def send(file: StoredFile, told: Callable[[int], None]) -> None:
        store.put(f"{folder.name}/{file.path}", folder / file.path, file.sha256, told)

    _each(lacking, send, progress)
    if known != manifest:
        store.write(place, content(FolderStore(folder), manifest_file.NAME))
    return len(lacking)


def _known(store: Store, place: str) -> Manifest | None:
    """Return the manifest of a copy; None where it was damaged, so that it is no set."""
    text = content(store, place)
    try:
        return manifest_file.parse(text, place)
    except EnvironmentFault:
        return None


def _is_grown(former: Manifest, manifest: Manifest) -> bool:
    """Tell whether a set is what it was, with more in it: it was copied while its run was at work."""
    return replace(manifest, artifacts=manifest.artifacts[: len(former.artifacts)]) == former


def fetch(store: Store, name: str, into: Path, progress: Callable[[int], None] = unseen) -> Path:
    """Copy a set from a store into a private folder, and return its folder there.

    Args:
        store: where it lies.
        name: of the set.
        into: the folder that gets it; made if missing. What of the set is there already and equal is not read again.
        progress: told the bytes of the set's files as they come; in the end their sum.

    Raises:
        NotAsSaved: there is no such set, or a byte of it is not what its manifest says.
        EnvironmentFault: it cannot be read, or the disk refuses it: that says nothing about the set.
    """
    found = find(store, name)
    if found.missing:
        raise NotAsSaved(
            f"{store.address}/{name}: {', '.join(found.missing[:3])} cannot be there as the manifest says",
            hint="take the set from another store",
        )
    here = FolderStore(into)

    def take(file: StoredFile, told: Callable[[int], None]) -> None:
        place = f"{name}/{file.path}"
        here.take(place, store.read(place), file.bytes, file.sha256, told)

    _each(found.manifest.files, take, progress)
    text = content(store, f"{name}/{manifest_file.NAME}")
    if manifest_file.parse(text, f"{store.address}/{name}") != found.manifest:
        raise EnvironmentFault(f"{store.address}/{name} was replaced while it was read", hint="run the command again")
    here.write(f"{name}/{manifest_file.NAME}", text)
    return into / name


@contextmanager
def at_hand(store: Store, name: str, person: Person) -> Iterator[Path]:
    """Give the folder of a set; one that lies elsewhere is fetched into a private place. Raises as `fetch` does."""
    if isinstance(store, FolderStore):
        yield store.root / name
        return
    with tempfile.TemporaryDirectory(prefix="planrun_") as private:
        person.tells(f"fetching {store.address}/{name}")
        with person.follows(f"fetching {name}", "bytes") as meter:
            folder = fetch(store, name, Path(private), meter.advanced)
        yield folder


def _each(
    files: Sequence[StoredFile],
    copy: Callable[[StoredFile, Callable[[int], None]], None],
    progress: Callable[[int], None],
) -> None:
    """Copy files: small ones side by side, since they take the time of a request, large ones one by one."""
    small, large = ([file for file in files if (file.bytes <= _SMALL) is little] for little in (True, False))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            for file, _ in zip(small, pool.map(lambda file: copy(file, unseen), small), strict=True):
                progress(file.bytes)
        finally:
            pool.shutdown(cancel_futures=True)
    for file in large:
        copy(file, progress)
