"""The words that several commands share, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    F = TypeVar("F", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)
"""A path that need not exist: what is wrong with it is said where it is read."""

plan = click.argument("plan", metavar="PLAN", type=PATH)

url = click.option(
    "--url",
    metavar="URL",
    help="The database, as postgresql://user@host:5432/name or as keywords (host=... dbname=...); a password in it "
    "is refused. Without it: PLANRUN_URL, else DATABASE_URL, else the plan's target, else the PG* variables.",
)
yes = click.option("--yes", is_flag=True, help="Go on without asking. Needed where nobody can answer.")
as_json = click.option(
    "--json", "as_json", is_flag=True, help="Write one JSON object to stdout; text for people goes to stderr."
)


def examples(*lines: str) -> str:
    """Return an epilog that shows command lines, one a line, as they stand."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
