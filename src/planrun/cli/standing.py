"""How `planrun status` reads: each part of the report as a heading and a table."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from planrun.cli import output
from planrun.cli.conflicts import conflict_text
from planrun.core.record import NOT_NEEDED, NOTHING
from planrun.core.script import DML

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from planrun.app.reports import StatusReport
    from planrun.core.record import ArtifactRecord, RunRecord, StepRecord

RUNS_SHOWN = 10
"""How many runs are listed for people; JSON has them all."""


class DayOfBackups(NamedTuple):
    """The backups of one type and store in 24 hours: the columns of the procedure by hand, and what it did not ask."""

    backup_type: str
    total: int
    completed: int
    failed: int
    missing: int
    pruned: int
    verified: int
    store: str | None


def last_day(artifacts: Iterable[ArtifactRecord], now: datetime) -> tuple[DayOfBackups, ...]:
    """Count the backups of the 24 hours up to `now`, by type and store; those in the database itself have no store."""
    groups: dict[tuple[str, str], list[ArtifactRecord]] = {}
    for item in artifacts:
        if item.created >= now - timedelta(hours=24):
            groups.setdefault((item.kind, item.store or ""), []).append(item)
    return tuple(_day(*key, groups[key]) for key in sorted(groups))


def _day(kind: str, store: str, items: list[ArtifactRecord]) -> DayOfBackups:
    statuses = Counter(item.status for item in items)
    verified = sum(item.verified is not None for item in items)
    return DayOfBackups(
        kind,
        len(items),
        statuses["completed"],
        statuses["failed"],
        statuses["missing"],
        statuses["pruned"],
        verified,
        store or None,
    )


def standing_text(report: StatusReport) -> str:
    """Return a status report as people read it."""
    if not report.installed:
        return "\n".join([output.safe(f"{report.target}: no history; planrun ran nothing here"), *_beware(report)])
    holder = report.holder or "nothing"
    parts = [
        "\n".join([output.title(report.target), *_beware(report), output.fields([("running", holder)])]),
        *(_section(head, text) for head, text in _sections(report)),
    ]
    return "\n\n".join(parts)


def _beware(report: StatusReport) -> list[str]:
    """Return that the plan is for another database, which a run would refuse."""
    if not report.mismatches:
        return []
    return output.prose(
        output.safe(f"this is not the database that the plan is for: {'; '.join(report.mismatches)}"), indent=2
    )


def _section(head: str, text: str) -> str:
    return f"{output.title(head)}\n{text}"


def _sections(report: StatusReport) -> Iterator[tuple[str, str]]:
    if not report.runs:
        yield "runs", "  none"
    else:
        shown = report.runs[-RUNS_SHOWN:]
        roles = {run.role for run in shown}
        yield ("runs" if len(roles) > 1 else f"runs, by {shown[-1].role}"), _runs(report, shown, by_role=len(roles) > 1)
        told = _told(report)
        for run in told:
            yield f"steps of run {run.id}", _steps(run)
        if caveats := _caveats(step for run in told for step in run.steps):
            yield "what comes back a little different", "\n".join(caveats)
    if report.waiting:
        yield (
            "not in effect, and run by the next execute",
            "\n".join(output.prose(output.safe(", ".join(report.waiting)), indent=2)),
        )
    yield "can be rolled back", _open(report)
    if days := last_day(report.artifacts, report.now):
        rows = [(day.backup_type, *map(str, day[1:-1]), day.store or "(the database)") for day in days]
        yield "backups of the last 24 hours", output.columns(DayOfBackups._fields, rows, frozenset(range(1, 7)))
    if gone := [(item.step, item.path, item.error or "") for item in report.artifacts if item.status == "missing"]:
        yield "backups that are missing", output.columns(("step", "path", "why"), gone)
    if report.unseen:
        yield "stores that could not be looked at", output.columns(("store", "why"), report.unseen)
    if report.conflicts:
        yield "conflicts of the last rollback that failed", conflict_text(report.conflicts).lstrip("\n")
    if report.leftovers:
        left = "\n".join(f"  {output.safe(name)}" for name in report.leftovers)
        yield "left behind by a killed run; the next execute or rollback removes it", left


def _told(report: StatusReport) -> list[RunRecord]:
    """Return the run whose steps are shown, the last one forward, and those before it whose changes stand with its."""
    forward = [run for run in report.runs if run.direction == "execute" and run.steps]
    if not forward:
        return []
    *before, last = forward
    return [*(run for run in before if run.plan == last.plan and run.stands), last]


def _runs(report: StatusReport, shown: Sequence[RunRecord], *, by_role: bool) -> str:
    head = ("run", "plan", "what", "status", "started (UTC)", "time", *(("role",) if by_role else ()))
    rows = [
        (
            str(run.id),
            run.plan,
            _what(run, report),
            _status(run, report),
            output.instant(run.started).removesuffix(" UTC"),
            _span(run.started, run.finished),
            *((run.role,) if by_role else ()),
        )
        for run in shown
    ]
    table = output.columns(head, rows, frozenset({0, 5}), below=[_in_short(run.error or "") for run in shown])
    hidden = len(report.runs) - len(rows)
    return f"{table}\n  (and {hidden:,} before; --json lists them all)" if hidden else table


def _span(started: datetime, finished: datetime | None) -> str:
    return "" if finished is None else f"{(finished - started).total_seconds():,.2f} s"


def _status(run: RunRecord, report: StatusReport) -> str:
    if run.status == "running" and report.holder is None:
        return "interrupted"  # whoever ran it was killed before it could say so
    kept = {step.step for step in run.steps if step.in_effect}
    ran = kept | {step.step for step in run.steps if step.reversed_by is not None}
    part = f", {len(kept)} of {output.count(len(ran), 'step')} in effect" if kept and kept < ran else ""
    return f"{run.status}{part}{', finalized' if run.finalized else ''}"


def _what(run: RunRecord, report: StatusReport) -> str:
    if run.reverses is None:
        restore = any(step.restores for step in run.steps)
        return "brings rows back" if restore else run.direction
    target = next((record for record in report.runs if record.id == run.reverses), None)
    others = run.status == "done" and target is not None and _took_back_less(run, target)
    return f"takes back a part of run {run.reverses}" if others else f"takes run {run.reverses} back"


def _took_back_less(run: RunRecord, target: RunRecord) -> bool:
    return any(step.ran and step.reversed_by != run.id for step in target.steps)


def _in_short(text: str) -> str:
    """Return an error or a note on one line: the first, with what it announces, or what a check wanted and found."""
    first, *rest = text.split("\n")
    if first.endswith(":") and rest:
        more = f" (and {len(rest) - 1} more)" if len(rest) > 1 else ""
        return f"{first} {rest[0].strip()}{more}"
    said = [line.strip() for line in rest[:2] if line.startswith(("  wanted: ", "  found: "))]
    return f"{first}: {', '.join(' '.join(line.replace(':', '', 1).split()) for line in said)}" if said else first


def _steps(run: RunRecord) -> str:
    head = ("step", "kind", "status", "rows", "time", "undo log", "way back")
    # The pages of a batched step are shown as one line; once all of them ran it has a record, the undo log is theirs.
    whole = {step.step for step in run.steps if step.page is None}
    logs = Counter[str]()
    pages: dict[tuple[str, int | None], list[StepRecord]] = {}
    for step in run.steps:
        logs[step.step] += step.undo_bytes
        if step.page is not None and step.step not in whole:
            pages.setdefault((step.step, step.reversed_by), []).append(step)
    begun = {records[-1].id: records for records in pages.values()}
    shown = [step for step in run.steps if step.page is None or step.id in begun]
    rows = [
        (
            step.step,
            step.kind,
            "begun" if step.id in begun else step.status,
            _rows(begun.get(step.id, [step])),
            _time(begun.get(step.id, [step])),
            output.size(logs[step.step]) if logs[step.step] else "",
            _way_back(step, run),
        )
        for step in shown
    ]
    notes = [f"{output.count(len(begun[step.id]), 'page')} ran" if step.id in begun else _note(step) for step in shown]
    return output.columns(head, rows, frozenset({3, 4, 5}), below=notes)


def _rows(steps: list[StepRecord]) -> str:
    """Return how many rows were written or saved; nothing of a step that by its kind writes none."""
    counts = [step.rows for step in steps if step.rows is not None and not _of_definitions(step)]
    return f"{sum(counts):,}" if counts else ""


def _of_definitions(step: StepRecord) -> bool:
    # A batched step has its statements in its pages.
    sent = step.statements
    return step.kind == "migrate" and bool(sent) and not any(one.tag in DML for one in sent) and not step.rows


def _time(steps: list[StepRecord]) -> str:
    seconds = [(step.finished - step.started).total_seconds() for step in steps if step.finished is not None]
    return f"{sum(seconds):,.2f} s" if seconds else ""


def _note(step: StepRecord) -> str:
    return _in_short(step.note).removeprefix(f"{step.step}: ")


def _way_back(step: StepRecord, run: RunRecord) -> str:
    if step.reversed_by is not None:
        return f"taken back by run {step.reversed_by}"
    if run.finalized and step.undo is not None:
        return "given up: finalized"
    return NOT_NEEDED if step.way_back == NOTHING else step.way_back


def _caveats(steps: Iterable[StepRecord]) -> list[str]:
    """Return for each step its name, and beneath it what comes back a little different."""
    lines: list[str] = []
    for step in steps:
        if step.in_effect and step.caveats:
            lines.append(f"  {output.safe(step.step)}")
            for caveat in step.caveats:
                lines += output.prose(output.safe(caveat), indent=6)
    return lines


def _open(report: StatusReport) -> str:
    if not report.can_roll_back:
        # What is left are those of rollbacks, which can be taken back by their numbers.
        kept = f"\n  undo logs of rollbacks: {output.size(report.undo_bytes)}, until planrun finalize"
        return f"  {NOTHING}{kept if report.undo_bytes else ''}"
    rows = [
        (
            run.plan,
            str(run.id),
            output.size(sum(step.undo_bytes for step in run.steps if step.in_effect)),
            order,
            _up_to(run),
        )
        for plan, number in report.can_roll_back
        for run, order in _in_turn(report, plan, number)
    ]
    shown = [row[:4] for row in rows]
    # One run a plan is the rule; that several go back one by one is said where there are several.
    wide = 4 if any(order for *_, order in shown) else 3
    table = output.columns(
        ("plan", "run", "undo log", "when")[:wide],
        [row[:wide] for row in shown],
        frozenset({1, 2}),
        below=[row[4] for row in rows],
    )
    return f"{table}\n  undo logs in all: {output.size(report.undo_bytes)}"


def _in_turn(report: StatusReport, plan: str, number: int) -> Iterator[tuple[RunRecord, str]]:
    """Yield the runs of a plan that are in effect, in the order in which rollbacks take them back, and when that is."""
    runs = {run.id: run for run in report.runs}
    yield runs[number], ""
    after = number
    for run in reversed(report.runs):
        held = any(step.lasting and not step.again_by for step in run.steps)
        if run.plan == plan and run.id < number and held and run.stands:
            yield run, f"after run {after}"
            after = run.id


def _up_to(run: RunRecord) -> str:
    """Return which step of a run a rollback cannot take back; empty where there is none."""
    lost = [step for step in run.steps if step.in_effect and step.undo is not None and step.undo.irreversible]
    if not lost:
        return ""
    last = lost[-1]
    part = any(step.lasting and step.id > last.id for step in run.steps)
    return f"{last.step} is irreversible{f': --to {last.step} takes back what ran after it' if part else ''}"
