"""`planrun backup prune`: retention."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from planrun.app import pruning, target
from planrun.app.plans import plan_of
from planrun.app.stores import stores_of
from planrun.cli import options, output
from planrun.cli.person import Terminal
from planrun.core.retention import Action

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from planrun.app.reports import PrunedSet, PrunedStore, PruneReport

_TOLERABLE = 60
"""By how many seconds two clocks may differ before it is told."""


@click.command(
    epilog=options.examples(
        "planrun backup prune plans/consolidation.yaml --dry-run",
        "planrun backup prune plans/consolidation.yaml --yes",
    )
)
@options.plan
@options.url
@click.option("--dry-run", is_flag=True, help="Only show what would be deleted, and why.")
@options.yes
@options.as_json
def prune(*, plan: Path, url: str | None, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Delete the backup sets of a plan that its `keep` does not keep, in every store of the plan.

    Shows what becomes of each set and why, and asks. Deletes what the manifests name and nothing else. The newest set,
    the last one that was verified, and those that a run which can be rolled back, a restore or a hold needs, stay
    whatever their age. Asks the database which runs those are, and deletes nothing where it cannot be asked.
    """
    loaded = plan_of(plan)
    report = pruning.prune(
        loaded,
        target.resolve(url, os.environ, loaded),
        stores_of(loaded),
        Terminal(),
        _clock,
        shown=lambda decided: output.notice(_text(decided)),
        dry_run=dry_run,
        yes=yes,
    )
    if as_json:
        output.document("backup prune", ok=True, **output.plain(report))
    else:
        output.result(_text(report))


def _clock() -> datetime:
    return datetime.now(tz=UTC)  # noqa: TID251  compared with the server's


def _text(report: PruneReport) -> str:
    return "\n\n".join(
        ["\n".join(_store(store, dry_run=report.dry_run)) for store in report.stores] + list(_clocks(report))
    )


def _store(store: PrunedStore, *, dry_run: bool) -> Iterator[str]:
    number = sum(item.action is Action.DELETE for item in store.sets)
    deleted = [item for item in store.sets if item.deleted]
    done = f"{len(deleted)} deleted" if deleted else f"{number} {'would go' if dry_run else 'to delete'}"
    yield output.title(f"{store.store}: {output.count(len(store.sets), 'backup set')}, {done}")
    if store.sets:
        yield _sets(store.sets)
    for item in store.sets:
        if item.left:
            yield output.safe(f"  left in {item.name}, since no manifest names it: {', '.join(item.left)}")
    if store.others:
        yield output.title("left alone")
        yield output.columns(("entry", "why"), [(item.name, item.message) for item in store.others])


def _sets(sets: tuple[PrunedSet, ...]) -> str:
    """Return the sets as a table; where its lines would be too wide the reasons stand beneath."""
    head = ("", "set", "size", "why")
    rows = [(_word(item), item.name, output.size(item.bytes), _why(item)) for item in sets]
    table = output.columns(head, rows, frozenset({2}))
    if output.fits(table):
        return table
    return output.columns(head[:3], [row[:3] for row in rows], frozenset({2}), below=[row[3] for row in rows])


def _word(item: PrunedSet) -> str:
    return "deleted" if item.deleted else item.action.value


def _why(item: PrunedSet) -> str:
    reasons = "; ".join(reason.text for reason in item.reasons)
    return f"still there: {item.outcome}" if item.outcome else reasons


def _clocks(report: PruneReport) -> Iterator[str]:
    if abs(report.clock_ahead) > _TOLERABLE:
        which = "ahead of" if report.clock_ahead > 0 else "behind"
        yield output.safe(
            f"the clock of this machine is {abs(report.clock_ahead):,.0f} s {which} the server's;"
            f" the earlier of the two counts, {output.instant(report.now)}"
        )
