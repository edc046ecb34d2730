"""SQL text with its origins, and the statements that a script consists of."""

from __future__ import annotations

from planrun.core.catalog import quoted
from planrun.errors import Place
from planrun.frozen import frozen

DML = frozenset({"insert", "update", "delete", "merge", "copy"})
"""The tags of statements that write rows."""

BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
"""A transaction that sees under its locks what was committed while it waited for them, whatever the default is."""


@frozen
class Script:
    """SQL as it will be sent, and for each of its lines the place that it was written in.

    Attributes:
        text: the whole rendered (or verbatim) text.
        origins: one place for each line of `text`; for a rendered template the line of the template file. Its
            column is where the line's first character stands (in an indented block of a plan), 0 means 1.
        name: the file (or ``plan.yaml:12`` for inline SQL) to call it by.
    """

    text: str
    origins: tuple[Place, ...]
    name: str

    def place_of(self, offset: int) -> Place:
        """Return where the character at `offset` of the text was written."""
        line = self.text.count("\n", 0, offset)
        if line >= len(self.origins):
            return Place(self.name)
        origin = self.origins[line]
        if not origin.line:
            return origin
        start = self.text.rfind("\n", 0, offset) + 1
        return Place(origin.file, origin.line, max(origin.column, 1) + offset - start)


@frozen(order=True)
class Name:
    """A relation as a script names it: `schema` is None when the search_path decides."""

    schema: str | None
    relation: str

    def __str__(self) -> str:
        """Return the name as it would be written, unquoted."""
        return f"{self.schema}.{self.relation}" if self.schema else self.relation

    @property
    def quoted(self) -> str:
        """The name as the server reads it, such as for to_regclass."""
        return ".".join(quoted(part) for part in (self.schema, self.relation) if part)


@frozen
class Statement:
    """One statement, exactly as it is sent, and what its text alone tells.

    What a statement *did* is read from the server; these names only say where to look first.

    Attributes:
        text: the bytes that are sent (UTF-8), without the closing semicolon.
        place: where its first character was written.
        tag: the kind of statement in lower case, such as ``update`` or ``alter_table``.
        names: the relations that it names.
        writes: the relations that it names as targets of INSERT, UPDATE, DELETE, MERGE, COPY or TRUNCATE.
        paged: whether it mentions the bounds of a page ($1 …), and is sent with them.
        notes: what it does that no way back reaches, as sentences.
    """

    text: str
    place: Place
    tag: str
    names: tuple[Name, ...] = ()
    writes: tuple[Name, ...] = ()
    paged: bool = False
    notes: tuple[str, ...] = ()

    @property
    def is_dml(self) -> bool:
        """Whether it is INSERT, UPDATE, DELETE, MERGE or COPY."""
        return self.tag in DML
