"""The words of a template's faults: the expression as it was written, where it stands, the nearest known name."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jinja2 import Environment


@frozen
class Expression:
    """An expression that a template puts out, as it was written, and where (from 1; column 0 when unknown)."""

    line: int
    column: int
    text: str


def expressions(environment: Environment, text: str) -> list[Expression]:
    """Return every ``{{ … }}`` and ``{% print … %}`` of a template, in the order of the text.

    Raises:
        TemplateSyntaxError: the text cannot be taken apart.
    """
    lines = text.split("\n")
    found: list[Expression] = []
    ends = [0] * (len(lines) + 1)
    for line, written in _bracketed(environment, text):
        index = lines[line - 1].find(written.split("\n")[0], ends[line])
        ends[line] = max(index, 0) + 1
        found.append(Expression(line, index + 1, " ".join(written.split())))
    return found


def _bracketed(environment: Environment, text: str) -> Iterable[tuple[int, str]]:
    """Give line and text of each output: the lexer's tokens from a bracket to the one that closes it."""
    start, pieces = 0, []
    for line, sort, value in environment.lex(text):
        if sort in {"variable_begin", "block_begin"}:
            start, pieces = line, [value]
        elif sort in {"variable_end", "block_end"}:
            written = "".join([*pieces, value.rstrip()])
            if sort == "variable_end" or re.match(r"\{%[-+]?\s*print\b", written):
                yield start, written
            pieces = []
        elif pieces:
            pieces.append(value)


def column(text: str, line: int, word: str) -> int:
    """Return the column of the first whole `word` in a line, 0 if it is not there."""
    found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text.split("\n")[line - 1]) if word else None
    return found.start() + 1 if found else 0


def nearest(name: str, among: Iterable[str]) -> str | None:
    """Return a question after the most similar name, None if nothing is similar."""
    found = difflib.get_close_matches(name, list(among), 1)
    return f"did you mean {found[0]!r}?" if found else None


def known(key: Any, mapping: Mapping[str, Any]) -> str:
    """Return a hint for a key that a mapping does not have."""
    names = [str(name) for name in mapping]
    return nearest(str(key), names) or (f"it has {', '.join(names)}" if names else "it is empty")


def kind(value: Any) -> str:
    """Return what a value of YAML is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list() | tuple():
            return f"a list of {len(value)}"
        case _:
            return "a mapping"
