"""Which objects two catalogs tell apart."""

from __future__ import annotations

from dataclasses import fields, replace

from planrun.core.catalog import Catalog, Relation
from planrun.core.changes import CATALOGS, changed

TABLE = Relation(oid=7, schema="s", name="t", kind="r", owner="o")


def catalog(*relations: Relation) -> Catalog:
    return Catalog({relation.oid: relation for relation in relations}, {}, {}, {})


def test_every_part_of_a_catalog_is_looked_at():
    assert {part.name for part in fields(Catalog)} <= set(CATALOGS)


def test_a_renamed_table_is_known_by_both_names():
    (found,) = changed(catalog(TABLE), catalog(replace(TABLE, name="u")))
    assert (found.catalog, found.oid, found.label, found.names) == ("pg_class", 7, '"s"."u"', ("t", "u"))


def test_created_and_dropped_objects_count():
    assert changed(catalog(), catalog(TABLE))[0].names == ("t",)
    assert changed(catalog(TABLE), catalog())[0].label == '"s"."t"'


def test_nothing_changed_in_what_is_equal_or_only_referred_to():
    assert changed(catalog(TABLE), catalog(TABLE)) == ()
    assert changed(catalog(TABLE), catalog(replace(TABLE, internal_triggers=((9, "O"),)))) == ()
