"""`planrun init` and `planrun demo`: the first minutes with planrun."""

from __future__ import annotations

from pathlib import Path

import click

from planrun.app import starting
from planrun.cli import options, output


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
