"""`planrun backup verify`: whether backups can be relied on."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from planrun.app import verifying
from planrun.app.verifying import Restoring, Verifying
from planrun.cli import options, output
from planrun.cli.person import Terminal
from planrun.core.verification import Level
from planrun.errors import StepFailed, UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from planrun.app.verifying import Verified
    from planrun.core.plan import Plan

identity = click.option(
    "--identity",
    metavar="FILE",
    type=options.PATH,
    help="The file of the private key, for encrypted backups; without it that which PLANRUN_AGE_IDENTITY names.",
)


@click.command(
    epilog=options.examples(
        "planrun backup verify",
        "planrun backup verify plans/consolidation.yaml --restore",
        "planrun backup verify s3://propo-backups/migration --set 20260131_120000_consolidation_run12",
        "planrun backup verify --restore --on postgresql://verifier@staging/postgres",
    )
)
@click.argument("source", metavar="[FROM]", default="backups")
@click.option("--set", "only", metavar="NAME", help="This set alone.")
@click.option("--restore", is_flag=True, help="Restore each set into a scratch database, and compare every row.")
@click.option(
    "--on",
    metavar="URL",
    help="The server to restore on, in a database that is dropped afterwards; without it planrun starts one.",
)
@identity
@options.url
@options.as_json
def verify(
    *,
    source: str,
    only: str | None,
    restore: bool,
    on: str | None,
    identity: Path | None,
    url: str | None,
    as_json: bool,
) -> int:
    """Verify the backup sets in FROM: a plan, a folder (backups if it is not given), a bucket, or one set.

    Compares each file with the size and the SHA-256 of the manifest, counts rows, and lets pg_restore list each
    archive. With --restore a set is restored besides, and the rows of every table, export and copy are compared with
    what was saved. What was found out is written beside the manifest, and to the monitoring of the database that
    --url, the plan or the environment name. Exit code 1 if a set cannot be relied on.
    """
    if on is not None and not restore:
        raise UsageFault("--on says where to restore, and nothing is to be restored", hint="add --restore")
    how = Verifying(
        Terminal(),
        lambda: datetime.now(tz=UTC),  # noqa: TID251  of the verification; no server needs to be there
        Restoring(None if on is None else _parsed(on)) if restore else None,
        identity,
        *_living(source, url),
    )
    found = []
    for one in verifying.verify(source, how, only=only):
        found.append(one)
        if not as_json:
            output.result(_text(one))
    sound = all(one.sound for one in found)
    if as_json:
        sets = [
            {
                "path": one.path,
                "store": one.store,
                "name": one.name,
                "sound": one.sound,
                "level": one.level,
                "tables": one.tables,
                "rows": one.rows,
                "findings": one.findings,
            }
            for one in found
        ]
        output.document("backup verify", ok=sound, source=source, sets=sets)
    return 0 if sound else StepFailed.exit_code


def _parsed(url: str) -> Mapping[str, str]:
    from planrun.app import target  # noqa: PLC0415  bytes are verified without the database driver

    return target.resolve(url, {}, None, option="--on")


def _living(source: str, url: str | None) -> tuple[Mapping[str, str] | None, Plan | None]:
    """Return how to reach the database of the runs, where somebody said which it is, and the plan that pins it."""
    plan = source.endswith((".yaml", ".yml"))
    if url is None and not plan and not any(os.environ.get(name) for name in ("PLANRUN_URL", "DATABASE_URL")):
        return None, None
    from planrun.app import target  # noqa: PLC0415  the same
    from planrun.app.plans import plan_of  # noqa: PLC0415

    chosen = plan_of(options.PATH.convert(source, None, None)) if plan else None
    return target.resolve(url, os.environ, chosen), chosen


def _text(found: Verified) -> str:
    verdict = {
        None: click.style("cannot be relied on", fg="red"),
        Level.BYTES: click.style("every byte is as it was saved", fg="green"),
        Level.RESTORED: click.style("restored and found equal", fg="green"),
    }[found.level]
    compared = f", {output.count(found.tables, 'table')}, {found.rows:,} rows" if found.tables else ""
    lines = [f"{output.safe(found.path)}: {verdict}{compared}"]
    if found.findings:
        rows = [(finding.level.value, finding.path, finding.message) for finding in found.findings]
        lines.append(output.columns(("level", "file", "finding"), rows))
    return "\n".join(lines)
