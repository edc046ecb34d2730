"""Whether a plan may migrate: with ``require: {backup: verified}`` once its backup was restored and found equal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from planrun.core.schedule import CsvWork, DumpWork, FilesWork, MigrateWork

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from planrun.core.plan import Require
    from planrun.core.progress import Progress
    from planrun.core.record import ArtifactRecord
    from planrun.core.schedule import ScheduledStep


def unmet(
    require: Require | None, todo: Sequence[ScheduledStep], backups: Iterable[ArtifactRecord], now: datetime
) -> str | None:
    """Return why the migrate steps among `todo` have to wait; None where nothing keeps them.

    Args:
        require: what the plan wants.
        todo: what is to run now, in order.
        backups: those of the plan that the history knows, oldest first.
        now: the server's clock.
    """
    first = _first_migration(todo)
    if require is None or first is None:
        return None
    if any(isinstance(step.work, DumpWork | CsvWork | FilesWork) for step in todo[:first]):
        return "its backups are only made now"
    sets = [record for record in backups if record.set_name is not None]
    if not sets:
        return "it has no backup set"
    newest = sets[-1].set_name
    # A set may lie in several stores, and one of them is enough.
    proved = [
        record.verified
        for record in sets
        if record.set_name == newest and record.status == "completed" and record.verified_level == "restored"
    ]
    moments = [moment for moment in proved if moment is not None]
    if not moments:
        return f"its newest backup set {newest} was not restored yet and compared"
    if now - max(moments) > timedelta(milliseconds=require.max_age):
        return f"its newest backup set {newest} was last restored and compared at {max(moments):%Y-%m-%d %H:%M:%S %Z}"
    return None


def held(progress: Progress) -> Progress:
    """Return what is to run while the migrate steps wait: the steps before the first of them."""
    first = _first_migration(progress.todo)
    return replace(progress, todo=progress.todo[:first], waiting=(*progress.todo[first:], *progress.waiting))


def _first_migration(steps: Sequence[ScheduledStep]) -> int | None:
    return next((number for number, step in enumerate(steps) if isinstance(step.work, MigrateWork)), None)
