"""The types of generated columns, and values of each that are easily lost: equal but not the same, odd, or empty."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Type:
    """A type as a column has it.

    Attributes:
        sql: its name in a definition.
        values: literals of it.
        group: what conversions and expressions fit it.
        sorts: whether it can stand in a unique key, an index or an ORDER BY.
        application: a pattern of values that only the application writes, with one number in it; empty for none.
    """

    sql: str
    values: tuple[str, ...]
    group: str = ""
    sorts: bool = True
    application: str = ""


OWN_TYPES = (
    "CREATE TYPE mood AS ENUM ('sad', 'so so', 'glad');",
    "CREATE DOMAIN positive AS numeric(8,3) CHECK (value > 0);",
    "CREATE TYPE pair AS (a int, b text);",
    "CREATE TYPE span AS RANGE (subtype = float8);",
    "CREATE DOMAIN words AS text[];",
    "CREATE DOMAIN named AS text DEFAULT 'nobody' NOT NULL;",
)

INT = Type("int", ("0", "1", "2", "3", "-7", "1"), "int", application="9{:03}")
TEXT = Type("text", ("''", "'a'", "'B'", "'a '", "'NULL'", "'ä, \"x\"'", "'b'"), "text", application="'app {}'")

TYPES = (
    INT,
    TEXT,
    Type("bigint", ("0", "1", "9007199254740993", "-1"), "int", application="9{:03}"),
    Type("smallint", ("0", "1", "-32768"), "int"),
    Type("numeric", ("1.10", "1.1", "0", "'NaN'", "1e100", "'Infinity'", "0.00"), "numeric", application="9{:03}.90"),
    Type("numeric(8,3)", ("1.1", "0", "'NaN'", "2.500"), "numeric"),
    Type("float8", ("'-0'", "0", "'NaN'", "0.1::float8 + 0.2", "'-Infinity'", "1e-300"), "float"),
    Type("real", ("'-0'", "0", "0.1", "1e38"), "float"),
    Type("boolean", ("true", "false"), "bool"),
    Type('text COLLATE "C"', ("'a'", "'A'", "''"), "text", application="'app {}'"),
    Type("varchar(12)", ("'x'", "'x  '", "''"), "text", application="'app {}'"),
    Type("char(5)", ("'ab'", "''", "'abc'"), "char"),
    Type('"char"', ("'a'", "''"), ""),
    Type("name", ("'n'", "'N'"), ""),
    Type("bytea", ("'\\x00ff'", "''", "'\\x5c27'"), "bytea"),
    Type("json", ('\'{"b":1, "a":2, "a":3}\'', "'[1,2]'", "'[1, 2]'", "'null'"), "json", sorts=False),
    Type("jsonb", ("'{\"x\": 1.0}'", "'{\"x\": 1.00}'", "'[]'"), "json"),
    Type("xml", ("'<a/>'", "'<a></a>'", "'<b>t</b>'"), "xml", sorts=False),
    Type("int[]", ("'[2:3]={7,8}'", "'{7,8}'", "'{}'", "'{NULL,1}'"), "array"),
    Type("text[][]", ("'{{a,b},{c,NULL}}'", "'{}'", "'[0:1]={x,y}'"), "array"),
    Type("int4range", ("'[1,5)'", "'empty'", "'(,3]'"), "range"),
    Type("tstzrange", ("'[2026-01-01 00:00+00,)'", "'empty'"), "range"),
    Type("int4multirange", ("'{[1,3),[5,7)}'", "'{}'"), ""),
    Type("span", ("'[-0,1.5)'", "'[0,1.5)'"), ""),
    Type("mood", ("'sad'", "'so so'", "'glad'"), "enum"),
    Type("positive", ("1.1", "1.100", "7"), "domain"),
    Type("words", ("'{a}'", "'[2:2]={a}'"), ""),
    Type("named", ("'me'", "'you'"), "text"),
    Type("pair", ("(1, 'x, \"y\"')::pair", "(NULL, NULL)::pair", "(1, NULL)::pair"), ""),
    Type("pair[]", ("ARRAY[(1, 'x')::pair]", "'{}'"), ""),
    Type("interval", ("'1 mon 30 days'", "'2 mons'", "'30 days 1 mon -00:00:01'", "'24:00'", "'1 day'"), "interval"),
    Type("timestamp", ("'2026-02-03 04:05:06.789'", "'infinity'", "'0044-03-15 BC'"), "time"),
    Type("timestamptz", ("'2026-03-29 02:30:00+02'", "'-infinity'", "'4713-01-01 00:00+00 BC'"), "time"),
    Type("date", ("'2026-02-03'", "'infinity'", "'4713-01-01 BC'"), "time"),
    Type("timetz", ("'12:00:00+02'", "'10:00:00+00'"), ""),
    Type("time", ("'24:00:00'", "'00:00:00.000001'"), ""),
    Type("bit(3)", ("'101'", "'000'"), ""),
    Type("varbit", ("'1'", "''", "'10'"), ""),
    Type("money", ("12.5::money", "0::money"), ""),
    Type("inet", ("'10.0.0.1/24'", "'10.0.0.1'", "'::1'"), ""),
    Type("macaddr", ("'08:00:2b:01:02:03'",), ""),
    Type("point", ("'(1,2)'", "'(0,-0)'", "'(0,0)'"), "", sorts=False),
    Type("polygon", ("'((0,0),(1,1),(1,0))'", "'((0,0),(1,1),(1,0),(2,0))'"), "", sorts=False),
    Type("box", ("'(1,1),(0,0)'", "'(2,0.5),(0,0)'"), "", sorts=False),
    Type("tsvector", ("'a:1 b:2'", "''"), ""),
    Type("uuid", ("'00000000-0000-0000-0000-00000000000a'", "'00000000-0000-0000-0000-00000000000b'"), ""),
    Type("oid", ("1", "4294967295"), ""),
    Type("pg_lsn", ("'0/1'", "'16/B374D848'"), ""),
    Type("xid8", ("'7'", "'8'"), ""),
    Type("xid", ("'7'", "'8'"), "", sorts=False),
    Type("jsonpath", ("'$.a'", "'$.b'"), "", sorts=False),
)

CASTS = {
    "int": ("text", "numeric", "bigint", "float8", "boolean", "varchar(3)"),
    "text": ("varchar(20)", "char(10)", "bytea", 'text COLLATE "C"', "varchar(400)", "text[]"),
    "numeric": ("int", "text", "numeric(20,1)", "float8"),
    "float": ("text", "numeric", "real", "int"),
    "bool": ("int", "text"),
    "char": ("text", "varchar(9)", "char(9)"),
    "json": ("text", "jsonb", "json"),
    "enum": ("text",),
    "domain": ("numeric", "text"),
    "time": ("date", "text", "timestamptz", "timestamp(0)"),
    "interval": ("text", "interval(0)"),
    "array": ("text", "text[]"),
    "range": ("text",),
    "xml": ("text",),
    "bytea": ("text",),
}
"""To which types a column of a group is changed; some of these conversions lose something."""

GENERATED = {
    "int": "{} * 2",
    "numeric": "{} + 1",
    "text": "upper({})",
    "bool": "NOT {}",
    "range": "isempty({})",
    "array": "coalesce(array_length({}, 1), 0)",
}
"""Expressions for generated columns and for indexes, by the group of the column that they read."""

GENERATED_TYPES = {
    "int": "bigint",
    "numeric": "numeric",
    "text": "text",
    "bool": "boolean",
    "range": "boolean",
    "array": "int",
}
