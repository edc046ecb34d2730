"""Writes manifests that say what no run would."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.edges.backups import manifest as manifest_file

if TYPE_CHECKING:
    from pathlib import Path


def with_artifacts(folder: Path, change) -> None:
    """Write a manifest anew, sealed, whose artifacts were changed."""
    found = manifest_file.read(folder)
    descriptor = os.open(folder, os.O_RDONLY)
    manifest_file.write(descriptor, folder, replace(found, artifacts=tuple(map(change, found.artifacts))))
    os.close(descriptor)
