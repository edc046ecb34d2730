"""`planrun backup list` and `planrun backup verify`: the backup sets of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planrun.app import artifacts
from planrun.cli import options, output
from planrun.errors import StepFailed

if TYPE_CHECKING:
    from planrun.app.artifacts import Entry, Verified

_path = click.argument("path", metavar="[PATH]", type=options.PATH, default=Path("backups"))


@click.group()
def backup() -> None:
    """List and verify the backups that runs made.

    A backup set is a folder with a manifest: what was saved, from where, and the checksum of each file.
    """


@backup.command("list", epilog=options.examples("planrun backup list", "planrun backup list /srv/backups/propo --json"))
@_path
@options.as_json
def list_(*, path: Path, as_json: bool) -> None:
    """List the backup sets in PATH (backups if it is not given), and what there is no backup set."""
    entries = artifacts.listing(path)
    if as_json:
        output.document("backup list", ok=True, path=path, **_listed(entries))
    else:
        output.result(_listing_text(path, entries))


def _listed(entries: tuple[Entry, ...]) -> dict[str, Any]:
    return {
        "sets": [{"path": entry.path, **output.plain(entry.manifest)} for entry in entries if entry.manifest],
        "others": [
            {"path": entry.path, "because": entry.because, "message": entry.message}
            for entry in entries
            if not entry.manifest
        ],
    }


def _listing_text(path: Path, entries: tuple[Entry, ...]) -> str:
    rows = [
        (
            entry.path.name,
            manifest.plan,
            str(manifest.run),
            output.instant(manifest.started),
            manifest.origin.database,
            str(len(manifest.artifacts)),
            output.size(sum(artifact.bytes for artifact in manifest.artifacts)),
        )
        for entry in entries
        if (manifest := entry.manifest)
    ]
    head = ("set", "plan", "run", "started", "database", "files", "size")
    lines = [output.title(f"{path}: {output.count(len(rows), 'backup set')}")]
    if rows:
        lines.append(output.columns(head, rows, frozenset({2, 5, 6})))
    others = [(entry.path.name, entry.message) for entry in entries if not entry.manifest]
    if others:
        lines += ["", output.title("no backup sets"), output.columns(("entry", "why"), others)]
    return "\n".join(lines)


@backup.command(
    "verify",
    epilog=options.examples(
        "planrun backup verify",
        "planrun backup verify backups/20260131_120000_consolidation_run12",
    ),
)
@_path
@options.as_json
def verify(*, path: Path, as_json: bool) -> int:
    """Verify a backup set, or every set in a folder (backups if PATH is not given).

    Compares each file with the size and the SHA-256 of the manifest, looks who can read it, and lets pg_restore
    list each archive. Exit code 1 if a set cannot be relied on.
    """
    sets = artifacts.verify(path)
    sound = all(found.sound for found in sets)
    if as_json:
        listed = [{"path": found.path, "sound": found.sound, "findings": found.findings} for found in sets]
        output.document("backup verify", ok=sound, path=path, sets=listed)
    else:
        output.result("\n".join(_verified_text(found) for found in sets))
    return 0 if sound else StepFailed.exit_code


def _verified_text(found: Verified) -> str:
    verdict = click.style("sound", fg="green") if found.sound else click.style("cannot be relied on", fg="red")
    lines = [f"{output.safe(str(found.path))}: {verdict}"]
    if found.findings:
        rows = [(finding.level.value, finding.path, finding.message) for finding in found.findings]
        lines.append(output.columns(("level", "file", "finding"), rows))
    return "\n".join(lines)
