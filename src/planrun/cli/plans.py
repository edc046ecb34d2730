"""`planrun validate` and `planrun show`: what can be said of a plan without a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from planrun.app.plans import plans_in, schedule_of
from planrun.app.starting import schema
from planrun.cli import faults, options, output
from planrun.core import listing
from planrun.errors import PlanInvalid, UsageFault


@click.command(
    epilog=options.examples(
        "planrun validate",
        "planrun validate plans/consolidation.yaml --json",
        "planrun validate --schema > schemas/plan.schema.json",
    )
)
@click.argument("plans", metavar="[PLAN]...", nargs=-1, type=options.PATH)
@click.option("--schema", "print_schema", is_flag=True, help="Write the JSON Schema of plans instead, for editors.")
@options.as_json
def validate(*, plans: tuple[Path, ...], print_schema: bool, as_json: bool) -> int:
    """Check plans: their form, the order of their steps, their templates and scripts.

    Without a PLAN those in the folder plans and below are checked. No database is asked. All faults of all plans are
    listed, each with its file, line and column. The pre-commit hook planrun-validate runs this.
    """
    if print_schema:
        if plans or as_json:
            raise UsageFault("--schema stands alone: it writes what every plan is checked with")
        output.exact(schema())
        return 0
    plans = plans or plans_in(Path())
    verdicts = [_verdict(path) for path in plans]
    for verdict in verdicts:
        _tell(verdict, as_json=as_json)
    wrong = [verdict["file"] for verdict in verdicts if not verdict["valid"]]
    if len(plans) > 1 and wrong:
        output.notice(f"{len(wrong)} of {output.count(len(plans), 'plan')} not valid")
    if as_json:
        output.document("validate", ok=not wrong, plans=[_document(verdict) for verdict in verdicts])
    return PlanInvalid.exit_code if wrong else 0


def _verdict(path: Path) -> dict[str, Any]:
    try:
        schedule = schedule_of(path)
    except PlanInvalid as error:
        return {"file": str(path), "name": None, "steps": None, "valid": False, "error": error}
    return {
        "file": str(path),
        "name": schedule.plan.name,
        "steps": len(schedule.steps),
        "valid": True,
        "error": None,
    }


def _tell(verdict: dict[str, Any], *, as_json: bool) -> None:
    if not verdict["valid"]:
        output.notice(faults.text_of(verdict["error"]))
        return
    line = f"{output.safe(verdict['file'])}: {output.count(verdict['steps'], 'step')}, valid"
    if as_json:
        output.notice(line)
    else:
        output.result(line)


def _document(verdict: dict[str, Any]) -> dict[str, Any]:
    error = verdict["error"]
    found = [faults.fault_document(fault) for fault in error.faults] if error else []
    return {key: value for key, value in verdict.items() if key != "error"} | {"faults": found}


@click.command(
    epilog=options.examples(
        "planrun show plans/consolidation.yaml",
        "planrun show plans/consolidation.yaml --format mermaid > docs/consolidation.mmd",
    )
)
@options.plan
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "mermaid"]),
    default="text",
    show_default=True,
    help="A table for people, one JSON object, or a flowchart for Mermaid.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def show(*, plan: Path, form: str, as_json: bool) -> None:
    """Show the steps of a plan in the order in which they run, and the way back of each.

    No database is asked.
    """
    schedule = schedule_of(plan)
    if as_json or form == "json":
        output.document("show", ok=True, **listing.outline_json(schedule))
    elif form == "mermaid":
        output.exact(listing.mermaid(schedule))
    else:
        output.result(listing.outline(schedule, output.line_width()).rstrip("\n"))
