"""`planrun alert`: what of a plan's runs and backups wants a person; for cron."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from planrun.app import alerting, target
from planrun.app.plans import plan_of
from planrun.cli import options, output
from planrun.core.duration import is_duration, milliseconds
from planrun.errors import StepFailed

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.app.alerting import AlertReport
    from planrun.core.alerts import Problem


def _span(context: click.Context, option: click.Parameter, text: str) -> int:
    """Return the milliseconds of a length of time as plans write it."""
    if not is_duration(text) or milliseconds(text) == 0:
        raise click.BadParameter(f"wanted a duration such as 30min, 1h or 2d, found {text!r}", context, option)
    return milliseconds(text)


@click.command(
    epilog=options.examples(
        "planrun alert plans/consolidation.yaml --since 65min",
        "planrun alert plans/consolidation.yaml --dry-run",
        "planrun alert plans/consolidation.yaml --json",
    )
)
@options.plan
@options.url
@click.option(
    "--since",
    metavar="SPAN",
    callback=_span,
    default="1h",
    show_default=True,
    help="How far back a failed run or backup is told. Take a little more than the time between two calls.",
)
@click.option("--dry-run", is_flag=True, help="Send nothing; show the message that would be sent.")
@options.as_json
def alert(*, plan: Path, url: str | None, since: int, dry_run: bool, as_json: bool) -> int:
    """Tell what of a plan's runs and backups wants a person: exit code 1 if anything does.

    Runs and backups that failed since SPAN ago; and as long as it is so: runs that were interrupted, no complete backup
    or no verification for longer than the plan's `alert` allows, backups that are gone, stores that cannot be looked
    at. It is sent to the addresses of the plan's `notify`, and so is a target that cannot be reached (exit code 3).
    """
    chosen = plan_of(plan)
    params = target.resolve(url, os.environ, chosen)
    report = alerting.alert(chosen, params, since, sends=not dry_run)
    if as_json:
        output.document("alert", ok=not report.problems, dry_run=dry_run, **output.plain(report))
    else:
        output.result(_text(report, dry_run=dry_run))
    return StepFailed.exit_code if report.problems else 0


def _text(report: AlertReport, *, dry_run: bool) -> str:
    head = f"{report.plan} on {report.target}"
    if report.notice is None:
        return output.safe(f"{head}: all is well")
    if dry_run:
        return output.safe(f"{report.notice.subject}\n\n{report.notice.body}")
    lines = [output.title(f"{head}: {output.count(len(report.problems), 'alert')}")]
    lines += [_problem(problem) for problem in report.problems]
    lines.append(output.fields([("messages", f"{report.sent} sent")]))
    return "\n".join(lines)


def _problem(problem: Problem) -> str:
    head = click.style(problem.trouble.value, fg="red", bold=True)
    error = f"\n      {output.safe(problem.error).replace(chr(10), chr(10) + '      ')}" if problem.error else ""
    return f"  {head}: {output.safe(problem.message)}{error}"
