"""How results are written: text for people, SQL byte for byte, or one JSON object.

Results go to stdout, everything else to stderr. Text from a plan or a database passes through `safe`, `columns` or
`fields`, which leave a terminal nothing to obey. A reader who went away (``planrun show | head``) changes nothing
but that no more is written: the command still ends with its own exit code.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from itertools import islice, zip_longest
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import click

from planrun.core.conflict_list import ConflictList
from planrun.core.console import plural, printable, width, wrapped
from planrun.core.moments import to_the_second
from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_KILO = 1000
_PIECES = 1000
"""How many pieces of a JSON text are written at once."""

_USUAL_LINE = 80
_NARROWEST_LINE = 40
"""A terminal that is narrower yet breaks lines by itself."""


def prepare() -> None:
    """Make stdout write any text: what its encoding cannot hold becomes an escape, not an error.

    A stream that the caller closed is nowhere from now on: neither a file nor a connection may take its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  as long as we live
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


# --- writing -----------------------------------------------------------------------------------


def result(text: str) -> None:
    """Write text for people to stdout, with a line break at its end."""
    with _reader_may_leave():
        click.echo(text, color=_colour())


def exact(text: str) -> None:
    """Write text as it is, in UTF-8, to stdout; only a terminal gets its control characters as escapes."""
    if sys.stdout.isatty():
        result("\n".join("\t".join(map(printable, line.split("\t"))) for line in text.splitlines()))
        return
    with _reader_may_leave():
        click.echo(text.encode("utf-8", "surrogateescape"), nl=False)


def document(command: str, *, ok: bool, **fields: Any) -> None:
    """Write the one JSON object of a command to stdout; ASCII, so that it cannot steer a terminal either."""
    with _reader_may_leave():
        pieces = _json({"command": command, "ok": ok, **fields}, "\n")
        while text := "".join(islice(pieces, _PIECES)):
            click.echo(text, nl=False)
        click.echo()


def _json(value: Any, line: str) -> Iterator[str]:
    """Yield the text of a JSON value piece by piece: a list may be longer than should be held as text at once.

    Args:
        value: with dictionaries whose values may be such lists, given as lists or as what yields their items.
        line: what begins a line as deep as the value is.
    """
    deeper = f"{line}  "
    empty = True
    match value:
        case Mapping():
            for name, item in value.items():
                yield f"{'{' if empty else ','}{deeper}{json.dumps(str(name))}: "
                yield from _json(item, deeper)
                empty = False
            yield "{}" if empty else f"{line}}}"
        case list() | tuple() | ConflictList() | map():
            for item in value:
                # A line break within a text is written as an escape.
                text = json.dumps(plain(item), indent=2).replace("\n", deeper)
                yield f"{'[' if empty else ','}{deeper}{text}"
                empty = False
            yield "[]" if empty else f"{line}]"
        case _ if (made := plain(value)) is value:
            yield json.dumps(value)
        case _:
            yield from _json(made, line)


def notice(text: str, *, newline: bool = True) -> None:
    """Write text for people to stderr."""
    with contextlib.suppress(BrokenPipeError):
        click.echo(text, err=True, color=_colour(), nl=newline)


@contextlib.contextmanager
def _reader_may_leave() -> Any:
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _stdout_to_nowhere()
    except OSError as error:
        _stdout_to_nowhere()
        raise EnvironmentFault(
            f"the result cannot be written to stdout: {error.strerror}",
            hint="what the command did stays as it is; planrun status tells of runs",
        ) from error


def _stdout_to_nowhere() -> None:
    """Let go of what the buffer still holds: it would fail again when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _colour() -> bool | None:
    """Return False where colours are not wanted, None where the stream decides."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


# --- text for people ---------------------------------------------------------------------------


def safe(text: str) -> str:
    """Return text of several lines with everything that a terminal would obey as escapes."""
    return "\n".join(printable(line) for line in text.split("\n"))


def title(text: str) -> str:
    """Return a heading."""
    return click.style(printable(text), bold=True)


def columns(
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    right: frozenset[int] = frozenset(),
    *,
    below: Sequence[str] = (),
) -> str:
    """Return aligned columns under dim headings, indented.

    Args:
        headers: the headings.
        rows: the cells, row by row.
        right: the numbers of the columns that are set to the right.
        below: a text for each row, which stands beneath it; an empty one takes no line.
    """
    grid = [[printable(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(map(width, column)) for column in zip(*grid, strict=True)]
    first, *rest = ["  " + _aligned(row, widths, right) for row in grid]
    lines = [click.style(first, dim=True)]
    for line, text in zip_longest(rest, below, fillvalue=""):
        lines += [line, *(prose(printable(text), indent=6) if text else ())]
    return "\n".join(lines)


def fits(text: str) -> bool:
    """Tell whether no line of a text is wider than the terminal."""
    return all(width(line) <= line_width() for line in click.unstyle(text).splitlines())


def _aligned(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    cells = []
    for number, (cell, wide) in enumerate(zip(row, widths, strict=True)):
        blank = " " * (wide - width(cell))
        cells.append(blank + cell if number in right else cell + blank)
    return "  ".join(cells).rstrip()


def prose(text: str, *, indent: int = 0) -> list[str]:
    """Return a sentence as lines that fit a terminal, each behind `indent` blanks."""
    return [" " * indent + line for line in wrapped(text, line_width() - indent)]


def line_width() -> int:
    """Return how wide a line of prose may be: that of the terminal on stdout, else 80."""
    try:
        found = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError, AttributeError):
        found = 0
    return max(found, _NARROWEST_LINE) if found else _USUAL_LINE


def fields(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names and values, one pair a line, the values aligned."""
    kept = [(name, printable(value)) for name, value in pairs]
    wide = max(len(name) for name, _ in kept)
    return "\n".join(f"  {click.style(f'{name:{wide}}', dim=True)}  {value}" for name, value in kept)


def count(number: int, noun: str) -> str:
    """Return a number and its noun: ``1 step``, ``2,000 rows``."""
    return f"{number:,} {plural(noun, number)}"


def size(number: int | None) -> str:
    """Return bytes as people read them: ``512 bytes``, ``14.2 MB``."""
    if number is None:
        return ""
    if number < _KILO:
        return count(number, "byte")
    scaled, units = number / _KILO, iter(("kB", "MB", "GB", "TB"))
    unit = next(units)
    while scaled >= _KILO and unit != "TB":
        scaled, unit = scaled / _KILO, next(units)
    return f"{scaled:.1f} {unit}"


def instant(moment: datetime | None) -> str:
    """Return a moment in UTC, to the second; of none nothing."""
    return "" if moment is None else to_the_second(moment)


# --- values for JSON ---------------------------------------------------------------------------


def plain(value: Any) -> Any:  # noqa: PLR0911  one case for a kind of value
    """Return a report, or any value in one, as what JSON can hold: times as ISO 8601, paths as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case PurePath():
            return str(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            return value
