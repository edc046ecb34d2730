"""What a schedule looks like to people: the SQL of a dry run, an outline, a graph.

Statements stand here byte for byte as they are sent, each closed by a semicolon. Everything else in the SQL is
a comment, and no text of a plan can leave its comment: line breaks and control characters are shown as escapes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from planrun.core.console import plural, printable, wrapped
from planrun.core.duration import worded
from planrun.core.outside import Outside
from planrun.core.plan import (
    ExpectColumns,
    ExpectEmpty,
    ExpectEqualsQuery,
    ExpectEqualsSaved,
    ExpectRange,
    ExpectRows,
    ExpectValue,
    Severity,
    Transaction,
)
from planrun.core.record import NOT_NEEDED, NOTHING
from planrun.core.schedule import (
    CheckWork,
    ConfirmWork,
    CsvWork,
    DumpWork,
    FilesWork,
    MigrateWork,
    ReverseWork,
    TableCopyWork,
)
from planrun.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.plan import Batch, Expectation
    from planrun.core.schedule import Schedule, ScheduledStep, Work
    from planrun.core.script import Statement

COPY_OPTIONS = r"FORMAT csv, HEADER true, NULL '\N', ENCODING 'UTF8'"
"""How exports are written; a test holds it equal to what the export sends."""

_SUMMARY_WIDTH = 60
"""The widest summary of a statement in an outline, in characters."""


# --- the SQL of a dry run ----------------------------------------------------------------------


def script_of(schedule: Schedule, until: str | None = None) -> str:
    """Return one SQL text to review: every statement of the plan's scripts in the order of execution.

    Args:
        schedule: what would run.
        until: the id of the last step to show; None for all.

    Raises:
        UsageFault: the plan has no step `until`.
    """
    steps = _upto(schedule, until)
    whole = schedule.plan.transaction is Transaction.PLAN
    lines = list(_header(schedule))
    outside = schedule.outside
    opened = False
    for number, scheduled in enumerate(steps, start=1):
        together = whole and scheduled.id not in outside
        if together and not opened and _is_transactional(scheduled.work):
            lines += ["", "-- planrun: begin; one transaction for all SQL steps; lease, settings"]
            opened = True
        lines += ["", *_step(scheduled, number, len(schedule.steps), whole=together)]
    if opened:
        lines += ["", "-- planrun: accounting of the whole transaction, history; commit"]
    return "\n".join(lines) + "\n"


def step_scripts(schedule: Schedule, until: str | None = None) -> tuple[tuple[str, str], ...]:
    """Return the id of each step and its part of `script_of`, in the order of execution; arguments as there."""
    whole, outside = schedule.plan.transaction is Transaction.PLAN, schedule.outside
    return tuple(
        (step.id, "\n".join(_step(step, number, len(schedule.steps), whole=whole and step.id not in outside)) + "\n")
        for number, step in enumerate(_upto(schedule, until), start=1)
    )


def _upto(schedule: Schedule, until: str | None) -> tuple[ScheduledStep, ...]:
    if until is None:
        return schedule.steps
    ids = [step.id for step in schedule.steps]
    if until not in ids:
        near = get_close_matches(until, ids, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"the steps are {', '.join(ids)}"
        raise UsageFault(f"the plan has no step {until!r}", hint=hint)
    return schedule.steps[: ids.index(until) + 1]


def digest_of(schedule: Schedule) -> str:
    """Return the SHA-256 (hex) of the whole schedule: the ids of its steps, in order, and their digests."""
    document = json.dumps([[step.id, step.digest] for step in schedule.steps], separators=(",", ":"))
    return hashlib.sha256(document.encode()).hexdigest()


def _header(schedule: Schedule) -> Iterator[str]:
    plan = schedule.plan
    yield _comment(f"plan {plan.name} ({plan.file})")
    if plan.description:
        yield _comment(plan.description)
    pins = {name: value for name, value in asdict(plan.target).items() if value is not None}
    target = ", ".join(f"{name} {value}" for name, value in pins.items())
    yield _comment(f"target: {target or 'whatever the connection names'}")
    yield _comment(f"transaction: {plan.transaction}; on failure: {plan.on_failure}")
    if plan.search_path is not None:
        yield _comment(f"search_path: {', '.join(plan.search_path) or 'empty'}")
    limits = plan.defaults
    longest = worded(limits.lock_timeout), worded(limits.statement_timeout)
    yield _comment("lock_timeout {}, statement_timeout {}".format(*longest))
    yield _comment(f"sha256: {digest_of(schedule)}")
    yield _comment("the statements are those that planrun sends; its own bookkeeping is named, not shown")


def _comment(text: str) -> str:
    return f"-- {printable(text)}".rstrip()


def _step(scheduled: ScheduledStep, number: int, count: int, *, whole: bool) -> Iterator[str]:
    step, work = scheduled.step, scheduled.work
    needs = f", needs {', '.join(step.needs)}" if step.needs else ""
    yield _comment(f"step {number} of {count}: {step.id} ({step.kind}){needs}")
    if step.description:
        yield _comment(f"  {step.description}")
    match work:
        case DumpWork() | FilesWork() | ConfirmWork():
            yield _comment(_summary(work))
        case ReverseWork(of=of):
            yield _comment(f"nothing in a forward run; the way back of {of}")
        case CsvWork(query=query):
            yield from _bookkeeping("read only, in the snapshot of the backups; settings for exact text")
            yield _sent(f"COPY ({query.text}\n) TO STDOUT ({COPY_OPTIONS})")
        case TableCopyWork(statement=statement):
            yield from _transaction((statement,), "lease, settings", (), whole=whole)
        case MigrateWork(statements=statements, outside=Outside()):
            yield from _bookkeeping("what it is about to send, in the history; commit; outside of any transaction:")
            yield from map(_sent, (statement.text for statement in statements))
            yield from _bookkeeping("what the catalogs say of it, history; commit")
        case MigrateWork(statements=statements, asserts=asserts, batch=batch):
            if batch is not None:
                yield _comment(f"{_pages(batch)}; {_parameters(batch)}")
            yield from _transaction(statements, "lease, settings, capture of what is written", asserts, whole=whole)
        case CheckWork() as check:
            yield from _bookkeeping("read only")
            yield from _check(check)


def _pages(batch: Batch) -> str:
    return f"once for each page of {batch.size:,} rows of {batch.table} by {', '.join(batch.key)}"


def _parameters(batch: Batch) -> str:
    count = len(batch.key)
    first, last = (", ".join(f"${number + start}" for number in range(1, count + 1)) for start in (0, count))
    return f"{first} is the first key of the page, {last} its last one"


def _bookkeeping(text: str) -> Iterator[str]:
    yield _comment(f"planrun: {text}")


def _transaction(
    statements: tuple[Statement, ...], before: str, asserts: tuple[CheckWork, ...], *, whole: bool
) -> Iterator[str]:
    yield from _bookkeeping(before if whole else f"begin; {before}")
    for statement in statements:
        yield from (_comment(f"note: {note}") for note in statement.notes)
        yield _sent(statement.text)
    for check in asserts:
        yield _comment("assert, inside the transaction:")
        yield from _check(check)
    yield from _bookkeeping("accounting, history" if whole else "accounting, history; commit")


def _check(check: CheckWork) -> Iterator[str]:
    severity = " (a warning only)" if check.severity is Severity.WARNING else ""
    if check.expect is not None:
        yield _comment(f"expect {expectation(check.expect)}{severity}")
    if check.save_as:
        yield _comment(f"save the result as {check.save_as}")
    yield _sent(check.query.text)
    if check.reference is not None:
        yield _comment("compared with:")
        yield _sent(check.reference.text)


def _sent(statement: str) -> str:
    return f"{statement};"


def _is_transactional(work: Work) -> bool:
    return isinstance(work, TableCopyWork | MigrateWork | CheckWork)


def expectation(expect: Expectation) -> str:  # noqa: PLR0911  one case for a kind
    """Return in words what a check wants."""
    match expect:
        case ExpectEmpty() | ExpectRows(max=0):
            return "no row"
        case ExpectRows(min=least, max=most):
            last = least if most is None else most
            return f"{_bounds(least or None, most)} {plural('row', last or 0)}"
        case ExpectValue(value=value):
            return f"the value {'NULL' if value is None else json.dumps(value, ensure_ascii=False)}"
        case ExpectRange(min=least, max=most):
            return f"a value of {_bounds(least, most)}"
        case ExpectEqualsQuery():
            return "the same rows as another query"
        case ExpectEqualsSaved(name=name):
            return f"the same rows as the saved result {name}"
        case ExpectColumns(columns=columns):
            return "the columns " + ", ".join(f"{name} {type_}" if type_ else name for name, type_ in columns)


def _bounds(least: float | None, most: float | None) -> str:
    match least, most:
        case None, None:
            return "any number of"
        case _, None:
            return f"at least {least}"
        case None, _:
            return f"at most {most}"
        case _ if least == most:
            return f"exactly {most}"
        case _:
            return f"{least} to {most}"


# --- the outline -------------------------------------------------------------------------------


def outline(schedule: Schedule, wide: int = 80) -> str:
    """Return the plan as text: for each step its place in the order, id, kind, way back, what it does, needs.

    What the steps do stands beneath them where a line of `wide` columns cannot hold it.
    """
    plan = schedule.plan
    one = "one transaction for all SQL steps" if plan.transaction is Transaction.PLAN else "one transaction a step"
    head = ["#", "step", "kind", "way back", "does"]
    rows = [
        [
            *(str(number), step.id, step.step.kind),
            NOT_NEEDED if (way := way_back(step, schedule)) == NOTHING else way,
            _summary(step.work),
        ]
        for number, step in enumerate(schedule.steps, start=1)
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    beneath = sum(widths) + 2 * (len(widths) - 1) > wide
    lines = [
        printable(f"{plan.name}: {len(rows)} {plural('step', len(rows))}, {one}, on failure {plan.on_failure}"),
        "",
    ]
    lines.append(_row(head[:-1] if beneath else head, widths))
    indent = " " * (widths[0] + 4)
    for row, step in zip(rows, schedule.steps, strict=True):
        lines.append(_row(row[:-1] if beneath else row, widths))
        said = [row[-1]] if beneath else []
        said += [f"needs {', '.join(step.step.needs)}"] if step.step.needs else []
        said += [f"note: {note}" for note in _notes(step.work)]
        lines += [indent + line for text in said for line in wrapped(printable(text), wide - len(indent))]
    return "\n".join(lines) + "\n"


def _row(cells: list[str], widths: list[int]) -> str:
    number, *others = cells
    padded = [f"{number:>{widths[0]}}", *(f"{text:{width}}" for text, width in zip(others, widths[1:], strict=False))]
    return printable("  ".join(padded)).rstrip()


def outline_json(schedule: Schedule) -> dict[str, Any]:
    """Return the same as a JSON document, with the statements' places and the digests."""
    plan = schedule.plan
    return {
        "plan": plan.name,
        "file": plan.file,
        "description": plan.description,
        "transaction": plan.transaction.value,
        "on_failure": plan.on_failure.value,
        "sha256": digest_of(schedule),
        "steps": [
            {
                "id": step.id,
                "kind": step.step.kind,
                "needs": list(step.step.needs),
                "description": step.step.description,
                "does": _summary(step.work),
                "way_back": way_back(step, schedule),
                "notes": list(_notes(step.work)),
                "sha256": step.digest,
                "statements": [
                    {"tag": statement.tag, "text": statement.text, "place": str(statement.place)}
                    for statement in _statements(step.work)
                ],
            }
            for step in schedule.steps
        ],
    }


