"""Errors: as text on stderr, as a JSON object where that was asked for, and as the exit code.

A last guard stands here too: what looks like a password of a connection string is masked in every error, and a
traceback of a defect is searched for the passwords that the environment holds.
"""

from __future__ import annotations

import os
import sys
import traceback
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from planrun.cli import output
from planrun.cli.groups import did_you_mean
from planrun.core.redaction import redacted, secrets
from planrun.errors import Conflict, Fault, PlanInvalid, PlanrunError, StatementFailed, UsageFault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from planrun.errors import Place

USAGE = UsageFault.exit_code
DEFECT = 1
"""What Python exits with after a traceback."""

_STAYS = {
    "execute": "nothing of the step under way stays; run execute again to go on (a batched step: with its next page)",
    "rollback": "nothing of the rollback stays but parts that were committed; planrun status tells, rollback goes on",
    "finalize": "nothing was dropped, unless it was committed just then; planrun status tells",
}


class Interrupted(PlanrunError):  # noqa: N818  named as the tree of planrun.errors names
    """Somebody ended the command: Ctrl-C or SIGTERM."""

    exit_code = 130

    def __init__(self, args: Sequence[str]) -> None:
        super().__init__("interrupted", hint=_STAYS.get(command_of(args)))


# --- telling -----------------------------------------------------------------------------------


def tell(error: PlanrunError, args: Sequence[str]) -> int:
    """Tell an error, on stderr and if the command line asks for JSON on stdout; return its exit code."""
    output.notice(text_of(error))
    if wants_json(args):
        output.document(command_of(args), ok=False, error=document_of(error))
    return error.exit_code


def tell_defect(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    """Print the traceback of an error that nobody foresaw, without any password; for ``sys.excepthook``."""
    trace = redacted("".join(traceback.format_exception(kind, error, where)), secrets(os.environ))
    output.notice(output.safe(trace.rstrip()))
    output.notice("this is a defect of planrun; please report it with the lines above")
    args = sys.argv[1:]
    if wants_json(args):
        message = redacted(f"{kind.__name__}: {error}", secrets(os.environ))
        output.document(command_of(args), ok=False, error=_document("Defect", message, DEFECT))


def of_usage(error: click.UsageError) -> UsageFault:
    """Return click's usage error as one of ours."""
    command = error.ctx.command_path if error.ctx else "planrun"
    hint = f"{command} --help shows what can be said"
    if isinstance(error, click.NoSuchOption):
        near = did_you_mean(error.option_name, error.possibilities or ())
        return UsageFault(f"no such option {error.option_name!r}", hint=near or hint)
    message = error.format_message().rstrip(".")
    return UsageFault(message[:1].lower() + message[1:], hint=hint)


# --- as text -----------------------------------------------------------------------------------


def text_of(error: PlanrunError) -> str:
    """Return an error as people read it: each fault on its line, then what was noted on the way."""
    lines = [_fault_text(fault) for fault in faults_of(error)]
    if isinstance(error, StatementFailed) and error.excerpt:
        lines.insert(1, output.safe(error.excerpt))
    if isinstance(error, Conflict) and error.conflicts:
        from planrun.cli.conflicts import conflict_text  # noqa: PLC0415  it takes the core of the way back

        lines.append(conflict_text(error.conflicts, error.not_compared, of_backup=error.of_backup))
    if isinstance(error, PlanInvalid) and len(error.faults) > 1:
        lines.append(output.count(len(error.faults), "fault"))
    if error.hint:
        lines.append(_hint(error.hint))
    lines += [output.safe(redacted(note)) for note in getattr(error, "__notes__", ())]
    return "\n".join(lines)


def faults_of(error: PlanrunError) -> tuple[Fault, ...]:
    """Return what is wrong, one by one; the hint of an error that is no list stands apart."""
    return error.faults if isinstance(error, PlanInvalid) else (Fault(error.message, error.place),)


def _fault_text(fault: Fault) -> str:
    head = click.style("error", fg="red", bold=True)
    place = f"{output.safe(str(fault.place))}: " if fault.place else ""
    line = f"{place}{head}: {output.safe(redacted(fault.message))}"
    return f"{line}\n{_hint(fault.hint)}" if fault.hint else line


def _hint(hint: str) -> str:
    return f"    hint: {output.safe(redacted(hint))}"


# --- as JSON -----------------------------------------------------------------------------------


def document_of(error: PlanrunError) -> dict[str, Any]:
    """Return the ``error`` of a JSON object; docs/json.md says what its keys mean."""
    statement = error if isinstance(error, StatementFailed) else None
    conflict = error if isinstance(error, Conflict) else None
    faults = error.faults if isinstance(error, PlanInvalid) else ()
    return _document(
        type(error).__name__,
        redacted(error.message),
        error.exit_code,
        place=_place(error.place),
        hint=error.hint and redacted(error.hint),
        faults=[fault_document(fault) for fault in faults],
        sqlstate=statement.sqlstate if statement else None,
        excerpt=statement.excerpt if statement else None,
        conflicts=output.plain(conflict.conflicts) if conflict else [],
        not_compared=list(conflict.not_compared) if conflict else [],
        notes=[redacted(note) for note in getattr(error, "__notes__", ())],
    )


def _document(kind: str, message: str, exit_code: int, **more: Any) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(("place", "hint", "sqlstate", "excerpt"))
    empty |= {"faults": [], "conflicts": [], "not_compared": [], "notes": []}
    return {"kind": kind, "message": message, "exit_code": exit_code, **empty, **more}


def fault_document(fault: Fault) -> dict[str, Any]:
    """Return a fault of a plan for a JSON object."""
    return {"message": redacted(fault.message), "place": _place(fault.place), "hint": fault.hint}


def _place(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"file": place.file, "line": place.line, "column": place.column}


# --- what the command line says ----------------------------------------------------------------


def wants_json(args: Sequence[str]) -> bool:
    """Tell whether a command line asks for JSON, even one that cannot be read otherwise."""
    options = args[: args.index("--")] if "--" in args else args
    return "--json" in options or "--format=json" in options or ("--format", "json") in pairwise(options)


def command_of(args: Sequence[str]) -> str:
    """Return the words that name the command: ``execute``, ``backup verify``; empty if there is none."""
    words = [word for word in args[:2] if not word.startswith("-")]
    return " ".join(words[: 2 if words[:1] == ["backup"] else 1])
