"""Generates statements that write rows: each function returns one statement for a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generated import schemas

if TYPE_CHECKING:
    from generated.dice import Dice
    from generated.model import Column, Model, Table

_TEXTS = {
    "int": ("{} + 1", "-{}", "{} * 2"),
    "numeric": ("{} * 1.0", "{} + 0.00", "trim_scale({})"),
    "float": ("-{}", "{} + 0", "{} / 3"),
    "text": ("{} || '!'", "lower({})", "{} || ' '", "coalesce({}, '')"),
    "json": ("{}", "NULL"),
    "array": ("{} || {}",),
    "time": ("{}",),
    "interval": ("justify_days({})", "{} * 2"),
    "bytea": ("{} || {}",),
    "bool": ("NOT {}",),
}


def where(dice: Dice, table: Table) -> str:
    one, other = table.id(dice.number(1, 7)), table.id(dice.number(1, 7))
    return dice.pick(
        (
            f" WHERE id = {one}",
            f" WHERE id IN ({one}, {other})",
            f" WHERE id > {one}",
            f" WHERE id <= {one}",
            "",
            f" WHERE {dice.pick(table.columns).name} IS NULL",
            f" WHERE {dice.pick(table.columns).name} IS NOT NULL",
        )
    )


def assigned(dice: Dice, column: Column) -> str:
    expressions = _TEXTS.get(column.type.group, ())
    if expressions and dice.chance(40):
        return f"{column.name} = {dice.pick(expressions).replace('{}', column.name)}"
    return f"{column.name} = {schemas.value(dice, column)}"


def assignments(dice: Dice, table: Table) -> str:
    chosen = dice.some(table.written, 30) or [dice.pick(table.written)]
    return ", ".join(assigned(dice, column) for column in chosen)


def insert(dice: Dice, model: Model, table: Table) -> str:
    start = dice.number(10, 30)
    listed = [schemas.row(dice, table, start + n) for n in range(dice.number(1, 3))]
    return schemas.insert(table, listed)


def insert_defaults(dice: Dice, model: Model, table: Table) -> str:
    if table.constraint in {"always", "default", "serial"}:
        return f"INSERT INTO {table.sql} DEFAULT VALUES;"
    return f"INSERT INTO {table.sql} (id) VALUES ({table.id(dice.number(30, 40))});"


def insert_from_itself(dice: Dice, model: Model, table: Table) -> str:
    names = ", ".join(column.name for column in table.written)
    shifted = {"int": "id + 50", "text": "id || 'n'", "numeric": "id + 50", "date": "id + 50"}.get(
        table.key, "gen_random_uuid()"
    )
    overriding = " OVERRIDING SYSTEM VALUE" if table.always else ""
    return (
        f"INSERT INTO {table.sql} (id, {names}){overriding} SELECT {shifted}, {names}"
        f" FROM {table.sql}{where(dice, table)};"
    )


def update(dice: Dice, model: Model, table: Table) -> str:
    return f"UPDATE {table.sql} SET {assignments(dice, table)}{where(dice, table)};"


def update_from_other(dice: Dice, model: Model, table: Table) -> str:
    other = dice.pick(model.tables)
    return (
        f"UPDATE {table.sql} AS t SET {assignments(dice, table)}"
        f" FROM (SELECT count(*) AS n FROM {other.sql}) AS o WHERE o.n > 0;"
    )


def delete(dice: Dice, model: Model, table: Table) -> str:
    return f"DELETE FROM {table.sql}{where(dice, table)};"


def move_keys(dice: Dice, model: Model, table: Table) -> str:
    match table.key:
        case "int" | "numeric" | "date":
            return f"UPDATE {table.sql} SET id = id + {dice.pick((100, 1, 0))}{where(dice, table)};"
        case "text":
            return f"UPDATE {table.sql} SET id = id || 'x'{where(dice, table)};"
    return f"UPDATE {table.sql} SET id = {table.id(90)} WHERE id = {table.id(1)};"


def swap_keys(dice: Dice, model: Model, table: Table) -> str:
    one, other = table.id(1), table.id(2)
    return f"UPDATE {table.sql} SET id = CASE id WHEN {one} THEN {other} ELSE {one} END WHERE id IN ({one}, {other});"


def same_key_otherwise(dice: Dice, model: Model, table: Table) -> str:
    """Write a key that is equal and not the same (1.0 and 1.00), or the same again."""
    return f"UPDATE {table.sql} SET id = {'id * 1.0' if table.key == 'numeric' else 'id'}{where(dice, table)};"


def delete_and_insert(dice: Dice, model: Model, table: Table) -> str:
    number = dice.number(1, 4)
    again = schemas.insert(table, [schemas.row(dice, table, number)])
    return f"DELETE FROM {table.sql} WHERE id = {table.id(number)}; {again}"


def on_conflict(dice: Dice, model: Model, table: Table) -> str:
    listed = [schemas.row(dice, table, number) for number in (dice.number(1, 4), dice.number(5, 12))]
    action = dice.pick((f"(id) DO UPDATE SET {assignments(dice, table)}", "DO NOTHING"))
    # In the action a bare name would be ambiguous.
    if action != "DO NOTHING":
        column = dice.pick(table.written)
        action = f"(id) DO UPDATE SET {column.name} = excluded.{column.name}"
    return schemas.insert(table, listed).removesuffix(";") + f" ON CONFLICT {action};"


def merge(dice: Dice, model: Model, table: Table) -> str:
    column = dice.pick(table.written)
    fresh = table.id(dice.number(40, 50))
    overriding = " OVERRIDING SYSTEM VALUE" if table.always else ""
    return (
        f"MERGE INTO {table.sql} AS t USING (VALUES ({table.id(1)}), ({table.id(2)}), ({fresh})) AS s (k) ON t.id = s.k"
        f" WHEN MATCHED AND s.k = {table.id(1)} THEN DELETE"
        f" WHEN MATCHED THEN UPDATE SET {column.name} = {schemas.value(dice, column)}"
        f" WHEN NOT MATCHED THEN INSERT (id){overriding} VALUES (s.k);"
    )


def cte(dice: Dice, model: Model, table: Table) -> str:
    other = dice.pick(model.tables)
    first = delete(dice, model, table).removesuffix(";")
    second = update(dice, model, other).removesuffix(";")
    return f"WITH gone AS ({first} RETURNING 1), changed AS ({second} RETURNING 1) SELECT count(*) FROM gone;"


def many_times(dice: Dice, model: Model, table: Table) -> str:
    one, two = update(dice, model, table), update(dice, model, table)
    return f"DO $$BEGIN FOR i IN 1..2 LOOP {one} {two} END LOOP; END$$;"


def dynamic(dice: Dice, model: Model, table: Table) -> str:
    inner = dice.pick((update, delete, insert))(dice, model, table)
    return f"DO $$BEGIN EXECUTE $x${inner}$x$; END$$;"


def rolled_back_within(dice: Dice, model: Model, table: Table) -> str:
    inner, outer = update(dice, model, table), delete(dice, model, table)
    return f"DO $$BEGIN {inner} BEGIN {outer} RAISE division_by_zero; EXCEPTION WHEN others THEN NULL; END; END$$;"


def through_function(dice: Dice, model: Model, table: Table) -> str:
    if not model.functions:
        return update(dice, model, table)
    return f"SELECT {dice.pick(model.functions)}();"


def through_view(dice: Dice, model: Model, table: Table) -> str:
    if not model.views:
        return delete(dice, model, table)
    return f"DELETE FROM {dice.pick(model.views)} WHERE id = {table.id(dice.number(1, 5))};"


def truncate(dice: Dice, model: Model, table: Table) -> str:
    return f"TRUNCATE {table.sql}{dice.pick(('', ' CASCADE', ' RESTART IDENTITY', ' RESTART IDENTITY CASCADE'))};"


def to_partition(dice: Dice, model: Model, table: Table) -> str:
    suffix = {"partitioned": "_low", "inherited": "_child"}.get(table.kind, "")
    return f"UPDATE {table.sql}{suffix} SET {assignments(dice, table)};"


def only(dice: Dice, model: Model, table: Table) -> str:
    return f"UPDATE ONLY {table.sql} SET {assignments(dice, table)}{where(dice, table)};"


EVERYDAY = (
    *(insert, insert_defaults, insert_from_itself, update, update, update_from_other, delete, delete_and_insert),
    *(on_conflict, merge, cte, many_times, dynamic, through_function, through_view, only, same_key_otherwise, insert),
)
RARE = (move_keys, swap_keys, rolled_back_within, truncate, to_partition)


def application(dice: Dice, table: Table, number: int) -> tuple[str, str]:
    """Return what the application writes, values that the plan never writes, and a query that finds it."""
    found = f"SELECT count(*) FROM {table.schema}.{table.name} WHERE id OPERATOR(pg_catalog.=) "
    fit = [column for column in table.written if column.type.application]
    kind = dice.number(0, 3)
    if kind == 0 or not fit:
        key = table.id(500 + number)
        return schemas.insert(table, [schemas.row(dice, table, 500 + number)]), f"{found}{key};"
    key = table.id(dice.number(1, 7))
    if kind == 3:
        return f"DELETE FROM {table.sql} WHERE id = {key};", ""
    column = dice.pick(fit)
    given = column.type.application.format(number)
    text = f"UPDATE {table.sql} SET {column.name} = {given} WHERE id = {key};"
    return text, f"{found}{key} AND {column.name} OPERATOR(pg_catalog.=) {given};"
