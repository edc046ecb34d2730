"""Looks at the backups that lie in a folder: `planrun backup list` and `planrun backup verify`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planrun.edges.backups import manifest
from planrun.edges.backups import verify as checks
from planrun.edges.backups.verify import Finding, FoundSet, Level, NotASetBecause
from planrun.errors import EnvironmentFault, StepFailed

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.core.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the folder: a set with its manifest, or else why it is none (`because` is a word for programs)."""

    path: Path
    manifest: Manifest | None
    because: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """A set and everything that is wrong with it or worth knowing."""

    path: Path
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether the set can be relied on."""
        return all(finding.level is not Level.ERROR for finding in self.findings)


def listing(root: Path) -> tuple[Entry, ...]:
    """Return every entry of a folder of backup sets, in the order of names, which is that of time.

    Raises:
        EnvironmentFault: there is no such folder, or others could swap what is in it.
    """
    if not root.is_dir():
        raise EnvironmentFault(
            f"there is no folder {root}", hint="name the folder of the plan's storage; without one it is `backups`"
        )
    return tuple(
        Entry(found.path, found.manifest)
        if isinstance(found, FoundSet)
        else Entry(found.path, None, found.because.value, found.message)
        for found in checks.sets(root)
    )


def verify(path: Path) -> tuple[Verified, ...]:
    """Verify a set, or every set of a folder.

    A folder that is named like a set but has no good manifest is one that cannot be relied on.

    Raises:
        EnvironmentFault: as `listing` does.
        StepFailed: there is no set at all, so that nothing was verified.
    """
    if (path / manifest.NAME).exists():
        return (Verified(path, checks.verify(path)),)
    foreign = NotASetBecause.FOREIGN.value
    named = [entry.path for entry in listing(path) if entry.because != foreign]
    if not named:
        raise StepFailed(f"{path} holds no backup set, so nothing was verified")
    return tuple(Verified(found, checks.verify(found)) for found in named)
