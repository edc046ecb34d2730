"""Removes what killed runs left behind: files and folders under the temporary names that were never completed.

Only in sets that the history of the run's own database calls unfinished, only below the plan's own folder, and only
names that planrun gives. What is complete stays, whether the manifest names it or not.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from planrun.core.manifest import ArtifactKind
from planrun.edges.backups import disk, disk_folder
from planrun.edges.backups.folder import run_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_PART = re.compile(r"\.[a-z0-9_]+(\.[a-z]{1,10}){0,3}\.part")


def remove(root: Path, names: Iterable[str]) -> tuple[Path, ...]:
    """Remove the leftovers of sets, and the folders that are empty without them; return what was removed.

    Args:
        root: the folder of all sets.
        names: of the sets, which nobody fills any more.

    Raises:
        EnvironmentFault: a folder is a link or not ours alone, or the disk refuses.
    """
    removed: list[Path] = []
    for name in names:
        path = root / name
        if run_of(name) is not None and path.is_dir():
            removed += _inside(path)
    return tuple(removed)


def _inside(path: Path) -> list[Path]:
    removed: list[Path] = []
    folders = {kind.folder for kind in ArtifactKind} - {""}
    below = [path / folder for folder in sorted(folders) if (path / folder).is_dir()]
    for folder in [*below, path]:
        removed += _parts(folder)
    for folder in [*below, path]:
        with suppress(OSError):  # it is not empty
            folder.rmdir()
    return removed


def _parts(folder: Path) -> list[Path]:
    descriptor = disk.open_folder(folder)
    try:
        names = sorted(filter(_PART.fullmatch, os.listdir(descriptor)))  # noqa: PTH208 - of the folder that is open
        for name in names:
            if (folder / name).is_dir() and not (folder / name).is_symlink():
                disk_folder.remove(descriptor, name)
            else:
                os.unlink(name, dir_fd=descriptor)
    except OSError as error:
        raise disk.fault(error, folder, "tidied") from error
    finally:
        os.close(descriptor)
    return [folder / name for name in names]
