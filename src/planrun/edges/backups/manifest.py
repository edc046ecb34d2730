"""The file manifest.json: written whole or not at all, read with a limit, never anything but JSON."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

from planrun.core.manifest import from_document, to_document
from planrun.edges.backups import disk
from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.core.manifest import Manifest

NAME = "manifest.json"
LIMIT = 64 << 20
"""The most bytes that a manifest may have."""


def write(folder: int, folder_path: Path, manifest: Manifest) -> None:
    """Replace the manifest of the set whose descriptor is `folder`, at one instant.

    Raises:
        EnvironmentFault: the disk refuses it, or `manifest` could not be read back: then the old one stays.
    """
    document = to_document(manifest)
    from_document(document)  # what this would refuse must not be called a backup
    text = json.dumps(document, indent=2, ensure_ascii=True) + "\n"
    with disk.new_file(folder, folder_path, NAME) as file:
        file.write(text.encode("ascii"))


def read(folder_path: Path) -> Manifest:
    """Return the manifest of a set.

    Raises:
        EnvironmentFault: there is none, or it is damaged; names the file and every fault.
    """
    path = folder_path / NAME
    try:
        return parse(_content(path), str(path))
    except OSError as error:
        raise disk.fault(error, path, "read") from error


def parse(content: bytes, place: str) -> Manifest:
    """Return the manifest that a file holds.

    Args:
        content: of the file.
        place: where it lies, for messages.

    Raises:
        EnvironmentFault: it is damaged; names the place and every fault.
    """
    try:
        return from_document(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise EnvironmentFault(f"{place} is not JSON: {error}") from error
    except EnvironmentFault as error:
        raise EnvironmentFault(f"{place}: {error.message}", hint=error.hint) from error


def _content(path: Path) -> bytes:
    """Return the bytes of a regular file; a link, a pipe or an endless file is not read."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise EnvironmentFault(f"{path} is not a regular file")
        content = file.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise EnvironmentFault(f"{path} is larger than {LIMIT >> 20} MiB, too large for a manifest")
    return content
