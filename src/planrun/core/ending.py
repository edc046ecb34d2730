"""How a statement of the way back ends it: by an SQLSTATE that tells what to make of its message."""

from __future__ import annotations

from planrun.core.quoting import do, literal

CONFLICTS = "PR409"
"""The application changed what the way back would overwrite."""

REFUSED = "PR410"
"""Something is no longer as the way back needs it."""

GONE_ON = "PR411"
"""The run went on, or was taken back, since the script was made."""

OUTDATED = "PR412"
"""The way back has to be made anew."""

NOT_AS_BEFORE = "PR500"
"""What came back is not what was before."""

CURE = "take back what was done to the table since, roll back, and do it again"
"""The hint where a table, column or key is not what the way back was made for."""


def raised(state: str, message: str, hint: str = "") -> str:
    """Return the statement, for a block, that ends the way back.

    Args:
        state: one of the above.
        message: an SQL expression.
        hint: a text; none if it is empty.
    """
    more = f", HINT = {literal(hint)}" if hint else ""
    return f"RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = {message}{more};"


def unless_empty(state: str, query: str, message: str) -> str:
    """Return the block that ends the way back when a query has rows; their number stands before the message."""
    failed = raised(state, f"pg_catalog.concat(wrong, ' ', {literal(message)})")
    # count(*), not EXISTS: that would be planned for its first row, and there is none.
    return do(
        f"DECLARE wrong bigint;\nBEGIN\n  SELECT pg_catalog.count(*) INTO wrong FROM (\n{query}\n) q;\n"
        f"  IF wrong > 0 THEN\n    {failed}\n  END IF;\nEND"
    )
