"""`planrun init` and `planrun demo`: the first minutes with planrun."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planrun.app import starting
from planrun.cli import options, output
from planrun.cli.person import Terminal
from planrun.errors import UsageFault

if TYPE_CHECKING:
    from planrun.app.demo import DemoReport


@click.command(epilog=options.examples("planrun init", "planrun init shop && planrun validate shop/plans/first.yaml"))
@click.argument("folder", metavar="[DIR]", type=options.PATH, default=Path())
@options.as_json
def init(*, folder: Path, as_json: bool) -> None:
    """Begin a project in DIR, or here: a first plan that validates, its template, and a pre-commit hook.

    Nothing is overwritten. A .gitignore that is there gets one line, which keeps backups out of version control.
    """
    written = starting.init(folder)
    hooked = folder / starting.HOOKS in written
    if not hooked:
        output.notice(f"{starting.HOOKS} was left as it is; add the hook planrun-validate to it")
    if as_json:
        output.document("init", ok=True, folder=folder, written=written)
        return
    plan = folder / starting.PLAN
    lines = [f"wrote {path}" for path in written] + [f"next: planrun validate {plan}"]
    output.result("\n".join(map(output.safe, lines)))


@click.command(epilog=options.examples("planrun demo", "planrun demo --keep", "planrun demo --stop"))
@click.option("--keep", is_flag=True, help="Leave the server and its project up afterwards, to try commands on.")
@click.option("--stop", is_flag=True, help="End the servers that --keep left up, and remove their data.")
@options.as_json
def demo(*, keep: bool, stop: bool, as_json: bool) -> None:
    """Watch the whole story on a PostgreSQL of its own, with 20,000 tenants; no database of yours is touched.

    A plan is executed, the application goes on writing, a conflict is refused, the run is rolled back, and every
    row and definition is compared. The server comes with the extra: pip install 'planrun[demo]'.
    """
    if keep and stop:
        raise UsageFault("--keep and --stop exclude each other")
    from planrun.app import demo as story  # noqa: PLC0415  init does without the database driver

    if stop:
        stopped = story.stop()
        if as_json:
            output.document("demo", ok=True, stopped=stopped)
        else:
            output.result(f"stopped {output.count(stopped, 'server')}")
        return
    report = story.demo(Terminal(), keep=keep)
    if as_json:
        output.document("demo", ok=True, **output.plain(report))
    else:
        output.result(_story(report))


def _story(report: DemoReport) -> str:
    head = f"proved on PostgreSQL {report.version} in {report.seconds:.0f} s"
    pairs = [
        ("changed", f"{output.count(report.written, 'row')} by the run, new ones included"),
        ("came back", f"all {report.rows:,} rows of the start, and every definition"),
        ("kept", f"{output.count(report.kept, 'row')} that the application wrote since"),
        ("refused", f"{output.count(report.conflicts, 'conflict')} with a later write"),
    ]
    if report.url is not None and report.project is not None:
        pairs += [
            ("server", report.url),
            ("project", report.project),
            ("try", f"cd {report.project} && export PLANRUN_URL='{report.url}' && planrun status"),
            ("end it", "planrun demo --stop"),
        ]
    return "\n".join([output.title(head), output.fields(pairs)])
