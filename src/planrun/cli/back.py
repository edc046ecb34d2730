"""`planrun rollback` and `planrun finalize`: the way back, and its end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from planrun.app import finalizing, reversing, target
from planrun.app.plans import plan_of
from planrun.cli import options, output
from planrun.cli.conflicts import conflict_text, settled_text
from planrun.cli.person import Terminal
from planrun.core.console import plural
from planrun.core.plan import Migrate, TableBackup
from planrun.core.policy import OnConflict
from planrun.core.selection import After, Everything, Only
from planrun.errors import Conflict, UsageFault

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.app.reports import FinalizeReport, RollbackReport
    from planrun.core.plan import Plan
    from planrun.core.selection import Selection


@click.command(
    epilog=options.examples(
        "planrun rollback plans/consolidation.yaml --preview",
        "planrun rollback plans/consolidation.yaml --dry-run > way_back.sql",
        "planrun rollback plans/consolidation.yaml",
        "planrun rollback plans/consolidation.yaml --to lease_columns",
        "planrun rollback plans/consolidation.yaml --preview --on-conflict keep",
    )
)
@options.plan
@options.url
@click.option("--run", metavar="ID", type=click.IntRange(min=1), help="The run to take back; without it the last one.")
@click.option("--to", metavar="STEP", help="Take back only what ran after this step, which stays.")
@click.option("--only", metavar="STEP", help="Take back only this step and the steps that need it.")
@click.option("--dry-run", is_flag=True, help="Print the complete SQL of the way back; `psql -X -f` alone can run it.")
@click.option(
    "--preview", is_flag=True, help="Run the way back and undo it: count rows, list conflicts (exit code 4 if any)."
)
@click.option(
    "--on-conflict",
    metavar="WORD",
    type=click.Choice([word.value for word in OnConflict]),
    help="Where the application wrote since: abort (change nothing), keep what it wrote, or restore what was before;"
    " without it, what the plan says.",
)
@options.yes
@options.as_json
def rollback(  # noqa: PLR0913  one argument an option
    *,
    plan: Path,
    url: str | None,
    run: int | None,
    to: str | None,
    only: str | None,
    dry_run: bool,
    preview: bool,
    on_conflict: str | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Take a run back, or a part of it: schema and data, in one transaction.

    What the application wrote since is kept. Where a later write stands in the way, nothing is changed, and every
    conflict is listed by table, key and column, unless the plan or --on-conflict say what becomes of it. The steps that
    stay have to have nothing in common with those that go; what went back is run again by the next execute.

    A run with batches or CONCURRENTLY goes back in several transactions, and a conflict may stop it between two of
    them: --preview looks for those of all. Each run of a plan goes back by itself, the last one first.
    """
    selection = _selection(to, only)
    if dry_run and preview:
        raise UsageFault(
            "--dry-run and --preview exclude each other",
            hint="--dry-run prints the SQL, --preview counts rows and lists conflicts",
        )
    chosen = plan_of(plan)
    params = target.resolve(url, os.environ, chosen)
    word = OnConflict(on_conflict) if on_conflict else None
    if dry_run:
        sql = reversing.script(chosen, params, run=run, selection=selection, on_conflict=word)
        if as_json:
            output.document("rollback", ok=True, dry_run=True, plan=chosen.name, sql=sql)
        else:
            output.exact(sql)
        return 0
    if preview:
        report = reversing.preview(chosen, params, run=run, selection=selection, on_conflict=word)
    else:
        report = reversing.rollback(chosen, params, Terminal(), run=run, selection=selection, on_conflict=word, yes=yes)
    return _tell(report, chosen, as_json=as_json)


def _selection(to: str | None, only: str | None) -> Selection:
    match to, only:
        case None, None:
            return Everything()
        case str(), None:
            return After(to)
        case None, str():
            return Only(only)
        case _:
            raise UsageFault(
                "--to and --only exclude each other",
                hint="--to takes back what ran after a step, --only the step itself and what needs it",
            )


def _tell(report: RollbackReport, plan: Plan, *, as_json: bool) -> int:
    ok = report.possible
    if as_json:
        output.document("rollback", ok=ok, dry_run=False, **output.plain(report) | _rows(report))
    else:
        output.result(_summary(report, plan))
    return 0 if ok else Conflict.exit_code


def _rows(report: RollbackReport) -> dict[str, list[dict[str, object]]]:
    return {"rows": [{"step": step, "rows": rows} for step, rows in report.rows]}


def _summary(report: RollbackReport, plan: Plan) -> str:
    part = "a part of " if report.remaining else ""
    number = f"{part}run {report.reverses} of {report.plan} on {report.target}"
    if not report.possible:
        head = f"{number} cannot be taken back: {output.count(len(report.conflicts), 'conflict')}"
        return "\n".join([output.title(head), conflict_text(report.conflicts, report.not_compared)])
    head = f"{number} can be taken back, nothing was changed" if report.preview else f"{number} was taken back"
    lines = [output.title(head), _steps(report, plan)]
    if report.remaining:
        lines.append(output.safe(f"  still in effect: {', '.join(report.remaining)}"))
    if report.others:
        first, *more = report.others
        then = f", then run {', '.join(map(str, more))}" if more else ""
        lines.append(f"  still in effect: run {first}, which the next planrun rollback takes back{then}")
    if report.kept or report.restored:
        lines.append(f"  conflicts: {report.kept:,} kept, {report.restored:,} restored")
    if report.conflicts:
        lines.append(settled_text(report.conflicts))
    if report.run is not None:
        lines.append(f"  recorded as run {report.run}")
    return "\n".join(lines)


def _steps(report: RollbackReport, plan: Plan) -> str:
    """Return the steps that left something to take back, in the order in which that happens."""
    rows = dict(report.rows)
    idle = {step.id for step in plan.steps if not isinstance(step.action, Migrate | TableBackup)}
    taken = [(step, f"{rows[step]:,}" if step in rows else "") for step in report.steps if step not in idle]
    return output.columns(("step", "rows put back"), taken, frozenset({1}))


@click.command(
    epilog=options.examples(
        "planrun finalize plans/consolidation.yaml",
        "planrun finalize plans/consolidation.yaml --yes --json",
    )
)
@options.plan
@options.url
@options.yes
@options.as_json
def finalize(*, plan: Path, url: str | None, yes: bool, as_json: bool) -> None:
    """Give the way back of the finished runs of a plan up: drop their undo logs.

    The history and the backups stay. A finalized run cannot be rolled back any more.
    """
    chosen = plan_of(plan)
    params = target.resolve(url, os.environ, chosen)
    report = finalizing.finalize(chosen, params, Terminal(), yes=yes)
    if as_json:
        output.document("finalize", ok=True, **output.plain(report))
    else:
        output.result(_finalized(report))


def _finalized(report: FinalizeReport) -> str:
    runs = f"{plural('run', len(report.runs))} {', '.join(map(str, report.runs))}"
    dropped = f"{output.count(len(report.tables), 'table')}, {output.size(report.bytes)}"
    return "\n".join(
        [
            output.title(f"finalized {runs} of {report.plan} on {report.target}"),
            output.fields([("undo log", f"{dropped} dropped"), ("way back", "none any more")]),
        ]
    )
