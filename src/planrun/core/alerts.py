"""What of a plan's backups and runs wants a person: judged from the history and from what lies in the stores.

An event, such as a failed run, is told while it is younger than the window that was asked for. A state that lasts, such
as a backup that is overdue, is told each time until it ends.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from planrun.core.duration import worded
from planrun.core.moments import to_the_second
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from planrun.core.plan import Alert
    from planrun.core.record import ArtifactRecord, RunRecord

MANIFEST = "manifest.json"


class Trouble(StrEnum):
    """The kinds of alert."""

    RUN_FAILED = "run failed"
    RUN_INTERRUPTED = "run interrupted"
    BACKUP_FAILED = "backup failed"
    OVERDUE = "overdue"
    UNVERIFIED = "unverified"
    MISSING = "missing"
    UNREACHABLE = "unreachable"


@frozen
class Problem:
    """One thing that wants a person.

    Attributes:
        trouble: its kind.
        message: one line, names of others in it; what it is about and what was expected.
        error: what a server or planrun said, in its own lines; may be empty.
        since: from when on, by the server's clock; None if that is not known.
        run: the run that it belongs to, if there is one.
        step: the step.
        store: the address of the store.
    """

    trouble: Trouble
    message: str
    error: str = ""
    since: datetime | None = None
    run: int | None = None
    step: str | None = None
    store: str | None = None


@frozen
class Seen:
    """What lies in a store: the size in bytes of each object by its name, which begins with that of its set."""

    sizes: Mapping[str, int]


@frozen
class Unseen:
    """A store that could not be looked at, and why."""

    reason: str


Look = Seen | Unseen


@frozen
class Standing:
    """All that is known of a plan.

    Attributes:
        now: by the server's clock.
        since: from when on events are told.
        holder: what runs now, or None.
        runs: of the plan, oldest first.
        artifacts: its backups, oldest first.
        stores: what lies in each store of the plan, by its address.
    """

    now: datetime
    since: datetime
    holder: str | None
    runs: tuple[RunRecord, ...]
    artifacts: tuple[ArtifactRecord, ...]
    stores: Mapping[str, Look]


def problems(standing: Standing, alert: Alert) -> tuple[Problem, ...]:
    """Return everything that wants a person, events first; nothing if all is well."""
    artifacts = settled(standing.artifacts, standing.holder, standing.stores)
    known = replace(standing, artifacts=artifacts)
    return (
        *_runs(known),
        *_backups(known),
        *_overdue(known, alert.expect_every),
        *_unverified(known, alert.verify_every),
        *_missing(known),
        *_unreachable(known.stores),
    )


def settled(
    artifacts: Iterable[ArtifactRecord], holder: str | None, stores: Mapping[str, Look]
) -> tuple[ArtifactRecord, ...]:
    """Return backups as they are, not only as the history has them.

    One under way with nobody at work on it has failed. One that is said to be complete is missing where its store was
    looked at, and does not hold it whole.
    """
    return tuple(_settled(item, holder, stores.get(item.store or "")) for item in artifacts)


def _settled(item: ArtifactRecord, holder: str | None, look: Look | None) -> ArtifactRecord:
    if item.status in {"pending", "running"} and holder is None:
        return replace(item, status="failed", error="the run was interrupted")
    if item.status == "completed" and item.set_name and isinstance(look, Seen) and not _is_there(item, look):
        return replace(item, status="missing", error="it is gone, or has another size")
    return item


def _is_there(item: ArtifactRecord, look: Seen) -> bool:
    name = item.path.removeprefix(f"{item.store}/")
    if f"{item.set_name}/{MANIFEST}" not in look.sizes:
        return False
    if name in look.sizes:
        return item.bytes is None or look.sizes[name] == item.bytes
    return any(other.startswith(f"{name}/") for other in look.sizes)


# --- events --------------------------------------------------------------------------------------


def _runs(standing: Standing) -> Iterator[Problem]:
    for run in standing.runs:
        if run.error is not None and run.finished is not None and run.finished >= standing.since:
            message = f"{run.direction} {run.id} failed"
            yield Problem(Trouble.RUN_FAILED, message, run.error, run.finished, run.id)
        elif run.status == "running" and standing.holder is None:
            message = f"{run.direction} {run.id} was interrupted and not resumed; planrun {run.direction} settles it"
            yield Problem(Trouble.RUN_INTERRUPTED, message, "", run.started, run.id)


def _backups(standing: Standing) -> Iterator[Problem]:
    for item in standing.artifacts:
        if item.status == "failed" and (item.completed is None or item.completed >= standing.since):
            message = f"{item.kind} of step {item.step} in {item.path}"
            since = item.completed or item.created
            yield Problem(Trouble.BACKUP_FAILED, message, item.error or "", since, item.run, item.step, item.store)


# --- states --------------------------------------------------------------------------------------


def _overdue(standing: Standing, every: int | None) -> Iterator[Problem]:
    if every is None:
        return
    for store in standing.stores:
        newest = max((done for done, _ in _complete(standing, store)), default=None)
        if newest is None or newest < standing.now - timedelta(milliseconds=every):
            said = "there is none" if newest is None else f"the newest was complete at {to_the_second(newest)}"
            message = f"no complete backup set within {worded(every)} in {store}: {said}"
            yield Problem(Trouble.OVERDUE, message, "", newest, store=store)


def _unverified(standing: Standing, every: int | None) -> Iterator[Problem]:
    """Yield that nothing was verified for too long; the time runs from the first set that could have been."""
    if every is None:
        return
    sets = [found for store in standing.stores for found in _complete(standing, store)]
    last = max((at for _, rows in sets for item in rows if (at := item.verified)), default=None)
    begin = last or min((done for done, _ in sets), default=None)
    if begin is not None and begin < standing.now - timedelta(milliseconds=every):
        said = "none ever was" if last is None else f"the last time was {to_the_second(last)}"
        yield Problem(Trouble.UNVERIFIED, f"no backup set was verified within {worded(every)}: {said}", "", begin)


def _complete(standing: Standing, store: str) -> Iterator[tuple[datetime, tuple[ArtifactRecord, ...]]]:
    """Yield the complete sets of a store: when each was complete, and its backups."""
    sets: dict[tuple[int, str], dict[str, ArtifactRecord]] = {}
    for item in standing.artifacts:
        if item.store == store and item.set_name is not None:
            sets.setdefault((item.run, item.set_name), {})[item.step] = item  # a later try wins
    runs = {run.id: run for run in standing.runs}
    for (run, _), found in sets.items():
        rows = tuple(found.values())
        times = [item.completed for item in rows if item.completed and item.status == "completed"]
        if len(times) == len(rows) and _went_on(runs[run], max(times)):
            yield max(times), rows


def _went_on(run: RunRecord, complete: datetime) -> bool:
    """Tell whether a run was not stopped between two backups of the set that was complete then."""
    later = any(step.kind != "backup" and step.started >= complete for step in run.steps)
    return later or run.status in {"done", "rolled back"}


def _missing(standing: Standing) -> Iterator[Problem]:
    for item in standing.artifacts:
        if item.status == "missing":
            message = f"{item.kind} of step {item.step}, which was complete: {item.path}"
            yield Problem(Trouble.MISSING, message, item.error or "", item.completed, item.run, item.step, item.store)


def _unreachable(stores: Mapping[str, Look]) -> Iterator[Problem]:
    for store, look in stores.items():
        if isinstance(look, Unseen):
            yield Problem(Trouble.UNREACHABLE, f"{store} cannot be looked at", look.reason, store=store)
