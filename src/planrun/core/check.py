"""What a check wanted, what it found, and whether that is the same: the judging, without a server.

The server counts, compares and picks the rows to show (`planrun.edges.postgres.checks`); here the few figures
and texts that it returned are judged and put into words.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from decimal import Decimal
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any

from planrun.core import record_text
from planrun.core.console import plural, printable, shortened, table
from planrun.core.plan import ExpectEmpty, ExpectEqualsSaved, ExpectRange, ExpectRows, ExpectValue
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from planrun.core.plan import ExpectColumns, ExpectEqualsQuery

SHOWN_ROWS = 10
"""How many offending rows of one kind a report shows."""

_SHOWN_TEXT = 200
_SHOWN_COLUMNS = 20
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision", "oid"})

# The short names that PostgreSQL's grammar accepts for what `format_type` spells out; {} takes the modifier.
_TYPE_NAMES = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "bool": "boolean",
    "float4": "real",
    "float8": "double precision",
    "decimal": "numeric{}",
    "varchar": "character varying{}",
    "timestamp": "timestamp{} without time zone",
    "timestamptz": "timestamp{} with time zone",
    "time": "time{} without time zone",
    "timetz": "time{} with time zone",
}
_TYPE = re.compile(r"(?P<name>\w+) *(?P<modifier>\([^)]*\))?(?P<array>(?:\[\])*)")


# --- what was found ----------------------------------------------------------------------------


@frozen
class Column:
    """A column of a result; `type` as ``format_type`` prints it."""

    name: str
    type: str

    def __str__(self) -> str:
        """Return name and type as they stand in a CREATE TABLE, unquoted."""
        return f"{self.name} {self.type}"


@frozen
class Sample:
    """Some of `total` rows: column names, and the rows' values as text (None for NULL)."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    total: int


@frozen
class Verdict:
    """The outcome of a check: what was wanted, what was found, and the rows that show it."""

    ok: bool
    wanted: str
    found: str
    rows: tuple[Sample, ...] = ()
    note: str = ""


