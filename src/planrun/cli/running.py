"""`planrun execute`, and its dry run, which needs no database and does not load its driver."""

from __future__ import annotations

import os
from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from planrun.app.plans import schedule_of
from planrun.cli import options, output
from planrun.cli.person import Terminal
from planrun.core.progress import LASTING
from planrun.core.record import NOTHING
from planrun.core.schedule import ConfirmWork
from planrun.errors import EnvironmentFault, UsageFault

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.app.reports import RunReport
    from planrun.core.schedule import Schedule

ORDER_FILE = "order.txt"
"""Where `--out` lists its files, one a line, in the order of execution."""


@click.command(
    epilog=options.examples(
        "planrun execute plans/consolidation.yaml --dry-run | less",
        "planrun execute plans/consolidation.yaml --until export_leases",
        "planrun execute plans/consolidation.yaml --yes --confirm dashboard_backup",
    )
)
@options.plan
@options.url
@click.option("--dry-run", is_flag=True, help="Print every statement in the order of execution; connect to nothing.")
@click.option(
    "--out",
    metavar="DIR",
    type=options.PATH,
    help="With --dry-run: write a file for each step, and order.txt, into DIR.",
)
@click.option("--until", metavar="STEP", help="Stop after this step; a later execute goes on behind it.")
@click.option(
    "--confirm", metavar="ID", multiple=True, help="Answer the question of the confirm step ID. May be given again."
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1, 64),
    default=1,
    help="Make up to N backup files at the same time, from one snapshot.",
)
@options.yes
@options.as_json
def execute(  # noqa: PLR0913  one for an option
    *,
    plan: Path,
    url: str | None,
    dry_run: bool,
    out: Path | None,
    until: str | None,
    confirm: tuple[str, ...],
    jobs: int,
    yes: bool,
    as_json: bool,
) -> None:
    """Run what has not run yet.

    Each step commits together with its record and its way back. After an interruption or a failed step, execute
    again: it goes on behind the last finished step.
    """
    if out is not None and not dry_run:
        raise UsageFault("--out is for --dry-run", hint="add --dry-run to write the SQL, leave --out away to run it")
    schedule = schedule_of(plan)
    confirmed = _confirmed(schedule, confirm)
    if dry_run:
        _dry_run(schedule, until, out, as_json=as_json)
        return
    report = _execute(schedule, url, until, confirmed, yes=yes, jobs=jobs)
    if as_json:
        output.document("execute", ok=True, dry_run=False, **output.plain(report))
    else:
        output.result(_summary(report, schedule, plan))


def _confirmed(schedule: Schedule, given: tuple[str, ...]) -> frozenset[str]:
    known = [step.id for step in schedule.steps if isinstance(step.work, ConfirmWork)]
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            listed = f"the plan asks at: {', '.join(known)}" if known else "no step of the plan asks anything"
            hint = f"did you mean {near[0]}?" if near else listed
            raise UsageFault(f"--confirm {name}: the plan has no such confirm step", hint=hint)
    return frozenset(given)


def _execute(
    schedule: Schedule, url: str | None, until: str | None, confirmed: frozenset[str], *, yes: bool, jobs: int
) -> RunReport:
    from planrun.app import executing, target  # noqa: PLC0415  a dry run does without the database driver

    params = target.resolve(url, os.environ, schedule.plan)
    return executing.execute(schedule, params, Terminal(), until=until, confirmed=confirmed, yes=yes, jobs=jobs)


# --- the dry run -------------------------------------------------------------------------------


def _dry_run(schedule: Schedule, until: str | None, out: Path | None, *, as_json: bool) -> None:
    from planrun.core import listing  # noqa: PLC0415  a run that is carried out prints none

    sql = listing.script_of(schedule, until)
    written = () if out is None else _write(schedule, until, out)
    if as_json:
        output.document(
            "execute",
            ok=True,
            dry_run=True,
            plan=schedule.plan.name,
            sha256=listing.digest_of(schedule),
            sql=sql,
            files=written,
        )
    elif out is None:
        output.exact(sql)
    else:
        output.result(output.safe(f"{out}: {output.count(len(written) - 1, 'step')}, and their order in {ORDER_FILE}"))


def _write(schedule: Schedule, until: str | None, folder: Path) -> tuple[Path, ...]:
    """Write one file a step, and the list of them; return what was written."""
    from planrun.core import listing  # noqa: PLC0415  as above

    parts = listing.step_scripts(schedule, until)
    digits = len(str(len(parts)))
    texts = {f"{number:0{digits}}_{step}.sql": text for number, (step, text) in enumerate(parts, start=1)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageFault(
                f"{folder} is not empty", hint="name a new folder: an old file in it could be taken for SQL of the plan"
            )
        for name, text in (texts | {ORDER_FILE: "".join(f"{name}\n" for name in texts)}).items():
            (folder / name).write_bytes(text.encode())
    except OSError as error:
        raise EnvironmentFault(f"{folder} cannot be written: {error.strerror}") from error
    return tuple(folder / name for name in (*texts, ORDER_FILE))


# --- the summary -------------------------------------------------------------------------------


_ALL_IN_EFFECT = "every step is in effect"


def _summary(report: RunReport, schedule: Schedule, plan: Path) -> str:
    if report.run is None:
        behind = sum(step.status == "waiting" for step in report.steps)
        more = f"{output.count(behind, 'step')} {'waits' if behind == 1 else 'wait'} behind it"
        told = f"every step up to that of --until is in effect, {more}" if behind else _ALL_IN_EFFECT
        return output.safe(f"{report.plan} on {report.target}: nothing to do, {told}")
    return "\n".join(
        [
            output.title(f"run {report.run} of {report.plan} on {report.target}: {report.status}"),
            output.fields(
                [
                    ("steps", _steps(report)),
                    *([("no way back", ", ".join(lost))] if (lost := _irreversible(report)) else []),
                    *([("backups", report.backup_set)] if report.backup_set else []),
                    ("undo log", output.size(report.undo_bytes)),
                    ("way back", _way_back(report, schedule, plan)),
                ]
            ),
        ]
    )


def _way_back(report: RunReport, schedule: Schedule, plan: Path) -> str:
    if not _leaves_something(report, schedule):
        return NOTHING
    lost, ran = _irreversible(report), [step.id for step in report.steps if step.status != "waiting"]
    if lost:
        lasting = {step.id for step in schedule.steps if isinstance(step.work, LASTING)}
        after = lasting.intersection(ran[ran.index(lost[-1]) + 1 :])
        return f"planrun rollback {plan} --to {lost[-1]}" if after else f"none: {lost[-1]} is irreversible"
    before = f", then again for run {' and '.join(map(str, report.earlier))}" if report.earlier else ""
    return f"planrun rollback {plan}{before}"


def _steps(report: RunReport) -> str:
    words = {
        "done": "done",
        "warned": "with a warning",
        "skipped": "had run before",
        "waiting": "wait behind --until",
    }
    counts = Counter(step.status for step in report.steps)
    return ", ".join(f"{number} {words.get(status, status)}" for status, number in counts.items())


def _leaves_something(report: RunReport, schedule: Schedule) -> bool:
    """Tell whether there is anything to take back: backups in files and checks leave nothing behind."""
    ran = {step.id for step in report.steps if step.status != "waiting"}
    return any(isinstance(step.work, LASTING) for step in schedule.steps if step.id in ran)


def _irreversible(report: RunReport) -> list[str]:
    return [step.id for step in report.steps if step.reversible == "irreversible"]
