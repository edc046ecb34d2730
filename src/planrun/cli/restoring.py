"""`planrun backup restore`: what a backup holds, back into a database."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from planrun.app import restoring, target
from planrun.app.reports import RestoreReport
from planrun.app.restore_words import Wanted
from planrun.cli import options, output
from planrun.cli.conflicts import conflict_text, settled_text
from planrun.cli.person import Terminal
from planrun.cli.verifying import identity
from planrun.core.policy import OnConflict
from planrun.errors import Conflict

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.app.reports import RowsRestoreReport


@click.command(
    epilog=options.examples(
        "planrun backup restore backups/20260131_120000_consolidation_run12 --into postgresql://owner@host/propo_copy",
        "planrun backup restore backups/20260131_120000_consolidation_run12 --step export_tenants --dry-run",
        "planrun backup restore s3://propo-backups/migration/20260131_120000_consolidation_run12 --table tenants",
    )
)
@click.argument("source", metavar="SET")
@click.option(
    "--into",
    metavar="URL",
    help="The database; without it PLANRUN_URL, else DATABASE_URL, else the PG* variables.",
)
@click.option(
    "--step",
    "steps",
    metavar="ID",
    multiple=True,
    help="What this backup step saved: a dump as a whole, or rows of an export or of a copy of a table.",
)
@click.option(
    "--table",
    "tables",
    metavar="NAME",
    multiple=True,
    help="Of a dump only the rows of this table.",
)
@click.option("--clean", is_flag=True, help="Drop what is in the dump and in the database first.")
@click.option("--in-use", is_flag=True, help="Restore a dump though others are connected to the database.")
@click.option(
    "--on-conflict",
    metavar="WORD",
    type=click.Choice([word.value for word in OnConflict]),
    default=OnConflict.ABORT.value,
    help="Where the application changed a row since: abort (change nothing), keep what it wrote, or restore.",
)
@click.option("--dry-run", is_flag=True, help="Compare and count, and write nothing (exit code 4 for conflicts).")
@identity
@options.yes
@options.as_json
def restore(  # noqa: PLR0913  one argument an option
    *,
    source: str,
    into: str | None,
    steps: tuple[str, ...],
    tables: tuple[str, ...],
    clean: bool,
    in_use: bool,
    on_conflict: str,
    dry_run: bool,
    identity: Path | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Restore a dump into an empty database, or rows of SET into the tables that they came from.

    SET is the folder of a backup set, or its address in a bucket. Every byte is compared with the manifest before
    anything is written, and every row afterwards.

    Rows come back by their key, in one transaction. Missing rows come back, and values that still are what a run wrote;
    what the application changed since is a conflict. What is not in the backup is left alone. Such a restore is a run
    of its own, which planrun rollback takes back.
    """
    wanted = Wanted(
        steps=steps,
        tables=tables,
        clean=clean,
        in_use=in_use,
        on_conflict=OnConflict(on_conflict),
        dry_run=dry_run,
        identity=identity,
        yes=yes,
    )
    report = restoring.restore(
        source,
        target.resolve(into, os.environ, None, option="--into"),
        wanted,
        Terminal(),
        lambda: datetime.now(tz=UTC),  # noqa: TID251  of the hold on the set
    )
    if isinstance(report, RestoreReport):
        return _whole(report, as_json=as_json)
    return _rows(report, as_json=as_json)


def _whole(report: RestoreReport, *, as_json: bool) -> int:
    if as_json:
        output.document("backup restore", ok=True, what="database", **output.plain(report))
        return 0
    verb = "can be restored" if report.dry_run else "was restored"
    lines = [output.title(f"{report.step} {verb} into {report.target}")]
    if report.compared:
        rows = sum(table.rows for table in report.tables)
        lines.append(f"  every row is as it was saved: {output.count(len(report.tables), 'table')}, {rows:,} rows")
    elif not report.dry_run:
        lines.append("  rows were not compared: the manifest says nothing of them")
    if report.besides:
        lines.append(output.safe(f"  not of the dump, and left alone: {', '.join(report.besides)}"))
    output.result("\n".join(lines))
    return 0


def _rows(report: RowsRestoreReport, *, as_json: bool) -> int:
    if as_json:
        output.document("backup restore", ok=report.possible, what="rows", **output.plain(report))
    else:
        output.result(_rows_text(report))
    return 0 if report.possible else Conflict.exit_code


def _rows_text(report: RowsRestoreReport) -> str:
    if not report.possible:
        head = f"rows cannot come back to {report.target}: {output.count(len(report.conflicts), 'conflict')}"
        return "\n".join([output.title(head), _tables(report), conflict_text(report.conflicts, of_backup=True)])
    verb = "can come back to" if report.dry_run else "came back to"
    lines = [output.title(f"rows {verb} {report.target}"), _tables(report)]
    for table in report.tables:
        if table.back and table.unsaved:
            unsaved = ", ".join(table.unsaved)
            lines.append(output.safe(f"  {table.table}: rows that were missing have the defaults of {unsaved}"))
    if report.conflicts:
        lines.append(settled_text(report.conflicts, of_backup=True))
    if report.run is not None:
        lines.append(f"  recorded as run {report.run}, which planrun rollback PLAN --run {report.run} takes back")
    return "\n".join(lines)


def _tables(report: RowsRestoreReport) -> str:
    head = ("table", "saved by", "rows saved", "equal", "missing", "values back", "not in backup")
    rows = [
        (
            table.table,
            table.step,
            *(f"{n:,}" for n in (table.saved, table.equal, table.back, table.changed, table.besides)),
        )
        for table in report.tables
    ]
    return output.columns(head, rows, frozenset({2, 3, 4, 5, 6}))
