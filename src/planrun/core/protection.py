"""Which runs still need the backup set that they made, whatever its age: as the history tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from planrun.core.record import RunRecord


def runs_that_need_their_set(runs: Iterable[RunRecord]) -> dict[int, tuple[str, ...]]:
    """Return the numbers of runs whose backup sets must stay, each with the reasons in words.

    A run needs its set while it is under way, can be gone on with, or can be rolled back; and while a rollback of it
    can be taken back, which brings it again. `planrun finalize` ends all that. Where no run of the plan changed
    anything, as with one that makes backups every night, there is nothing to roll back.

    Args:
        runs: those of one plan.
    """
    listed = {record.id: record for record in runs}
    last = max(
        (record.id for record in listed.values() if record.direction == "execute" and _in_effect(record)), default=0
    )
    lasting = any(step.in_effect and step.undo is not None for record in listed.values() for step in record.steps)
    found: dict[int, list[str]] = {}
    for record in listed.values():
        if record.finalized is not None:
            continue
        if record.direction == "execute":
            for text in _forward(record, lasting=lasting):
                found.setdefault(record.id, []).append(text)
        elif record.status == "running" or _can_be_taken_back(record, last):
            target = _origin(record, listed)
            text = f"run {record.id}, which takes back what run {target} did, can be taken back itself"
            found.setdefault(target, []).append(text)
    return {number: tuple(texts) for number, texts in found.items()}


def _in_effect(record: RunRecord) -> bool:
    return any(step.in_effect for step in record.steps)


def _can_be_taken_back(record: RunRecord, last: int) -> bool:
    """Tell it of a rollback. One without rows in an undo log is never finalized: a later run ends it."""
    left = any(step.in_effect and step.undo is not None for step in record.steps)
    return record.logged or (left and record.id > last)


def _forward(record: RunRecord, *, lasting: bool) -> Iterator[str]:
    if record.status == "running":
        yield f"run {record.id} is under way, or was killed and can be gone on with"
    elif not _in_effect(record):
        return
    elif record.status == "failed":
        yield f"run {record.id} did not come to its end: it can be gone on with or rolled back"
    elif lasting:
        yield f"run {record.id} can be rolled back: finalize ends that"


def _origin(record: RunRecord, listed: Mapping[int, RunRecord]) -> int:
    """Return the forward run that a rollback, or a rollback of a rollback, is about."""
    number = record.id
    while (target := listed[number].reverses) is not None and target in listed:
        number = target
    return number
