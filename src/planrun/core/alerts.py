"""What of a plan's backups and runs wants a person: judged from the history and from what lies in the stores.

An event, such as a failed run, is told while it is younger than the window that was asked for. A state that lasts, such
as a backup that is overdue, is told each time until it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Seen:
    """What lies in a store: the size in bytes of each object by its name, which begins with that of its set."""

    sizes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Unseen:
    """A store that could not be looked at, and why."""

    reason: str


Look = Seen | Unseen


@dataclass(frozen=True, slots=True)
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
    gone = {item.id for item in lost(standing.artifacts, standing.stores)}
    return (
        *_runs(standing),
        *_backups(standing),
        *_overdue(standing, alert.expect_every, gone),
        *_unverified(standing, alert.verify_every, gone),
        *_missing(standing, gone),
        *_unreachable(standing.stores),
    )


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
        failed = item.status == "failed" and (item.completed or item.created) >= standing.since
        if failed or interrupted(item, standing.holder):
            yield Problem(
                Trouble.BACKUP_FAILED,
                f"{item.kind} of step {item.step} in {item.path}",
                item.error or "the run was interrupted",
                item.completed or item.created,
                item.run,
                item.step,
                item.store,
            )


def interrupted(artifact: ArtifactRecord, holder: str | None) -> bool:
    """Tell whether a backup that is said to be under way was left so by a run that was killed."""
    return artifact.status in {"pending", "running"} and holder is None


# --- states --------------------------------------------------------------------------------------


def _overdue(standing: Standing, every: int | None, gone: set[int]) -> Iterator[Problem]:
    if every is None:
        return
    limit = timedelta(milliseconds=every)
    for store in standing.stores:
        newest = max((done for done, _ in _complete(standing, gone, store)), default=None)
        if newest is None or newest < standing.now - limit:
            said = "there is none" if newest is None else f"the newest was complete at {newest:%Y-%m-%d %H:%M:%S %Z}"
            message = f"no complete backup set within {span(every)} in {store}: {said}"
            yield Problem(Trouble.OVERDUE, message, "", newest, store=store)


def _unverified(standing: Standing, every: int | None, gone: set[int]) -> Iterator[Problem]:
    """Yield that nothing was verified for too long; the time runs from the first set that could have been."""
    if every is None:
        return
    sets = [found for store in standing.stores for found in _complete(standing, gone, store)]
    last = max((at for _, rows in sets for item in rows if (at := item.verified)), default=None)
    begin = last or min((done for done, _ in sets), default=None)
    if begin is not None and begin < standing.now - timedelta(milliseconds=every):
        said = "none ever was" if last is None else f"the last one was at {last:%Y-%m-%d %H:%M:%S %Z}"
        yield Problem(Trouble.UNVERIFIED, f"no backup set was verified within {span(every)}: {said}", "", begin)


def _complete(
    standing: Standing, gone: set[int], store: str
) -> Iterator[tuple[datetime, tuple[ArtifactRecord, ...]]]:
    """Yield the complete sets of a store: when each was complete, and its backups."""
    sets: dict[tuple[int, str], dict[str, ArtifactRecord]] = {}
    for item in standing.artifacts:
        if item.store == store and item.set_name is not None:
            sets.setdefault((item.run, item.set_name), {})[item.step] = item  # a later try wins
    runs = {run.id: run for run in standing.runs}
    for (run, _), found in sets.items():
        rows = tuple(found.values())
        times = [item.completed for item in rows if item.completed and item.status == "completed"]
        if len(times) == len(rows) and not gone & {item.id for item in rows} and _went_on(runs[run], max(times)):
            yield max(times), rows


def _went_on(run: RunRecord, complete: datetime) -> bool:
    """Tell whether a run was not stopped between two backups of the set that was complete then."""
    later = (step for step in run.steps if step.kind != "backup" and step.started >= complete)
    return run.status in {"done", "rolled back"} or any(later)


def _missing(standing: Standing, gone: set[int]) -> Iterator[Problem]:
    for item in standing.artifacts:
        if item.id in gone or item.status == "missing":
            message = f"{item.kind} of step {item.step} is said to be complete, but is not there whole: {item.path}"
            yield Problem(Trouble.MISSING, message, "", item.completed, item.run, item.step, item.store)


def lost(artifacts: Iterable[ArtifactRecord], stores: Mapping[str, Look]) -> Iterator[ArtifactRecord]:
    """Yield the backups that are said to be complete, and are not there whole, as far as their stores could be seen."""
    for item in artifacts:
        look = stores.get(item.store or "")
        if item.status == "completed" and isinstance(look, Seen) and item.set_name and not _is_there(item, look):
            yield item


def _is_there(item: ArtifactRecord, look: Seen) -> bool:
    name = item.path.removeprefix(f"{item.store}/")
    if f"{item.set_name}/{MANIFEST}" not in look.sizes:
        return False
    if name in look.sizes:
        return item.bytes is None or look.sizes[name] == item.bytes
    return any(other.startswith(f"{name}/") for other in look.sizes)


def _unreachable(stores: Mapping[str, Look]) -> Iterator[Problem]:
    for store, look in stores.items():
        if isinstance(look, Unseen):
            yield Problem(Trouble.UNREACHABLE, f"{store} cannot be looked at", look.reason, store=store)


def span(milliseconds: int) -> str:
    """Return a span of time as plans write it: ``1d``, ``90min``."""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)):
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"
