"""What hangs on a table, and what it has one of, is compared by a text where the way back touches it."""

from __future__ import annotations

from dataclasses import replace

from planrun.core.catalog import (
    Attached,
    Catalog,
    Column,
    Constraint,
    DefaultPrivileges,
    Index,
    Member,
    Policy,
    Publication,
    Relation,
    Schema,
    Statistics,
)
from planrun.core.part_texts import TEXTS, text_of
from planrun.core.restore_parts import named

TABLE = Relation(
    1,
    "s",
    "t",
    "r",
    "me",
    columns=(Column(1, "id", "integer", not_null=True), Column(2, "a", "text", not_null=False)),
    constraints=(Constraint(2, "k", "c", "CHECK (a > 0)", body="one", columns=(2,)),),
    indexes=(Index(3, "x", "CREATE INDEX x"),),
    triggers=(Attached(4, "g", "CREATE TRIGGER g", body="one"),),
    rules=(Attached(5, "r", "CREATE RULE r", body="one"),),
    policies=(Policy(6, "p", "r", permissive=True, roles=("",), body="one"),),
    statistics=(Statistics(7, "s", "st", "CREATE STATISTICS st", owner="me"),),
)
PARTS = ("constraints", "indexes", "triggers", "rules", "policies", "statistics")


def kinds(now, aside=(), dropped=(), was=TABLE):
    before, after = (Catalog({item.oid: item}, {}, {}, {}) for item in (was, now))
    return [(item.kind, item.name) for item in named(before, after, {1: aside} if aside else {}, dropped)]


def each(parts, **changed):
    return tuple(replace(part, **changed) for part in parts)


def test_what_the_step_did_not_touch_is_not_compared():
    assert kinds(TABLE) == []


def test_every_kind_has_a_text():
    now = replace(
        TABLE,
        owner="you",
        comment="said",
        options=("fillfactor=50",),
        row_security=True,
        replica_identity="f",
        of_type=8,
        partition_bound="DEFAULT",
        acl=(("me", "reader", "SELECT", False),),
        columns=(
            replace(TABLE.columns[0], statistics=5),
            replace(TABLE.columns[1], type="integer", body="one", comment="said"),
        ),
        **{part: each(getattr(TABLE, part), comment="said") for part in PARTS if part != "indexes"},
        indexes=each(TABLE.indexes, comment="said", clustered=True),
    )
    replaced = replace(TABLE, columns=(TABLE.columns[0], Column(3, "a", "integer", not_null=False)))
    owned = replace(TABLE, kind="S", owned_by=(9, 1, "a"))
    sequence = replace(TABLE, kind="S")
    found = {kind for kind, _ in (*kinds(now), *kinds(replaced), *kinds(owned, was=sequence))}
    # That of sequences and memberships, and what is granted on other things, is found beside tables.
    of_tables = {kind for kind in TEXTS if not kind.endswith(" privilege") and " on " not in kind}
    assert found == of_tables - {"sequence", "membership in publication"} | {"SELECT privilege"}
    assert all(f"WHEN '{kind}' THEN" in text_of(found) for kind in found)


def test_what_is_granted_on_a_schema_and_by_default_has_a_text():
    grants = (("me", "reader", "USAGE", False),)
    was = Schema(1, "s", "me")
    entry = DefaultPrivileges(5, "me", "s", 1, "T", grants)
    found = named(
        Catalog({}, {}, {1: was}, {}),
        Catalog({}, {}, {1: replace(was, acl=grants)}, {}, default_privileges={("me", 1, "T"): entry}),
        {},
        (),
    )
    assert {(item.kind, item.name, item.place) for item in found} == {
        ("USAGE privilege on schema", "reader", '"s"'),
        ("default privileges on types for role", "reader", '"me" IN SCHEMA "s"'),
    }
    assert all(item.kind in TEXTS and not item.of_table for item in found)
    assert 'USAGE privilege on schema "s" of "reader"' in {item.label for item in found}


def test_a_table_is_compared_that_the_step_published_but_not_one_that_was_published_before():
    was = Publication(1, "p", "me", all_tables=False, options="", members=(Member("TABLE", 5, "s.t", row=6),))
    now = replace(was, members=(*was.members, Member("TABLE", 7, "s.u", row=8)))
    before, after = (Catalog({}, {}, {}, {}, publications={1: item}) for item in (was, now))
    (found,) = named(before, after, {}, ())
    assert (found.kind, found.name, found.place) == ("membership in publication", "p", "s.u")
    assert found.kind in TEXTS
    # A publication that the step made goes as a whole.
    assert named(Catalog({}, {}, {}, {}), after, {}, ()) == ()


def test_a_comment_is_compared_where_its_part_goes_and_another_of_its_name_comes():
    anew = replace(TABLE, constraints=each(TABLE.constraints, oid=22, body="two"))
    assert ("comment of constraint", "k") in kinds(anew, dropped=[("pg_constraint", 22, 0)])
    # One that has another name goes with what is said of it.
    named_otherwise = replace(TABLE, constraints=each(TABLE.constraints, oid=22, name="other"))
    assert ("comment of constraint", "other") not in kinds(named_otherwise, dropped=[("pg_constraint", 22, 0)])


def test_a_comment_stays_with_a_part_that_is_renamed_back():
    renamed = replace(TABLE, indexes=each(TABLE.indexes, name="y"))
    assert kinds(renamed) == [("index", '"s"."y"'), ("index", '"s"."x"')]


def test_what_is_put_aside_for_the_rows_goes_with_its_comment():
    assert kinds(TABLE, aside=TABLE.indexes) == [("comment of index", "x"), ("index", '"s"."x"')]


def test_privileges_are_compared_of_whom_the_way_back_takes_them_from():
    granted = (("me", "reader", "SELECT", False), ("me", "", "SELECT", False), ("me", "me", "SELECT", False))
    assert kinds(replace(TABLE, acl=granted)) == [("SELECT privilege", ""), ("SELECT privilege", "reader")]
    assert kinds(TABLE, was=replace(TABLE, acl=granted)) == []
    # OWNER TO writes other grantors, and takes nothing from anybody.
    other = tuple(("you", *("you" if name == "me" else name for name in grant[1:2]), *grant[2:]) for grant in granted)
    assert kinds(replace(TABLE, owner="you", acl=other), was=replace(TABLE, acl=granted)) == [("owner", "")]
