"""What the generator believes to be there, so that the next statement is likely to fit.

Belief is enough: a statement that the server refuses is taken out of the case before it is judged.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from generated.values import INT, TEXT, Type

KEY_TYPES = {
    "int": INT,
    "text": TEXT,
    "numeric": Type("numeric", (), "numeric"),
    "uuid": Type("uuid", ()),
    "date": Type("date", ()),
}


@dataclass(eq=False)
class Column:
    name: str
    type: Type
    generated: bool = False
    first_name: str = ""

    def __post_init__(self) -> None:
        self.first_name = self.first_name or self.name

    @property
    def bare(self) -> str:
        """Return its name as the catalogs have it."""
        return self.name.strip('"')


@dataclass(eq=False)
class Table:
    """A table: `key` is the kind of its column id, `constraint` the kind of key made of it."""

    name: str
    key: str
    constraint: str
    columns: list[Column] = field(default_factory=list)
    kind: str = "plain"
    schema: str = "public"
    constraints: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    triggers: list[str] = field(default_factory=list)
    first_name: str = ""
    parents: dict[str, Table] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    @property
    def written(self) -> list[Column]:
        return [column for column in self.columns if not column.generated]

    @property
    def always(self) -> bool:
        return self.constraint == "always"

    def id(self, number: int) -> str:
        """Return the literal of a key."""
        match self.key:
            case "text":
                return f"'k{number}'"
            case "numeric":
                return f"{number}.{'0' * (number % 3)}"
            case "uuid":
                return f"'00000000-0000-0000-0000-{number:012}'"
            case "date":
                return f"DATE '2026-01-01' + {number}"
        return str(number)


@dataclass(eq=False)
class Model:
    tables: list[Table] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    materialized: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    sequences: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    policies: list[tuple[str, Table]] = field(default_factory=list)
    names: int = 0

    def name(self, stem: str) -> str:
        """Return a name that nothing has had."""
        self.names += 1
        return f"{stem}{self.names}"