def way_back(step: ScheduledStep, schedule: Schedule) -> str:
    """Return how a step is taken back: derived, by a step of the plan, dropped last, not at all, or no need to."""
    match step.work:
        case MigrateWork(irreversible=irreversible):
            by = next((s.id for s in schedule.steps if isinstance(s.work, ReverseWork) and s.work.of == step.id), None)
            return f"by step {by}" if by else "irreversible" if irreversible else "derived"
        case TableCopyWork():
            return "dropped last"
        case _:
            return NOTHING


def _notes(work: Work) -> tuple[str, ...]:
    return work.notes if isinstance(work, MigrateWork) else ()


def _statements(work: Work) -> tuple[Statement, ...]:
    match work:
        case MigrateWork(statements=statements) | ReverseWork(statements=statements):
            return statements
        case CheckWork(query=query) | CsvWork(query=query):
            return (query,)
        case TableCopyWork(statement=statement):
            return (statement,)
        case _:
            return ()


def _summary(work: Work) -> str:  # noqa: PLR0911  one case for a kind of work
    match work:
        case DumpWork(format=format_, schema_only=schema_only):
            return f"pg_dump, {format_} format{', definitions only' if schema_only else ''}"
        case FilesWork(patterns=patterns):
            return f"copies files: {', '.join(patterns)}"
        case ConfirmWork(text=text):
            return f"asks: {text}"
        case CsvWork(query=query):
            return f"exports rows as CSV: {_shortened(query.text)}"
        case TableCopyWork(table=source, into=into, where=where):
            return f"copies {'rows' if where else 'all rows'} of {source} into {into}"
        case CheckWork(expect=expect, save_as=save_as):
            wanted = f"expects {expectation(expect)}" if expect else ""
            saved = f"saves the result as {save_as}" if save_as else ""
            return ", ".join(part for part in (wanted, saved) if part) or "runs a query"
        case MigrateWork(statements=statements, outside=Outside()):
            return f"{_counted(statements)}, outside of a transaction"
        case MigrateWork(statements=statements, batch=batch):
            return _counted(statements) + (f", {_pages(batch)}" if batch else "")
        case ReverseWork(of=of, statements=statements):
            return f"takes back {of}: {_counted(statements)}"