@frozen
class SavedResult:
    """The rows of a query, in no order: each image (see `planrun.core.record_text`) and how often it came."""

    columns: tuple[Column, ...]
    images: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, columns: Sequence[Column], images: Iterable[str]) -> SavedResult:
        """Return the result with these columns and these rows' images."""
        return cls(tuple(columns), tuple(sorted(Counter(images).items())))

    @property
    def row_count(self) -> int:
        """How many rows there are, duplicates counted."""
        return sum(times for _, times in self.images)

    def to_json(self) -> dict[str, Any]:
        """Return the result as a JSON document; `from_json` reads it back."""
        return {
            "columns": [[column.name, column.type] for column in self.columns],
            "rows": [list(row) for row in self.images],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> SavedResult:
        """Return the result that `to_json` wrote."""
        return cls(
            tuple(Column(name, type_) for name, type_ in document["columns"]),
            tuple((text, times) for text, times in document["rows"]),
        )


@frozen
class Difference:
    """How two results differ as multisets; of each side at most `SHOWN_ROWS` images, with their number.

    Attributes:
        missing: rows that the reference has and the result has not, or not as often.
        unexpected: rows that the result has and the reference has not, or not as often.
        missing_total: how many rows are missing in all.
        unexpected_total: how many rows are unexpected in all.
    """

    missing: tuple[tuple[str, int], ...] = ()
    unexpected: tuple[tuple[str, int], ...] = ()
    missing_total: int = 0
    unexpected_total: int = 0


def sample(title: str, columns: Sequence[Column], images: Iterable[tuple[str, int]], total: int) -> Sample:
    """Return at most `SHOWN_ROWS` rows of `total` to show, each as often as it came."""
    repeated = chain.from_iterable(repeat(text, times) for text, times in images)
    rows = tuple(record_text.split(text, len(columns)) for text in islice(repeated, SHOWN_ROWS))
    return Sample(title, tuple(column.name for column in columns), rows, total)


# --- judging -----------------------------------------------------------------------------------


def judge_rows(expect: ExpectRows | ExpectEmpty, total: int) -> Verdict:
    """Judge the number of rows that a query returned."""
    bounds = ExpectRows(0, 0) if isinstance(expect, ExpectEmpty) else expect
    ok = (bounds.min is None or total >= bounds.min) and (bounds.max is None or total <= bounds.max)
    return Verdict(ok, _wanted_rows(bounds), _count(total, "row"))


def judge_value(expect: ExpectValue | ExpectRange, columns: Sequence[Column], total: int, value: str | None) -> Verdict:
    """Judge a single value: numbers by their exact value, everything else by the text that the server prints.

    Args:
        expect: what was wanted.
        columns: the columns of the result.
        total: how many rows it has.
        value: the first column of the first row as text, None for NULL (or where there is none).
    """
    wanted = _wanted_value(expect)
    if total != 1 or len(columns) != 1:
        found = f"{_count(total, 'row')} of {_count(len(columns), 'column')}" if total else "no row"
        return Verdict(ok=False, wanted=wanted, found=found, note="the query must return one row of one column")
    column = columns[0]
    ok = _is_value(expect, column, value) if isinstance(expect, ExpectValue) else _is_within(expect, column, value)
    note = ""
    if value is not None and _wants_number(expect) and not _is_number(column):
        note = "a number equals only a number: cast the column, or write the value as a text"
    found = f"the value {_found_value(column, value)} ({column.type})"
    return Verdict(ok, wanted, found, note=note)


def judge_columns(expect: ExpectColumns, columns: Sequence[Column]) -> Verdict:
    """Judge names and types of a result's columns; columns that were not asked for are allowed."""
    wanted = "columns " + ", ".join(f"{name} {type_}" if type_ else name for name, type_ in expect.columns)
    faults = [fault for name, type_ in expect.columns if (fault := _column_fault(name, type_, columns))]
    note = f"the result's columns are {_listed(columns)}" if faults else ""
    return Verdict(not faults, wanted, "; ".join(faults) or "all of them", note=note)


def judge_equal(
    expect: ExpectEqualsQuery | ExpectEqualsSaved,
    columns: Sequence[Column],
    reference: Sequence[Column],
    difference: Difference | None,
) -> Verdict:
    """Judge whether two results hold the same rows, in any order, duplicates counted.

    Args:
        expect: what was wanted.
        columns: the columns of the result.
        reference: the columns of what it is compared with.
        difference: how the rows differ; None when the numbers of columns differ, as then nothing compares.
    """
    other = f"the saved result {expect.name}" if isinstance(expect, ExpectEqualsSaved) else "the reference query"
    wanted = f"the same rows as {other}"
    if difference is None:
        found = f"{_count(len(columns), 'column')} where {other} has {_count(len(reference), 'column')}"
        note = f"{_listed(columns)} against {_listed(reference)}"
        return Verdict(ok=False, wanted=wanted, found=found, note=note)
    note = _type_note(columns, reference, other)
    missing, unexpected = difference.missing_total, difference.unexpected_total
    parts = ((missing, "missing"), (unexpected, "unexpected"))
    found = ", ".join(f"{_count(total, 'row')} {word}" for total, word in parts if total)
    samples = (
        sample("missing, wanted but not found", columns, difference.missing, missing),
        sample("unexpected, found but not wanted", columns, difference.unexpected, unexpected),
    )
    shown = tuple(each for each in samples if each.total)
    return Verdict(not shown, wanted, found or "the same rows", shown, note)


# --- words -------------------------------------------------------------------------------------


def report(step_id: str, verdict: Verdict) -> str:
    """Return what is printed for a check: wanted, found, and the offending rows as tables."""
    lines = [
        f"{printable(step_id)}: check {'passed' if verdict.ok else 'failed'}",
        f"  wanted: {printable(verdict.wanted)}",
        f"  found:  {printable(verdict.found)}",
    ]
    if verdict.note:
        lines.append(f"  note:   {printable(verdict.note)}")
    for each in verdict.rows:
        lines.append(f"  {printable(each.title)}:")
        grid = table(each.headers, each.rows, SHOWN_ROWS, total=each.total)
        lines += [f"    {line}" for line in grid.split("\n")]
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    if number == 0:
        return f"no {noun}"
    return f"{number:,} {plural(noun, number)}"


def _wanted_rows(bounds: ExpectRows) -> str:
    least, most = bounds.min or 0, bounds.max
    if most is None:
        return f"at least {_count(least, 'row')}" if least else "any number of rows"
    if least == most:
        return _count(most, "row")
    return f"{least:,} to {most:,} rows" if least else f"at most {_count(most, 'row')}"


def _wanted_value(expect: ExpectValue | ExpectRange) -> str:
    match expect:
        case ExpectValue(value=bool(flag)):
            return f"the value {'true' if flag else 'false'}"
        case ExpectValue(value=value):
            text = None if value is None else str(value)
            return f"the value {_shown(text, quoted=isinstance(value, str))}"
        case ExpectRange(min=None, max=most):
            return f"a value of at most {most}"
        case ExpectRange(min=least, max=None):
            return f"a value of at least {least}"
        case ExpectRange(min=least, max=most):
            return f"a value from {least} to {most}"


def _shown(value: str | None, *, quoted: bool) -> str:
    if value is None:
        return "NULL"
    text = shortened(value, _SHOWN_TEXT)
    return f"'{text}'" if quoted else text


def _found_value(column: Column, value: str | None) -> str:
    if column.type == "boolean" and value is not None:
        return "true" if value == "t" else "false"
    return _shown(value, quoted=not _is_number(column))


def _listed(columns: Sequence[Column]) -> str:
    names = [str(column) for column in columns[:_SHOWN_COLUMNS]]
    more = len(columns) - len(names)
    return ", ".join(names + ([f"and {more} more"] if more else [])) or "none"


# --- values ------------------------------------------------------------------------------------


def _is_number(column: Column) -> bool:
    return column.type.partition("(")[0] in _NUMBERS


def _wants_number(expect: ExpectValue | ExpectRange) -> bool:
    if isinstance(expect, ExpectRange):
        return True
    return isinstance(expect.value, int | float) and not isinstance(expect.value, bool)


def _is_value(expect: ExpectValue, column: Column, found: str | None) -> bool:
    match expect.value:
        case None:
            return found is None
        case bool(flag):
            return column.type == "boolean" and found == ("t" if flag else "f")
        case int(number) | float(number):
            return found is not None and _is_number(column) and _same(_exact(number), Decimal(found))
        case text:
            return found == text


def _same(a: Decimal, b: Decimal) -> bool:
    """Whether two numbers are equal; NaN equals NaN, as in PostgreSQL."""
    return a == b or (a.is_nan() and b.is_nan())


def _exact(number: float) -> Decimal:
    """Return a YAML number as it was written: 0.1 is a tenth, not the nearest binary fraction."""
    return Decimal(repr(number))


def _is_within(expect: ExpectRange, column: Column, found: str | None) -> bool:
    if found is None or not _is_number(column):
        return False
    number = Decimal(found)
    if number.is_nan():
        return False
    above = expect.min is None or number >= _exact(expect.min)
    return above and (expect.max is None or number <= _exact(expect.max))


# --- columns -----------------------------------------------------------------------------------


def _column_fault(name: str, type_: str | None, columns: Sequence[Column]) -> str | None:
    types = [column.type for column in columns if column.name == name]
    if not types:
        near = difflib.get_close_matches(name, [column.name for column in columns], n=1)
        return f"no column {name}" + (f" (did you mean {near[0]}?)" if near else "")
    if type_ is None or _spelled_out(type_) in types:
        return None
    return f"column {name} is {' and '.join(types)}, not {type_}"


def _spelled_out(type_: str) -> str:
    """Return a type as ``format_type`` prints it: ``varchar( 20 )`` is ``character varying(20)``."""
    match = _TYPE.fullmatch(type_.strip())
    if match is None:
        return type_.strip()
    modifier = (match["modifier"] or "").replace(" ", "")
    name = _TYPE_NAMES.get(match["name"].lower(), match["name"] + "{}")
    return name.format(modifier) + match["array"]


def _type_note(columns: Sequence[Column], reference: Sequence[Column], other: str) -> str:
    pairs = zip(columns, reference, strict=True)
    differing = [f"{a} is {b.type} in {other}" for a, b in pairs if a.type != b.type]
    if not differing:
        return ""
    listed = ", ".join(differing[:_SHOWN_COLUMNS])
    return f"types differ ({listed}), and rows are the same when their text is the same"
