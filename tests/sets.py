"""Backup sets made without a run, for tests of what becomes of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from planrun.core.hold import to_document as hold_document
from planrun.core.manifest import Artifact, ArtifactKind, Origin, StoredFile
from planrun.core.verification import Level, Verification, to_document
from planrun.edges.backups.folder import BackupSet, relative

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Database
    from planrun.core.hold import Hold

CONTENT = b"setting = 1\n"


def origin_of(database: Database) -> Origin:
    """Return what the manifest of a set says that was taken from a database."""
    with database.superuser() as connection:
        (identifier,) = connection.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone()
    return Origin(database=database.name, server_version="18.0", tool_version="0.1", system_identifier=identifier)


def make_set(
    root: Path, started: datetime, origin: Origin, *, plan: str = "small", run: int = 9, files: int = 2
) -> Path:
    """Make a complete set of some files and return its folder."""
    with BackupSet.create(root, started, plan, run, origin=origin) as backup_set:
        for _ in range(files):
            with backup_set.new_file(ArtifactKind.FILES, "configs") as file:
                file.write(CONTENT)
            stored = StoredFile(relative(ArtifactKind.FILES, file.name), file.bytes, file.sha256)
            backup_set.add(
                Artifact(
                    step="configs",
                    kind=ArtifactKind.FILES,
                    format="raw",
                    files=(stored,),
                    finished=started,
                    server_version="18.0",
                    source="*.env",
                    original="app.env",
                )
            )
        return backup_set.path


def ago(days: float) -> datetime:
    """Return a moment in the past."""
    return datetime.now(UTC) - timedelta(days=days)


def verify_set(path: Path, level: Level = Level.RESTORED) -> None:
    """Write that a set was verified."""
    seal = json.loads((path / "manifest.json").read_text())["sha256"]
    found = Verification(manifest=seal, at=datetime.now(UTC), level=level, tool_version="0.1")
    write_private(path / "verification.json", json.dumps(to_document(found)))


def place_hold(path: Path, hold: Hold) -> None:
    """Put a hold into a set, as a restore does."""
    write_private(path / hold.name, json.dumps(hold_document(hold)))


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else can read."""
    path.write_text(text)
    path.chmod(0o600)


def tree(root: Path) -> set[str]:
    """Return everything below a folder by its relative path."""
    return {path.relative_to(root).as_posix() for path in root.rglob("*")}
