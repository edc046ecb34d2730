"""The folder of one backup set: its name, its three subfolders, and when a file of it counts.

A file counts from the moment that the manifest names it; the manifest is replaced after each finished file.
Whatever else lies in the folder after a crash is no backup. Names are made here, from step ids and counters.
"""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Self

from planrun.core.manifest import Artifact, ArtifactKind, Manifest, Origin
from planrun.core.set_name import stem
from planrun.edges.backups import disk
from planrun.edges.backups import manifest as manifest_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from planrun.edges.backups.disk import NewFile

_STEM = re.compile(r"[a-z0-9_]{1,120}")
_SUFFIX = re.compile(r"(\.[a-z]{1,10}){0,3}")
_SET = re.compile(r"[0-9]{8}_[0-9]{6}_[A-Za-z0-9_-]+_run(?P<run>[0-9]+)(_[0-9]+)?")


class BackupSet:
    """A set that is being filled; a context manager that closes the folder's descriptor.

    Attributes:
        path: the folder of the set.
        manifest: what counts so far.
    """

    def __init__(self, path: Path, descriptor: int, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._descriptor = descriptor

    @classmethod
    def create(cls, root: Path, started: datetime, plan: str, run: int, *, origin: Origin) -> BackupSet:
        """Make ``<root>/<YYYYmmdd_HHMMSS>_<plan>_run<N>/``; a taken name gets ``_2`` and so on.

        Args:
            root: the folder of all sets; made if missing.
            started: by the server's clock, with a time zone.
            plan: the plan's name; characters that a file name should not have become ``_``.
            run: the number of the run.
            origin: the database that the set is taken from, for the manifest.

        Raises:
            EnvironmentFault: the root is a link, writable by others or not ours, or nothing can be made.
        """
        make_root(root)
        root_descriptor = disk.open_folder(root)
        try:
            first = stem(started, plan, run)
            names = (first if number == 1 else f"{first}_{number}" for number in count(1))
            name = next(name for name in names if disk.make_folder(root_descriptor, root, name))
            descriptor = _open_made(root / name, root_descriptor)
        finally:
            os.close(root_descriptor)
        return cls(root / name, descriptor, Manifest(plan, run, started, origin))

    @contextlib.contextmanager
    def new_file(self, kind: ArtifactKind, stem: str, suffix: str = "") -> Iterator[NewFile]:
        """Give a file of the set to write; it is complete on leaving, and counts once it was `add`-ed.

        Args:
            kind: decides the subfolder.
            stem: ``[a-z0-9_]+``, a step id or one with a counter; a taken name gets ``_2`` and so on.
            suffix: such as ``.csv`` or ``.csv.gz``, or nothing.

        Raises:
            EnvironmentFault: the file cannot be made or completed; nothing of it stays.
            ValueError: `stem` or `suffix` is not a name that planrun makes.
        """
        if not _STEM.fullmatch(stem) or not _SUFFIX.fullmatch(suffix):
            raise ValueError(f"not a name for a backup file: {stem!r}{suffix!r}")
        path = self.path / kind.folder
        disk.make_folder(self._descriptor, self.path, path.name)
        folder = _open_made(path, self._descriptor)
        try:
            with disk.new_file(folder, path, _free_name(folder, path, stem, suffix)) as file:
                yield file
        finally:
            os.close(folder)

    def add(self, artifact: Artifact) -> None:
        """Name a finished file in the manifest: from now on it is a backup.

        Raises:
            EnvironmentFault: the manifest cannot be written; the former one stays.
        """
        grown = replace(self.manifest, artifacts=(*self.manifest.artifacts, artifact))
        manifest_file.write(self._descriptor, self.path, grown)
        self.manifest = grown

    def discard(self, kind: ArtifactKind, name: str) -> None:
        """Remove a complete file that was not added, because the rest of its step failed.

        Raises:
            ValueError: the manifest names it.
        """
        if any(file.path == relative(kind, name) for file in self.manifest.files):
            raise ValueError(f"{name} is a backup already")
        (self.path / kind.folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the folder; the set stays as it is."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def run_of(name: str) -> int | None:
    """Return the number of the run that a set is named after; None if no set has such a name."""
    found = _SET.fullmatch(name)
    return int(found["run"]) if found else None


def relative(kind: ArtifactKind, name: str) -> str:
    """Return the path of a file of the set as the manifest writes it."""
    return f"{kind.folder}/{name}"


def make_root(root: Path) -> None:
    """Make the root and the folders above it that are missing, private whatever the umask.

    Raises:
        EnvironmentFault: one cannot be made.
    """
    for folder in (*reversed(root.parents), root):
        try:
            if folder.is_symlink() or folder.exists():
                continue
            folder.mkdir(disk.FOLDER_MODE)
            folder.chmod(disk.FOLDER_MODE)
        except FileExistsError:
            continue  # another run made it at the same time; whether it is private is checked next
        except OSError as error:
            raise disk.fault(error, folder) from error


def _open_made(path: Path, parent: int) -> int:
    descriptor = disk.open_folder(path, parent)
    os.fchmod(descriptor, disk.FOLDER_MODE)  # whatever the umask took away
    return descriptor


def _free_name(folder: int, path: Path, stem: str, suffix: str) -> str:
    try:
        taken = set(os.listdir(folder))
    except OSError as error:
        raise disk.fault(error, path, "read") from error
    names = (f"{stem}{suffix}" if number == 1 else f"{stem}_{number}{suffix}" for number in count(1))
    return next(name for name in names if name not in taken and f".{name}.part" not in taken)
