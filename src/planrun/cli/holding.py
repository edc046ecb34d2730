"""`planrun backup hold` and `planrun backup release`: keep a set whatever its age."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from planrun.app import holding
from planrun.cli import options, output

if TYPE_CHECKING:
    from planrun.app.holding import Held

_set = click.argument("place", metavar="SET")


@click.command(
    epilog=options.examples(
        "planrun backup hold backups/20260131_120000_consolidation_run12 --reason 'audit of January'",
        "planrun backup hold s3://propo-backups/20260131_120000_consolidation_run12 --reason incident-7",
    )
)
@_set
@click.option("--reason", metavar="TEXT", required=True, help="Why, in one line; `backup prune` shows it.")
@options.as_json
def hold(*, place: str, reason: str, as_json: bool) -> None:
    """Keep a backup set until it is released, whatever its age.

    SET is a folder or an address such as s3://bucket/prefix/NAME. A set that lies in several stores of a plan is kept
    in all of them. Several reasons hold side by side.
    """
    now = datetime.now(tz=UTC)  # noqa: TID251  no server is asked
    _tell("backup hold", holding.hold(place, reason, now), "held", as_json=as_json)


@click.command(epilog=options.examples("planrun backup release backups/20260131_120000_consolidation_run12"))
@_set
@options.as_json
def release(*, place: str, as_json: bool) -> None:
    """Take all holds off a backup set that `backup hold` placed.

    SET is a folder or an address such as s3://bucket/prefix/NAME. The hold of a restore that is under way stays.
    """
    _tell("backup release", holding.release(place), "released", as_json=as_json)


def _tell(command: str, report: Held, word: str, *, as_json: bool) -> None:
    if as_json:
        output.document(command, ok=True, **output.plain(report))
        return
    lines = [output.title(f"{word}: {report.set}")]
    lines += [output.safe(f"  {item.reason}") for item in report.changed]
    lines += [output.safe(f"  besides: {item}") for item in report.others]
    output.result("\n".join(lines))
