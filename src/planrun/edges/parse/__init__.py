"""Splits a script into statements with PostgreSQL's own grammar, and refuses what planrun cannot carry.

A statement's text is the exact slice of the script from its first token to its last. What the parser tells of
it, its tag and the relations that it names, says where to look first; what it did is asked of the server.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import postgast
from google.protobuf.internal import api_implementation  # type: ignore[import-untyped]  # it has no types
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it has no types

from planrun.core.excerpt import caret
from planrun.core.outside import Kind
from planrun.core.script import Statement
from planrun.edges.parse import effects, refusals, tree
from planrun.edges.parse.effects import Effect, Reach
from planrun.edges.parse.keys import moved
from planrun.edges.parse.lasting import lasting
from planrun.edges.parse.outside import LIST
from planrun.edges.parse.outside import outside as outside_of
from planrun.edges.parse.parameters import mentioned
from planrun.errors import Fault, Place, PlanInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.outside import Outside
    from planrun.core.plan import Batch
    from planrun.core.script import Script

# protobuf stops at a depth of 100, which a union of sixty SELECTs or fifty || exceed. The parser has its own
# limit against runaway nesting. There is no public way to lift protobuf's.
_lift = getattr(getattr(api_implementation, "_c_module", None), "SetAllowOversizeProtos", None)
if _lift is not None:
    _lift(True)  # noqa: FBT003  its one argument has no name

_MOST_COMMANDS = 50
"""How many backslash commands of one script are reported."""

_PSQL_HINT = "psql's own commands do not reach the server; planrun sends SQL alone"
_HINTS = {":": "psql's variables do not reach the server; write {{ name | literal }} in a template"}
_QUOTES_HINT = "two quotes are an empty text here; | literal writes quotes itself, so put none around {{ }}"
_LIFTS = "or write a rollback step for this one, or set irreversible: true"
_COPY_HINT = "rows of COPY ... FROM STDIN cannot stand in a script; write INSERT ... VALUES"
_COPY = re.compile(r"\bfrom\s+stdin\b", re.IGNORECASE)


def statements(script: Script, *, batch: Batch | None = None, lifted: bool | None = None) -> tuple[Statement, ...]:
    """Return the statements of a script, in order.

    Args:
        script: the text.
        batch: how it is cut into pages; it is given the bounds of one as parameters, and must mention them.
        lifted: whether effects outside of the database may be, since the plan says how the step comes back, or that it
            does not; None where it cannot say so.

    Raises:
        PlanInvalid: with a syntax error, or with every statement that a script of planrun cannot hold.
    """
    found, faults = [], []
    used: set[int] = set()
    parameters = 2 * len(batch.key) if batch else 0
    parts = tuple(_split(script))
    for (offset, text, node), stays in zip(parts, lasting([node for _, _, node in parts]), strict=True):
        place = script.place_of(offset)
        refusal = refusals.refusal(node)
        if refusal is not None:
            faults.append(Fault(refusal.message, place, refusal.hint))
        beyond = effects.effects(text, node) + ((stays,) if stays else ())
        faults += [_beyond(effect, place, lifted) for effect in beyond if _is_refused(effect, lifted)]
        mentions = mentioned(text, node)
        used |= mentions
        faults += [_unknown_parameter(number, parameters, place) for number in sorted(mentions) if number > parameters]
        faults += [_moved(name, place) for name in (moved(node, batch) if batch else ())]
        notes = tuple(effect.message for effect in beyond)
        found.append(Statement(text, place, tree.tag(node), *tree.relations(node), paged=bool(mentions), notes=notes))
    missing = [f"${number}" for number in range(1, parameters + 1) if number not in used]
    if missing and not faults:
        message = f"a batched script has to name the bounds of its page, and does not mention {', '.join(missing)}"
        faults.append(Fault(message, _beginning(script), _bounds_hint(parameters)))
    if faults:
        raise PlanInvalid(tuple(faults))
    return tuple(found)


def _is_refused(effect: Effect, lifted: bool | None) -> bool:  # noqa: FBT001  passed on
    match effect.reach:
        case Reach.SESSION:
            return True
        case Reach.UNREACHED:
            return not lifted
        case Reach.NOTED:
            return False


def _beyond(effect: Effect, place: Place, lifted: bool | None) -> Fault:  # noqa: FBT001  passed on
    if effect.reach is Reach.SESSION or lifted is None:
        return Fault(effect.message, place, effect.cure or None)
    return Fault(f"{effect.message}; no way back reaches that", place, f"{effect.cure}; {_LIFTS}")


def outside(script: Script) -> tuple[Statement, Outside]:
    """Return the one statement of a step with ``transaction: none``, and what its text says.

    Raises:
        PlanInvalid: there are several, it is none of the closed list, or it makes an index without a name.
    """
    parts = list(_split(script))
    if len(parts) != 1:
        place = script.place_of(parts[1][0]) if parts else _beginning(script)
        raise _invalid(f"transaction: none takes one statement, found {len(parts)}", place)
    ((offset, text, node),) = parts
    place = script.place_of(offset)
    said = outside_of(node)
    if said is None:
        what = tree.tag(node).replace("_", " ").upper()
        raise _invalid(f"transaction: none is for {LIST}, found {what}", place, "leave transaction: none out")
    if said.kind is Kind.CREATE_INDEX and said.index is None:
        hint = "only by its name is it found again after an interruption"
        raise _invalid("an index that is made outside of a transaction needs a name", place, hint)
    return Statement(text, place, tree.tag(node), *tree.relations(node)), said


def _unknown_parameter(number: int, parameters: int, place: Place) -> Fault:
    if parameters:
        message = f"found ${number}, but the page of this batch has the parameters $1 to ${parameters}"
        return Fault(message, place, _bounds_hint(parameters))
    hint = "parameters stand for the bounds of a page in a migrate step with batch:"
    return Fault(f"found ${number}, but this script is given no parameters", place, hint)


def _moved(column: str, place: Place) -> Fault:
    message = f"a batched script sets {column}, by which its pages are cut: rows that move on would be met again"
    return Fault(message, place, "cut it by columns that it leaves alone, or leave batch out")


def _bounds_hint(parameters: int) -> str:
    half = parameters // 2
    if half == 1:
        return "WHERE the_key BETWEEN $1 AND $2 is the page, both ends included"
    numbers = [f"${number}" for number in range(1, parameters + 1)]
    first, last = ", ".join(numbers[:half]), ", ".join(numbers[half:])
    return f"WHERE (the, keys) BETWEEN ({first}) AND ({last}) is the page, both ends included"


def single(script: Script, *, for_copy: bool = False) -> Statement:
    """Return the one query of a script, which may read only.

    Args:
        script: the text of a check, or of an export.
        for_copy: the query goes into a COPY, which takes no SHOW and no EXPLAIN.

    Raises:
        PlanInvalid: there is none, there are several, or it is no query.
    """
    found = statements(script)
    if len(found) != 1:
        place = found[1].place if found else _beginning(script)
        raise _invalid(f"wanted one query, found {len(found)} statements", place)
    query = found[0]
    wanted = (
        ("SELECT", "VALUES", "TABLE", "WITH") if for_copy else ("SELECT", "VALUES", "TABLE", "WITH", "SHOW", "EXPLAIN")
    )
    tags = {"select"} if for_copy else {"select", "show", "explain"}
    if query.tag not in tags:
        hint = f"a query begins with {', '.join(wanted[:-1])} or {wanted[-1]}"
        raise _invalid(f"wanted a query, found {query.tag.replace('_', ' ').upper()}", query.place, hint)
    if query.writes and query.tag != "explain":  # EXPLAIN alone runs nothing; ANALYZE meets READ ONLY
        written = ", ".join(map(str, query.writes))
        raise _invalid(f"wanted a query that reads, found one that writes {written}", query.place)
    return query


def closes_what_it_opens(fragment: str) -> bool:
    """Whether a fragment of SQL may stand in parentheses: it leaves none open, and closes none but its own.

    Raises:
        PlanInvalid: it cannot be taken apart, for a quote or a comment is left open.
    """
    depth = 0
    try:
        tokens = postgast.scan(fragment).tokens
    except postgast.PgQueryError as error:
        raise _invalid(error.message, None) from error
    for token in tokens:
        depth += {postgast.pg_query_pb2.ASCII_40: 1, postgast.pg_query_pb2.ASCII_41: -1}.get(token.token, 0)
        if depth < 0 or token.token == postgast.pg_query_pb2.ASCII_59:
            return False
    return depth == 0


def _invalid(message: str, place: Place | None, hint: str | None = None) -> PlanInvalid:
    return PlanInvalid((Fault(message, place, hint),))


def _beginning(script: Script) -> Place:
    return script.origins[0] if script.origins else Place(script.name)


# --- splitting ---------------------------------------------------------------------------------


def _split(script: Script) -> Iterator[tuple[int, str, tree.Node]]:
    """Give each statement: where it begins (in characters), its text, and its node of the syntax tree."""
    data = script.text.encode()
    before, characters = 0, 0
    for raw in _parse(script):
        start = raw.stmt_location
        end = start + raw.stmt_len if raw.stmt_len else len(data)  # a length of 0 means: to the end
        characters += len(data[before:start].decode())
        before = start
        yield characters, _trimmed(data[start:end]), tree.unwrapped(raw.stmt)


def _trimmed(data: bytes) -> str:
    """Return a statement without what follows its last token: a comment there would swallow the semicolon."""
    if b"--" in data or b"/*" in data:
        comments = (postgast.pg_query_pb2.SQL_COMMENT, postgast.pg_query_pb2.C_COMMENT)
        tokens = postgast.scan(data.decode()).tokens
        data = data[: max((token.end for token in tokens if token.token not in comments), default=0)]
    return data.decode().strip()


def _parse(script: Script) -> list[tree.Node]:
    """Return the statements of the syntax tree.

    Psql's commands are looked for one after the other, each made blank for the next try, to report all.
    """
    text = script.text
    faults: list[Fault] = []
    if "\0" in text:
        raise _invalid("found a NUL character, which ends SQL text", script.place_of(text.index("\0")))
    while True:
        try:
            parsed = postgast.parse(text)
        except DecodeError as error:
            raise _invalid("the script nests expressions too deeply to be read", _beginning(script)) from error
        except postgast.PgQueryError as error:
            index = max(error.cursorpos - 1, 0)  # counted in characters, whatever postgast's manual says
            if text[index : index + 1] != "\\" or len(faults) == _MOST_COMMANDS:
                faults.append(_syntax_error(script, error.message, index))
                raise PlanInvalid(tuple(faults)) from error
            end = (text + "\n").index("\n", index)
            faults.append(_command(script, text[index:end], index))
            text = text[:index] + " " * (end - index) + text[end:]
        else:
            if faults:
                raise PlanInvalid(tuple(faults))
            return list(parsed.stmts)


def _command(script: Script, written: str, index: int) -> Fault:
    word = written.split(maxsplit=1)[0]
    return Fault(f"{word} is a command of psql, not SQL", script.place_of(index), _PSQL_HINT)


def _syntax_error(script: Script, message: str, index: int) -> Fault:
    excerpt = caret(script.text, index + 1)[2]
    hint = _HINTS.get(script.text[index : index + 1])
    if hint is None and script.text[:index].endswith("''"):
        hint = _QUOTES_HINT
    if _COPY.search(script.text, 0, index):
        hint = _COPY_HINT
    return Fault(f"{message}\n{excerpt}", script.place_of(index), hint)
