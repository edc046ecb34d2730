"""The program itself: which commands there are, where each is found, and how every end becomes an exit code."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from planrun import __version__
from planrun.cli import faults, output
from planrun.cli.groups import Commands
from planrun.errors import PlanrunError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

COMMANDS = {
    "init": ("planrun.cli.starting", "Begin a project: a folder with a first plan that validates."),
    "demo": ("planrun.cli.starting", "Watch the whole story on a PostgreSQL of its own, with sample data."),
    "validate": ("planrun.cli.plans", "Check plans, their templates and their order; no database."),
    "show": ("planrun.cli.plans", "Show a plan's steps, their order and their way back; no database."),
    "execute": ("planrun.cli.running", "Run what has not run yet; --dry-run shows every statement first."),
    "status": ("planrun.cli.looking", "Show what ran, what can be rolled back, backups, conflicts."),
    "rollback": ("planrun.cli.back", "Take the last run back; what was written since is kept."),
    "finalize": ("planrun.cli.back", "Give the way back up: drop the undo log of finished runs."),
    "backup": ("planrun.cli.backups", "List, verify, keep and prune the backups that runs made."),
    "alert": ("planrun.cli.alerting", "Tell what of a plan's runs and backups wants a person; for cron."),
}
"""Every command in the order of use: the module that holds it, and what the list of commands says of it."""

_EXIT_CODES = """\b
Exit codes:
  0    done
  1    a step or check failed
  2    the plan or the usage is wrong
  3    the database or the environment
  4    refused: a conflict, irreversible, or changed since it ran
  130  interrupted
"""


class Program(Commands):
    """A group that knows its commands by name, and imports the module of the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names of all commands, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """Import and return a command; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        found: click.Command = getattr(import_module(module), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  the same
        """Write the list of commands without importing any of them."""
        with formatter.section("Commands, in the order of use"):
            formatter.write_dl([(name, says) for name, (_, says) in COMMANDS.items()])

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, *_: Any, **extra: Any) -> NoReturn:
        """Run a command line, tell its errors, and exit."""
        given = tuple(sys.argv[1:] if args is None else args)
        sys.exit(self._outcome(given, prog_name or "planrun", extra))

    def _outcome(self, args: tuple[str, ...], name: str, extra: dict[str, Any]) -> int:
        try:
            code: int | None = super().main(list(args), name, **extra | {"standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            output.notice(error.format_message())
            return faults.USAGE
        except click.UsageError as error:
            return faults.tell(faults.of_usage(error), args)
        except PlanrunError as error:
            return faults.tell(error, args)
        except (click.Abort, KeyboardInterrupt):
            return faults.tell(faults.Interrupted(args), args)
        except RuntimeError as error:
            # Python 3.11 puts one around an interruption that comes while a class is made, in the midst of an import.
            if isinstance(error.__cause__, KeyboardInterrupt):
                return faults.tell(faults.Interrupted(args), args)
            raise
        return code or 0


@click.command(
    cls=Program,
    epilog=_EXIT_CODES,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="planrun", message="%(prog)s %(version)s")
def program() -> None:
    """Carry out a risky change to a PostgreSQL database from one YAML plan, and take it back.

    The way back is derived from what the change did: schema and data, after commit, without losing what the
    application wrote since. `planrun COMMAND --help` has examples.
    """


def main() -> NoReturn:
    """Run planrun with the arguments of this process."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.excepthook = faults.tell_defect
    output.prepare()
    program.main()


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    # The way of Ctrl-C: the statement under way is cancelled, its transaction rolled back, the lease given up.
    raise KeyboardInterrupt
