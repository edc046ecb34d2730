"""Whether a backup set still is what its manifest says.

Reads only. Trusts nothing in the folder: paths come from a manifest that was checked, links are not followed,
and an archive is given to pg_restore only after its checksum fitted.
"""

from __future__ import annotations

import hashlib
import os
import stat
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from planrun.core import hold as holds
from planrun.core import verification
from planrun.core.manifest import ArtifactKind
from planrun.edges.backups import csv_rows, disk, streams, tools
from planrun.edges.backups import manifest as manifest_file
from planrun.edges.backups.archive import Archive
from planrun.errors import EnvironmentFault, StepFailed
from planrun.frozen import frozen
from planrun.ports import unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from planrun.core.manifest import Artifact, Manifest, StoredFile
    from planrun.edges.backups.encryption import Identities

_BLOCK = 1 << 20
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    """The backup cannot be relied on."""
    WARNING = "warning"
    """It can, but something wants to be looked at."""
    NOTE = "note"
    """A check could not be made."""


@frozen
class Finding:
    """Something about a set; `path` is relative to it (``.`` for the set itself)."""

    level: Severity
    path: str
    message: str


def verify(
    set_folder: Path,
    identities: Identities | None = None,
    only: Collection[Artifact] | None = None,
    progress: Callable[[int], None] = unseen,
) -> tuple[Finding, ...]:
    """Return everything that is wrong with a set, or worth knowing; nothing if all is well.

    Checks the seal, each file's presence, size and SHA-256, files that the manifest does not name, and who can read
    them; counts the rows of exports, and lets pg_restore list the archives where one is installed.

    Args:
        set_folder: the folder of the set.
        identities: private keys, to look into what is encrypted.
        only: what to look at; all that the manifest names if it is not said.
        progress: told the bytes as they are compared.
    """
    try:
        manifest = manifest_file.read(set_folder)
        present = dict(_tree(set_folder))
    except EnvironmentFault as error:
        return (Finding(Severity.ERROR, manifest_file.NAME, error.message),)
    except OSError as error:
        return (Finding(Severity.ERROR, ".", disk.fault(error, set_folder, "read").message),)
    chosen = manifest.artifacts if only is None else only
    looked_at = (_artifact(set_folder, artifact, present, identities, progress) for artifact in chosen)
    findings = [finding for found in looked_at for finding in found]
    return (*findings, *_unexpected(manifest, present), *_open_to_others(set_folder, present))


def _tree(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield everything below `folder` by its relative path, without following links."""
    for here, folders, files in os.walk(folder, onerror=_raise):
        for name in sorted(folders + files):
            path = Path(here, name)
            yield path.relative_to(folder).as_posix(), path.lstat()


def _raise(error: OSError) -> None:
    raise error


def _artifact(
    folder: Path,
    artifact: Artifact,
    present: dict[str, os.stat_result],
    identities: Identities | None,
    progress: Callable[[int], None],
) -> Iterator[Finding]:
    broken = [finding for file in artifact.files for finding in _file(folder, file, present, progress)]
    yield from broken
    if broken or not artifact.files:
        return
    name = artifact.files[0].path
    if artifact.encryption is not None and identities is None:
        yield Finding(
            Severity.NOTE, name, "its content was not looked at: it is encrypted, and --identity names the key"
        )
        return
    match artifact.kind:
        case ArtifactKind.DATABASE | ArtifactKind.SCHEMA:
            yield from _listed(folder, artifact, identities)
        case ArtifactKind.CSV:
            yield from _counted(folder, artifact, identities)
        case ArtifactKind.FILES | ArtifactKind.TABLE:
            yield from _read(folder, artifact, identities)


def _file(
    folder: Path, file: StoredFile, present: dict[str, os.stat_result], progress: Callable[[int], None]
) -> Iterator[Finding]:
    def error(message: str) -> Finding:
        return Finding(Severity.ERROR, file.path, message)

    found = present.get(file.path)
    if found is None:
        yield error("the file is missing")
    elif not stat.S_ISREG(found.st_mode):
        yield error("it is not a regular file")
    elif found.st_size != file.bytes:
        yield error(f"wanted {file.bytes:,} bytes, found {found.st_size:,}")
    else:
        try:
            digest = _digest(folder / file.path, progress)
        except OSError as reason:
            yield error(disk.fault(reason, folder / file.path, "read").message)
            return
        if digest != file.sha256:
            yield error("the content was changed or damaged: its SHA-256 does not fit")


def _digest(path: Path, progress: Callable[[int], None]) -> str:
    # The folders above are the set's own two levels; a link among them was seen by _tree, which follows none.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    digest = hashlib.sha256()
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            progress(len(block))
    return digest.hexdigest()


def _listed(folder: Path, artifact: Artifact, identities: Identities | None) -> Iterator[Finding]:
    name = artifact.files[0].path
    readers = tools.readers(artifact.pg_dump_major) if artifact.pg_dump_major else None
    if readers is None:
        message = f"not listed: no pg_restore for an archive of pg_dump {artifact.pg_dump_version} was found"
        yield Finding(Severity.NOTE, name, message)
        return
    try:
        Archive(artifact, folder, readers, identities).listing()
    except StepFailed as error:
        yield Finding(Severity.ERROR, name, error.message)
    except EnvironmentFault as error:
        yield Finding(Severity.NOTE, name, f"not listed: {error.message}")


def _counted(folder: Path, artifact: Artifact, identities: Identities | None) -> Iterator[Finding]:
    name = artifact.files[0].path
    content = streams.reading(folder / name, artifact.compression, artifact.encryption, identities)
    try:
        rows = csv_rows.count(content)
    except EnvironmentFault as error:
        yield Finding(Severity.ERROR, name, error.message)
        return
    if rows != artifact.rows:
        yield Finding(Severity.ERROR, name, f"wanted {artifact.rows or 0:,} rows, found {rows:,}")


def _read(folder: Path, artifact: Artifact, identities: Identities | None) -> Iterator[Finding]:
    for file in artifact.files if artifact.encryption is not None else ():
        try:
            for _ in streams.reading(folder / file.path, None, artifact.encryption, identities):
                pass
        except EnvironmentFault as error:
            yield Finding(Severity.ERROR, file.path, error.message)


def _unexpected(manifest: Manifest, present: dict[str, os.stat_result]) -> Iterator[Finding]:
    named = {file.path for file in manifest.files} | {manifest_file.NAME}
    beside = {path for path in present if path == verification.NAME or holds.is_hold(path)}
    folders = {above.as_posix() for path in named for above in PurePosixPath(path).parents}
    for path, found in present.items():
        if path in named | beside or (path in folders and stat.S_ISDIR(found.st_mode)):
            continue
        yield Finding(Severity.WARNING, path, "the manifest does not name it, so it is no backup")


def _open_to_others(folder: Path, present: dict[str, os.stat_result]) -> Iterator[Finding]:
    for path, found in {".": folder.lstat(), **present}.items():
        if found.st_mode & _OTHERS and not stat.S_ISLNK(found.st_mode):
            mode = stat.S_IMODE(found.st_mode)
            yield Finding(Severity.WARNING, path, f"other accounts can use it (mode {mode:04o})")
