"""The search_path for what calls functions of the users: their bodies may name objects without a schema.

A way back works under an empty search_path. Under that of the role, which the application has, it does only what
computes values: columns that get a default, are generated or get another type, which has their checks look again, then
checks, indexes on expressions, and rows that come back under checks. All objects that it names are qualified.
"""

from __future__ import annotations

import re

TO_USERS = (
    "SELECT pg_catalog.set_config("
    "'search_path', pg_catalog.concat_ws(', ', 'pg_catalog', nullif(s.reset_val, '')), true)"
    " FROM pg_catalog.pg_settings s WHERE s.name = 'search_path'"
)
"""The statement that switches to the search_path which the session began with.

What the server brings comes first: the operators of a way back are not qualified, and are not to be those of others.
"""

TO_OWN = "SELECT pg_catalog.set_config('search_path', '', true)"
"""The statement that switches back."""

_CALL = r'(?:\w|")\.(?:"(?:[^"]|"")+"|\w+)\('
_COMPUTED = re.compile(rf"\b(?:TYPE\b|(?:DEFAULT|CHECK|AS|USING)\b.*{_CALL})", re.DOTALL)
_STATEMENT = re.compile(r"(?:ALTER TABLE|ALTER DOMAIN|CREATE (?:UNIQUE )?INDEX)\b")


def under_users(sql: str) -> str:
    """Return a statement of the inverse DDL, under the users' search_path if it may call functions of theirs."""
    if _STATEMENT.match(sql) and _COMPUTED.search(sql):
        return f"{TO_USERS};\n{sql};\n{TO_OWN}"
    return sql
