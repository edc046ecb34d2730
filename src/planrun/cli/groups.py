"""What the two groups of commands share: a list that is not cut short, and the nearest word to a mistyped one."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from planrun.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterable

_WHOLE = 1000
"""More than any first sentence of a help has."""


class Commands(click.Group):
    """A group that shows the whole first sentence of each command, and knows which one was meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names.

        Raises:
            UsageFault: there is none of that name.
        """
        name = args[0]
        if not name.startswith("-") and not ctx.resilient_parsing and self.get_command(ctx, name) is None:
            known = self.list_commands(ctx)
            hint = did_you_mean(name, known) or f"the commands are {', '.join(known)}"
            raise UsageFault(f"no such command {name!r}", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands in their order."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(_WHOLE)) for name, command in found if command])


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the question whether the nearest known word was meant; None if none is near."""
    near = get_close_matches(word, list(known), 1)
    return f"did you mean {near[0]}?" if near else None
