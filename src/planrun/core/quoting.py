"""Writes names and values into SQL text by PostgreSQL's lexical rules.

What is written here means the same under any session setting (``standard_conforming_strings``, ``DateStyle``,
``search_path``): identifiers are always quoted, a string with a backslash takes the ``E''`` form, dates are ISO
and carry their type. Where a value can be passed as a parameter instead, that is better.
"""

from __future__ import annotations

import itertools
import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

MAX_IDENTIFIER_BYTES = 63
"""What a server with the usual NAMEDATALEN keeps of a name; a longer one would be cut in silence."""


NAME = r'(?:[^\W\d]\w*|"(?:[^"]|"")+")'
"""The pattern of a name as the server writes it: quoted unless it is plain."""


class UnquotableError(ValueError):
    """A name or a value that SQL text cannot carry exactly; the message says why."""


def identifier(text: str) -> str:
    """Quote a name; a dot separates schema and object: ``app.tenants`` becomes ``"app"."tenants"``.

    A name that itself holds a dot cannot be written this way; write it into the SQL by hand.

    Raises:
        UnquotableError: a part is empty, longer than 63 bytes in UTF-8, or holds a NUL character.
    """
    return ".".join(_part(part, text) for part in text.split("."))


def _part(part: str, whole: str) -> str:
    if not part:
        raise UnquotableError(f"{whole!r} is no identifier: a part of it is empty")
    size = len(_encodable(part).encode())
    if size > MAX_IDENTIFIER_BYTES:
        raise UnquotableError(
            f"identifier {part!r} has {size} bytes; PostgreSQL keeps {MAX_IDENTIFIER_BYTES} and cuts the rest"
        )
    return '"' + part.replace('"', '""') + '"'


def unquoted(written: str) -> str:
    """Return the name that a text of the server means: quoted unless it is plain."""
    return written[1:-1].replace('""', '"') if written.startswith('"') else written


def quoting(name: str) -> str:
    """Return the SQL expression that quotes the name which another one gives, whether it needs that or not."""
    return f"""pg_catalog.concat('"', pg_catalog.replace({name}, '"', '""'), '"')"""


def literal(value: Any) -> str:  # noqa: PLR0911  one case for a type
    """Write a value as an SQL constant; a list becomes ``ARRAY[...]``, and an empty one ``'{}'``.

    Raises:
        UnquotableError: the value's type has no constant, or it holds a NUL character or half a surrogate pair.
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return _string(value)
        case int():
            return _number(str(int(value)))
        case float():
            return _number(repr(float(value))) if math.isfinite(value) else f"'{value}'::float8"
        case Decimal():
            return _number(str(value)) if value.is_finite() else f"'{_special(value)}'::numeric"
        case datetime():
            return f"'{value.isoformat(' ')}'::{'timestamp' if value.tzinfo is None else 'timestamptz'}"
        case date():
            return f"'{value.isoformat()}'::date"
        case list() | tuple():
            return f"ARRAY[{', '.join(map(literal, value))}]" if value else "'{}'"
        case _:
            raise UnquotableError(f"a value of type {type(value).__name__} has no SQL constant")


def dollar_quoted(body: str) -> str:
    """Quote the body of a function or of DO as it stands, between tags that do not occur in it."""
    numbers = itertools.chain([""], map(str, itertools.count(1)))
    tag = next(tag for tag in (f"$planrun{number}$" for number in numbers) if tag not in body)
    return f"{tag}{body}{tag}"


def do(block: str) -> str:
    """Return the statement that runs a block of PL/pgSQL, from its DECLARE or BEGIN to its END."""
    return f"DO {dollar_quoted(f'{chr(10)}{block} ')}"


def filled_in(query: str, mark: str, expression: str) -> str:
    """Return the expression of a query in which the value of another one stands for a mark, for EXECUTE."""
    head, tail = query.split(mark)
    return f"pg_catalog.concat({literal(head)},\n    {expression},\n    {literal(tail)})"


def _string(value: str) -> str:
    body = _encodable(value).replace("'", "''")
    # The E'' form means the same whatever standard_conforming_strings says; the plain form does not.
    # The leading blank keeps an E from joining a word that the text ends with.
    return " E'" + body.replace("\\", "\\\\") + "'" if "\\" in body else f"'{body}'"


def _encodable(text: str) -> str:
    if "\0" in text:
        raise UnquotableError(f"{text!r} holds a NUL character, which PostgreSQL's text cannot carry")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UnquotableError(f"{text!r} holds half of a surrogate pair, which UTF-8 cannot carry") from None
    return text


def _number(text: str) -> str:
    # Without the blank, a minus in the text and this one would open a comment ("--1"). Parentheses would be
    # refused where the grammar wants a plain number (INCREMENT BY, SET).
    return f" {text}" if text.startswith("-") else text


def _special(value: Decimal) -> str:
    if value.is_snan():
        raise UnquotableError("a signalling NaN has no SQL constant")
    return "NaN" if value.is_nan() else ("-Infinity" if value < 0 else "Infinity")
