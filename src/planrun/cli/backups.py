"""The group `planrun backup`, with `list`, `upload` and `verify`: the backup sets of a plan, a folder or a bucket."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from planrun.app import shelves
from planrun.cli import options, output
from planrun.cli.groups import Commands
from planrun.cli.person import Terminal
from planrun.core.verification import Level
from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.app.shelves import Known, Shelf

_LATER = {
    "verify": "planrun.cli.verifying",
    "restore": "planrun.cli.restoring",
    "prune": "planrun.cli.pruning",
    "hold": "planrun.cli.holding",
    "release": "planrun.cli.holding",
}
"""Where the commands are that are loaded when they are called."""


class _Backup(Commands):
    """The group `backup`; most of its commands need libraries that the others do without."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of use."""
        return [*super().list_commands(ctx), *_LATER]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None if there is none of that name."""
        if cmd_name not in _LATER:
            return super().get_command(ctx, cmd_name)
        found: click.Command = getattr(import_module(_LATER[cmd_name]), cmd_name)
        return found


@click.group(cls=_Backup)
def backup() -> None:
    """List, copy, verify, keep and prune the backups that runs made.

    A backup set is a folder with a manifest: what was saved, from where, and the checksum of each file.
    """


@backup.command(
    "list",
    epilog=options.examples(
        "planrun backup list plans/consolidation.yaml",
        "planrun backup list /srv/backups/propo --json",
        "planrun backup list s3://propo-backups/migration",
    ),
)
@click.argument("source", metavar="[FROM]", default="backups")
@options.as_json
def list_(*, source: str, as_json: bool) -> int:
    """List the backup sets in FROM, and what else lies there.

    FROM is a plan (all of its stores), a folder (backups if it is not given), or the address of a bucket; endpoint
    and region come from the environment then (AWS_ENDPOINT_URL, AWS_REGION).

    No database is asked: what is known of a set lies beside it, and planrun status PLAN tells what the history knows.
    A store of a plan that cannot be looked at hides nothing of the others; the exit code is 3 then.
    """
    found = shelves.listing(source)
    seen = all(shelf.unseen is None for shelf in found)
    if as_json:
        output.document("backup list", ok=seen, stores=[_listed(shelf) for shelf in found])
    else:
        output.result("\n\n".join(_listing_text(shelf) for shelf in found))
    return 0 if seen else EnvironmentFault.exit_code


def _listed(shelf: Shelf) -> dict[str, Any]:
    return {
        "address": shelf.address,
        "unseen": shelf.unseen,
        "sets": [
            {
                "name": known.set.name,
                "bytes": known.set.manifest.bytes,
                "missing": known.set.missing,
                "verification": known.verification,
                "holds": known.holds,
                **output.plain(known.set.manifest),
            }
            for known in shelf.sets
        ],
        "others": [
            {"name": found.name, "because": found.because, "message": found.message, "objects": len(found.objects)}
            for found in shelf.others
        ],
    }


def _listing_text(shelf: Shelf) -> str:
    if shelf.unseen is not None:
        why = click.style(f"it cannot be looked at: {output.safe(shelf.unseen)}", fg="red")
        return f"{output.title(shelf.address)}\n  {why}"
    rows = [
        (
            known.set.name,
            known.set.manifest.plan,
            str(known.set.manifest.run),
            output.instant(known.set.manifest.started),
            known.set.manifest.origin.database,
            str(len(known.set.manifest.files)),
            output.size(known.set.manifest.bytes),
            _standing(known),
        )
        for known in shelf.sets
    ]
    head = ("set", "plan", "run", "started", "database", "files", "size", "known")
    held = "there is no such folder" if shelf.missing else output.count(len(rows), "backup set")
    lines = [output.title(f"{shelf.address}: {held}")]
    if rows:
        lines.append(output.columns(head, rows, frozenset({2, 5, 6})))
    others = [(found.name, found.message) for found in shelf.others]
    if others:
        lines += ["", output.title("no backup sets"), output.columns(("entry", "why"), others)]
    return "\n".join(lines)


def _standing(known: Known) -> str:
    """Return in words whether a set is whole, how far it was verified, and what keeps it."""
    found = known.verification
    words = [f"damaged, {output.count(len(known.set.missing), 'file')} missing"] if known.set.missing else []
    words += [f"{_LEVELS[found.level]} {output.instant(found.at)}" if found else "not verified"]
    return "; ".join([*words, *map(str, known.holds)])


_LEVELS = {Level.BYTES: "bytes verified", Level.RESTORED: "restored and equal"}


@backup.command(
    "upload",
    epilog=options.examples(
        "planrun backup upload plans/consolidation.yaml",
        "planrun backup upload plans/consolidation.yaml --set 20260131_120000_consolidation_run12",
    ),
)
@options.plan
@click.option("--set", "only", metavar="NAME", help="This set alone, also where a copy of it was made before.")
@options.url
@options.as_json
def upload(*, plan: Path, only: str | None, url: str | None, as_json: bool) -> None:
    """Copy the backup sets of PLAN to those of its stores that lack them.

    What a run does by itself before its first migrate step; where that was interrupted, this goes on with it. Files
    that are in a store already, and equal, are not sent again.
    """
    from planrun.app import copying, target  # noqa: PLC0415  the other commands do without the database driver
    from planrun.app.plans import plan_of  # noqa: PLC0415

    loaded = plan_of(plan)
    made = copying.copy_all(loaded, target.resolve(url, os.environ, loaded), Terminal(), only)
    if as_json:
        output.document("backup upload", ok=True, copies=[{"set": name, "store": store} for name, store in made])
    else:
        output.result(f"{output.count(len(made), 'set')} copied")
