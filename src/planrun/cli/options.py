"""The words that several commands share, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    F = TypeVar("F", bound=Callable[..., Any])


class _NoUrl(click.Path):
    """A path; a connection string in its place is refused without repeating it, since it may hold a password."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        if "://" in str(value):
            self.fail("wanted a path, found a URL; a database is named by --url", param, ctx)
        return super().convert(value, param, ctx)


PATH = _NoUrl(path_type=Path)
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
