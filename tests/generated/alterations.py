"""Generates definitions made between run and rollback, each with a query that tells whether it stands.

A query names what it looks at by itself, since a planted operator or function may stand first in the search path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generated import schemas
from generated.values import INT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generated.dice import Dice
    from generated.model import Column, Model, Table

_IS = "OPERATOR(pg_catalog.=)"
_COLUMN = f"""
    SELECT {{what}} FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid {_IS} '{{table}}'::regclass AND a.attname {_IS} '{{column}}'::name"""
_NAMED = f"SELECT {{what}} FROM pg_catalog.{{catalog}} WHERE {{column}} {_IS} '{{name}}'::name"

GONE = [("gone",)]
"""What a query gives whose object is not there: it went with its step, and what was told of it goes along."""


def grant(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    word = dice.pick(("SELECT", "INSERT", "UPDATE", "TRIGGER"))
    how = ("GRANT", "TO") if dice.chance(70) else ("REVOKE", "FROM")
    text = f"{how[0]} {word} ON {table.sql} {how[1]} case_reader;"
    yield text, _granted("relacl", f"pg_class WHERE oid {_IS} 'public.{table.name}'::regclass", word)


def grant_column(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    column = dice.pick(table.columns)
    of = f"pg_attribute WHERE attrelid {_IS} 'public.{table.name}'::regclass AND attname {_IS} '{column.bare}'::name"
    yield f"GRANT UPDATE ({column.name}) ON {table.sql} TO case_reader;", _granted("attacl", of, "UPDATE")


def _granted(acl: str, of: str, word: str) -> str:
    """Return the query for a privilege of the reader, who becomes the owner of nothing, whose own change with it."""
    return (
        f"SELECT e.is_grantable FROM (SELECT {acl} AS acl FROM pg_catalog.{of}) AS o, pg_catalog.aclexplode(o.acl) AS e"
        f" WHERE e.grantee {_IS} 'case_reader'::regrole AND e.privilege_type {_IS} '{word}';"
    )


def comment(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    text = dice.pick((f"'{name}'", f"'{name}'", "NULL"))
    yield (
        f"COMMENT ON TABLE {table.sql} IS {text};",
        f"SELECT pg_catalog.obj_description('public.{table.name}'::regclass, 'pg_class');",
    )


def comment_column(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    column = dice.pick(table.columns)
    yield (
        f"COMMENT ON COLUMN {table.sql}.{column.name} IS '{name}';",
        _of(table, column, "pg_catalog.col_description(a.attrelid, a.attnum)"),
    )


def comment_elsewhere(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    """Say something of what hangs on tables, of the run's own making or not: it stands, or what it is said of went."""
    named = [(f"INDEX {index}", "pg_class", "relname", index) for index in table.indexes]
    named += [(f"CONSTRAINT {one} ON {table.sql}", "pg_constraint", "conname", one) for one in table.constraints]
    named += [(f"TRIGGER {one} ON {table.sql}", "pg_trigger", "tgname", one) for one in table.triggers]
    named += [(f"VIEW {one}", "pg_class", "relname", one) for one in model.views]
    named += [(f"FUNCTION {one}()", "pg_proc", "proname", one) for one in model.functions]
    named += [(f"SEQUENCE {one}", "pg_class", "relname", one) for one in model.sequences]
    named += [(f"TABLE {one.sql}", "pg_class", "relname", one.name) for one in model.tables]
    on, catalog, column, of = dice.pick(named)
    yield (
        f"COMMENT ON {on} IS '{name}';",
        _or_gone(f"pg_catalog.obj_description(oid, '{catalog}')", catalog, column, of),
    )