def _counted(statements: tuple[Statement, ...]) -> str:
    """Return how many statements of which kinds there are, in the order of their first."""
    tags = [statement.tag.replace("_", " ") for statement in statements]
    return ", ".join(f"{tags.count(tag)} {tag}" if tags.count(tag) > 1 else tag for tag in dict.fromkeys(tags))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SUMMARY_WIDTH else line[: _SUMMARY_WIDTH - 1] + "…"


# --- the graph ---------------------------------------------------------------------------------

_SHAPES = {
    "backup": ("[(", ")]"),
    "check": ("{{", "}}"),
    "migrate": ("[", "]"),
    "rollback": ("([", "])"),
}


def mermaid(schedule: Schedule) -> str:
    """Return the plan as a Mermaid flowchart; a dotted arrow leads from a hand-written way back to its step."""
    # Numbers name the nodes: an id may be a word that Mermaid keeps for itself, such as "end".
    nodes = {step.id: f"s{number}" for number, step in enumerate(schedule.steps, start=1)}
    lines = ["flowchart TD"]
    for step in schedule.steps:
        left, right = _SHAPES[step.step.kind]
        lines.append(f'  {nodes[step.id]}{left}"{_escaped(step.id)}<br/>{_escaped(_summary(step.work))}"{right}')
    for step in schedule.steps:
        lines += [f"  {nodes[need]} --> {nodes[step.id]}" for need in step.step.needs]
        if isinstance(step.work, ReverseWork):
            lines.append(f"  {nodes[step.id]} -. takes back .-> {nodes[step.work.of]}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Return text for a quoted Mermaid label: all that could mean something there as a character number."""
    safe = printable(text)
    return "".join(char if char.isalnum() or char in " _-.,:/()*" else f"#{ord(char)};" for char in safe)
