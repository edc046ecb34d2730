"""`planrun status`: what the history of a database says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from planrun.app import looking, target
from planrun.cli import options, output
from planrun.cli.conflicts import listed_document, listed_text
from planrun.cli.standing import last_day, standing_text
from planrun.errors import UsageFault

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.app.reports import ConflictsReport, StatusReport
    from planrun.core.plan import Plan
    from planrun.core.record import RunRecord, StepRecord


@click.command(
    epilog=options.examples(
        "planrun status",
        "planrun status plans/consolidation.yaml --json",
        "planrun status --conflicts --run 7 --csv conflicts.csv",
    )
)
@click.argument("plan", metavar="[PLAN]", required=False, type=options.PATH)
@options.url
@click.option("--conflicts", is_flag=True, help="List every conflict that rollbacks met, and what became of it.")
@click.option(
    "--run",
    metavar="ID",
    type=click.IntRange(min=1),
    help="With --conflicts: only those of this rollback, or of the rollbacks of this run.",
)
@click.option(
    "--csv", "file", metavar="FILE", type=options.PATH, help="With --conflicts: write them to a new file of mode 0600."
)
@options.as_json
def status(
    *, plan: Path | None, url: str | None, conflicts: bool, run: int | None, file: Path | None, as_json: bool
) -> None:
    """Show what ran on a database and what can be taken back.

    Runs and their steps, undo logs and their size, the backups of the last 24 hours, the conflicts of the last
    rollback that failed, and what a killed run left behind. With PLAN only the runs of that plan.
    """
    if not conflicts and (run is not None or file is not None):
        given = "--run" if run is not None else "--csv"
        raise UsageFault(f"{given} belongs to --conflicts", hint=f"planrun status --conflicts {given} ...")
    chosen = None if plan is None else _plan_of(plan)
    params = target.resolve(url, os.environ, chosen)
    name = chosen.name if chosen else None
    if conflicts:
        _tell_conflicts(looking.conflicts(params, name, run, file), as_json=as_json)
        return
    report = looking.status(params, chosen)
    if as_json:
        output.document("status", ok=True, **_document(report))
    else:
        output.result(standing_text(report))


def _plan_of(path: Path) -> Plan:
    from planrun.app.plans import plan_of  # noqa: PLC0415  most often none is named

    return plan_of(path)


def _tell_conflicts(report: ConflictsReport, *, as_json: bool) -> None:
    if as_json:
        found = map(listed_document, report.conflicts)
        output.document("status", ok=True, **output.plain(report) | {"conflicts": found})
    elif report.file is not None:
        output.result(output.safe(f"{report.file}: {output.count(report.count, 'conflict')}"))
    elif report.conflicts:
        output.result(listed_text(report.conflicts))
    else:
        output.result(output.safe(f"{report.target}: no conflicts"))


def _document(report: StatusReport) -> dict[str, Any]:
    whole: dict[str, Any] = output.plain(report)
    return whole | {
        "runs": [_run(run) for run in report.runs],
        "can_roll_back": [{"plan": plan, "run": run} for plan, run in report.can_roll_back],
        "unseen": [{"store": store, "reason": reason} for store, reason in report.unseen],
        "last_24_hours": [day._asdict() for day in last_day(report.artifacts, report.now)],
    }


def _run(run: RunRecord) -> dict[str, Any]:
    whole: dict[str, Any] = output.plain(run)
    return whole | {"steps": [_step(step) for step in run.steps]}


def _step(step: StepRecord) -> dict[str, Any]:
    """Return a step without its SQL and without the description of its undo log, which is planrun's own affair."""
    found: dict[str, Any] = output.plain(step)
    return {key: value for key, value in found.items() if key not in {"source", "undo"}} | {
        "in_effect": step.in_effect,
        "way_back": step.way_back,
        "caveats": list(step.caveats),
    }