def comment_any_column(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    """Say something of any column, whatever the run made of it, unless it passed its name on."""
    named_first = ((one, column) for one in (table, *model.tables) for column in one.columns)
    other, column = dice.pick([(one, column) for one, column in named_first if column.name == column.first_name])
    text = f"COMMENT ON COLUMN {other.sql}.{column.name} IS '{name}';"
    of = f"attrelid {_IS} to_regclass('{other.sql}') AND attname"
    yield text, _or_gone(_said(name), "pg_attribute", of, column.bare)


def _said(text: str) -> str:
    """Return what finds a comment on anything: where columns pass names on, it stays with its own."""
    return f"SELECT max(d.description) FROM pg_catalog.pg_description AS d WHERE d.description {_IS} '{text}'"


def grant_elsewhere(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    """Let the reader do something with what may be of the run's own making."""
    reader = "pg_catalog.array_to_string({}, ' ') LIKE '%case_reader=%'"
    named = [
        (f"SELECT ON {one}", reader.format("relacl"), "pg_class", "relname", one)
        for one in (*model.views, *model.materialized, *(other.name for other in model.tables))
    ]
    named += [
        (f"EXECUTE ON FUNCTION {one}()", reader.format("proacl"), "pg_proc", "proname", one) for one in model.functions
    ]
    to, *found = dice.pick(named)
    yield f"GRANT {to} TO case_reader;", _or_gone(*found)


def _or_gone(what: str, catalog: str, column: str, name: str) -> str:
    """Return the query for something that is told of an object, or for `GONE` where there is no object of its name."""
    found = (
        f"SELECT coalesce(({what})::text, 'none') FROM pg_catalog.{catalog} WHERE {column} {_IS} '{name}'::name LIMIT 1"
    )
    return f"SELECT coalesce(({found}), 'gone');"


def add_column(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    extra = dice.pick(
        ("", "DEFAULT 5", "NOT NULL DEFAULT 6", "UNIQUE", "CHECK (true)", "GENERATED ALWAYS AS (1) STORED")
    )
    yield (
        f"ALTER TABLE {table.sql} ADD COLUMN {name} int {extra};",
        _COLUMN.format(what="a.attnotnull", table=f"public.{table.name}", column=name),
    )
    for _ in range(dice.number(0, 2)):
        key = table.id(dice.number(1, 12))
        yield (
            f"UPDATE {table.sql} SET {name} = {dice.number(9000, 9999)} WHERE id = {key};",
            f"SELECT {name} FROM public.{table.name} WHERE id {_IS} {key} AND {name} OPERATOR(pg_catalog.>=) 9000;",
        )


def default(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    column = dice.pick(table.columns)
    to = "DROP DEFAULT" if dice.chance(30) or not column.type.values else f"SET DEFAULT {dice.pick(column.type.values)}"
    found = (
        "(SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef AS d"
        f" WHERE d.adrelid {_IS} a.attrelid AND d.adnum {_IS} a.attnum)"
    )
    yield f"ALTER TABLE {table.sql} ALTER COLUMN {column.name} {to};", _of(table, column, found)


def not_null(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    column = dice.pick(table.columns)
    text = f"ALTER TABLE {table.sql} ALTER COLUMN {column.name} {dice.pick(('SET', 'DROP'))} NOT NULL;"
    yield text, _of(table, column, "a.attnotnull")


def column_setting(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    column = dice.pick(table.columns)
    what, found = dice.pick(
        (
            ("SET STATISTICS 66", "a.attstattarget"),
            ("SET STORAGE MAIN", "a.attstorage"),
            ("SET STORAGE EXTERNAL", "a.attstorage"),
            ("SET (n_distinct = 9)", "a.attoptions"),
            ("SET COMPRESSION pglz", "a.attcompression"),
        )
    )
    yield f"ALTER TABLE {table.sql} ALTER COLUMN {column.name} {what};", _of(table, column, found)


def table_setting(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    what, found = dice.pick(
        (
            ("SET (fillfactor = 66)", "(SELECT o FROM unnest(reloptions) AS o WHERE o LIKE 'fillfactor=%')"),
            ("RESET (fillfactor)", "(SELECT o FROM unnest(reloptions) AS o WHERE o LIKE 'fillfactor=%')"),
            ("SET (autovacuum_enabled = true)", "(SELECT o FROM unnest(reloptions) AS o WHERE o LIKE 'auto%')"),
            ("REPLICA IDENTITY FULL", "relreplident"),
            ("REPLICA IDENTITY DEFAULT", "relreplident"),
            ("ENABLE ROW LEVEL SECURITY", "relrowsecurity"),
            ("DISABLE ROW LEVEL SECURITY", "relrowsecurity"),
            ("SET UNLOGGED", "relpersistence"),
        )
    )
    yield (
        f"ALTER TABLE {table.sql} {what};",
        f"SELECT {found} FROM pg_catalog.pg_class WHERE oid {_IS} 'public.{table.name}'::regclass;",
    )


def _is_named_by_the_server(table: Table) -> bool:
    """Whether indexes of its partitions get names by what is free: others beside the run than without it."""
    return table.kind == "partitioned"


def index(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    text = schemas.index(dice, name, table, dice.pick(table.columns))
    if _is_named_by_the_server(table):
        return
    yield text, f"SELECT indisunique, indisvalid FROM pg_catalog.pg_index WHERE indexrelid {_IS} to_regclass('{name}');"


def constraint(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    column, parent = dice.pick(table.columns), dice.pick(model.tables)
    what = dice.pick(
        (
            f"CHECK ({column.name} IS NOT NULL) NOT VALID",
            f"CHECK ({column.name} IS NOT NULL OR true)",
            f"UNIQUE ({column.name})",
            f"UNIQUE (id, {column.name}) DEFERRABLE",
            f"EXCLUDE USING btree ({column.name} WITH =)",
            f"FOREIGN KEY (id) REFERENCES {parent.sql} (id) NOT VALID",
        )
    )
    if what.startswith("UNIQUE") and _is_named_by_the_server(table):
        return
    yield (
        f"ALTER TABLE {table.sql} ADD CONSTRAINT {name} {what};",
        _NAMED.format(what="contype, convalidated", catalog="pg_constraint", column="conname", name=name),
    )


def child(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    """Make a table of the application's own that refers to this one, with a row."""
    key = table.id(dice.number(1, 12))
    action = dice.pick(("", " ON DELETE CASCADE", " ON DELETE SET NULL", " ON UPDATE CASCADE"))
    kind = schemas.KEY_TYPES[table.key].sql
    yield (
        f"CREATE TABLE {name} (n int PRIMARY KEY, parent {kind} REFERENCES {table.sql} (id){action});",
        _NAMED.format(what="relkind", catalog="pg_class", column="relname", name=name),
    )
    yield f"INSERT INTO {name} VALUES (1, {key});", f"SELECT n, parent::text FROM {name};"


def view(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    text = f"CREATE VIEW {name} AS SELECT id, {dice.pick(table.columns).name} AS shown FROM {table.sql};"
    yield text, _NAMED.format(what="relkind", catalog="pg_class", column="relname", name=name)


def of_the_row(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    """Make something that has the row type of the table."""
    text, catalog, column = dice.pick(
        (
            (f"CREATE VIEW {name} AS SELECT t FROM {table.sql} AS t;", "pg_class", "relname"),
            (f"CREATE TABLE {name} (kept {table.sql});", "pg_class", "relname"),
            (f"CREATE FUNCTION {name}({table.sql}) RETURNS int LANGUAGE sql AS 'SELECT 1';", "pg_proc", "proname"),
            (f"CREATE TABLE {name} () INHERITS ({table.sql});", "pg_class", "relname"),
        )
    )
    yield text, _NAMED.format(what=column, catalog=catalog, column=column, name=name)


def trigger(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    """Make a trigger that keeps a log of its own."""
    yield f"CREATE TABLE log_{name} (n int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);", ""
    body = f"BEGIN INSERT INTO public.log_{name} (what) VALUES (tg_op); RETURN NULL; END"
    yield f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$;", ""
    when = dice.pick(("TRIGGER", "CONSTRAINT TRIGGER"))
    yield (
        f"CREATE {when} {name} AFTER INSERT OR UPDATE OR DELETE ON {table.sql} FOR EACH ROW EXECUTE FUNCTION {name}();",
        _NAMED.format(what="tgenabled", catalog="pg_trigger", column="tgname", name=name),
    )


def policy(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    text = f"CREATE POLICY {name} ON {table.sql} TO case_reader USING ({dice.pick(table.columns).name} IS NOT NULL);"
    yield text, _NAMED.format(what="polcmd", catalog="pg_policy", column="polname", name=name)


def statistics(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    text = f"CREATE STATISTICS {name} ON id, {dice.pick(table.columns).name} FROM {table.sql};"
    yield text, _NAMED.format(what="stxkind", catalog="pg_statistic_ext", column="stxname", name=name)


def function(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    """Make a function, or give one that is there another body."""
    if not model.functions or dice.chance(40):
        text = f"CREATE FUNCTION {name}() RETURNS SETOF {table.sql} LANGUAGE sql AS $$SELECT * FROM {table.sql}$$;"
        yield text, _NAMED.format(what="proname", catalog="pg_proc", column="proname", name=name)
        return
    chosen = dice.pick(model.functions)
    yield (
        f"CREATE OR REPLACE FUNCTION {chosen}() RETURNS void LANGUAGE sql AS $$SELECT NULL::void /* {name} */$$;",
        _NAMED.format(what="prosrc", catalog="pg_proc", column="proname", name=chosen),
    )


def drop_column(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    column = dice.pick(table.columns)
    yield f"ALTER TABLE {table.sql} DROP COLUMN {column.name};", _of(table, column, "1")


def rename_column(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    column = dice.pick(table.columns)
    yield (
        f"ALTER TABLE {table.sql} RENAME COLUMN {column.name} TO {name};",
        _COLUMN.format(what="1", table=f"public.{table.name}", column=name),
    )


def rename_table(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    text = f"ALTER TABLE {table.sql} RENAME TO {name};"
    yield text, _NAMED.format(what="relkind", catalog="pg_class", column="relname", name=name)


def retype(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    column = dice.pick(table.columns)
    text = f"ALTER TABLE {table.sql} ALTER COLUMN {column.name} TYPE {'bigint' if column.type is INT else 'text'};"
    yield text, _of(table, column, "pg_catalog.format_type(a.atttypid, a.atttypmod)")


def drop(dice: Dice, model: Model, table: Table, name: str) -> Iterator[tuple[str, str]]:
    """Drop something that hangs on the table."""
    choices = [(f"DROP INDEX {index};", "pg_class", "relname", index) for index in table.indexes]
    choices += [
        (f"ALTER TABLE {table.sql} DROP CONSTRAINT {one} CASCADE;", "pg_constraint", "conname", one)
        for one in (*table.constraints, f"{table.name}_pkey")
    ]
    choices += [(f"DROP TRIGGER {one} ON {table.sql};", "pg_trigger", "tgname", one) for one in table.triggers]
    choices += [
        (f"ALTER TABLE {table.sql} DISABLE TRIGGER {one};", "pg_trigger", "tgname", one) for one in table.triggers
    ]
    choices += [(f"DROP VIEW {one};", "pg_class", "relname", one) for one in model.views]
    choices += [(f"DROP FUNCTION {one}();", "pg_proc", "proname", one) for one in model.functions]
    text, catalog, column, of = dice.pick(choices)
    what = "tgenabled" if catalog == "pg_trigger" else "1"
    yield text, _NAMED.format(what=what, catalog=catalog, column=column, name=of)


def _of(table: Table, column: Column, what: str) -> str:
    return _COLUMN.format(what=what, table=f"public.{table.name}", column=column.bare)


EVERYDAY = (
    *(
        grant,
        grant_column,
        comment,
        comment_column,
        comment_elsewhere,
        comment_any_column,
        grant_elsewhere,
        add_column,
        add_column,
    ),
    *(add_column, default, default, not_null, column_setting, table_setting, index, constraint, child, child, view),
    *(of_the_row, trigger, policy, statistics, function),
)
RARE = (drop_column, rename_column, rename_table, retype, drop, drop)
