"""Has the server plan a query of a way back once, however many steps ask it.

To plan one over ten catalogs takes longer than to run it. PREPARE leaves no trace in the catalogs, and what it prepared
outlives its transaction: a query, called by the hash of its text, is prepared where it is not yet, whichever session a
pooler lends.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from planrun.core.quoting import do, dollar_quoted, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from planrun.core.script import Statement

_PREPARES = "DO $planrun1$\nBEGIN\n  IF NOT EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE name = "


def planned(word: str, query: str, step_id: str, rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Yield the statements that run a query.

    Args:
        word: what it is called, beside the hash of its text.
        query: in it, $1 is the step, text, and $2 the rows, jsonb: an array of objects.
        step_id: the id of the step.
        rows: what it is asked about.
    """
    name = f"planrun_{word}_{hashlib.sha256(query.encode()).hexdigest()[:12]}"
    prepare = dollar_quoted(f"PREPARE {name} (pg_catalog.text, pg_catalog.jsonb) AS\n{query}")
    yield do(
        f"BEGIN\n  IF NOT EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE name = {literal(name)}) THEN\n"
        f"    EXECUTE {prepare};\n  END IF;\nEND"
    )
    yield f"EXECUTE {name} ({literal(step_id)}, {literal(json.dumps(rows, ensure_ascii=False))})"


def once(statements: Iterable[Statement], prepared: set[str]) -> Iterator[Statement]:
    """Yield statements, but of what prepares the same query again only the first in a transaction.

    Args:
        statements: some of those of a transaction.
        prepared: what was prepared before in it; those that prepare another query are added.
    """
    for statement in statements:
        if statement.text not in prepared:
            yield statement
        if statement.text.startswith(_PREPARES):
            prepared.add(statement.text)
