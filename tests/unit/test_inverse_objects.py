"""The inverse of objects that are no relations, where order and names matter; the rules that bring them into view."""

from __future__ import annotations

from dataclasses import replace

from planrun.core import granted, restore_objects
from planrun.core.accounting import Again, Evidence, Proved, Scope, Touched, Unproved, judge
from planrun.core.catalog import (
    Catalog,
    Column,
    Constraint,
    DefaultPrivileges,
    Function,
    Member,
    Object,
    Publication,
    Relation,
    Schema,
    Type,
)
from planrun.core.catalogs import WHOLE
from planrun.core.inverse.derive import derive

EMPTY = Catalog({}, {}, {}, {})


def function(oid, name="f", **other):
    given = {"arguments": "integer", "signature": f"s.{name}(integer)", "definition": f"CREATE {name}", "body": "one"}
    return Function(oid, "s", name, "f", owner="me", **{**given, **other})


def catalog(**parts):
    by_oid = {name: {item.oid: item for item in items} for name, items in parts.items()}
    return replace(EMPTY, **by_oid)


def statements(before, after):
    inverse = derive(before, after)
    assert not inverse.refusals, inverse.refusals
    return [action.sql for action in inverse.actions]


def refused(before, after):
    return [f"{refusal.object}: {refusal.reason}" for refusal in derive(before, after).refusals]


def test_functions_that_swapped_names_go_by_way_of_names_that_nobody_has():
    before = catalog(functions=[function(1, "a"), function(2, "b")])
    after = catalog(functions=[function(1, "b"), function(2, "a")])
    assert statements(before, after) == [
        'ALTER ROUTINE "s"."b"(integer) RENAME TO "planrun_1"',
        'ALTER ROUTINE "s"."a"(integer) RENAME TO "planrun_2"',
        'ALTER ROUTINE "s"."planrun_1"(integer) RENAME TO "a"',
        'ALTER ROUTINE "s"."planrun_2"(integer) RENAME TO "b"',
    ]


def test_who_holds_a_name_leaves_it_before_it_is_taken():
    before = catalog(functions=[function(1, "a"), function(2, "b")])
    after = catalog(functions=[function(1, "c"), function(2, "a")])
    assert statements(before, after) == [
        'ALTER ROUTINE "s"."c"(integer) RENAME TO "planrun_1"',
        'ALTER ROUTINE "s"."a"(integer) RENAME TO "b"',
        'ALTER ROUTINE "s"."planrun_1"(integer) RENAME TO "a"',
    ]


def test_dropped_functions_come_back_before_those_that_are_bound_to_them():
    lost = [function(1, "user", uses=(("pg_proc", 2, 0),)), function(2, "used")]
    found = [sql for sql in statements(catalog(functions=lost), EMPTY) if sql.startswith("CREATE")]
    assert found == ["CREATE used", "CREATE user"]


def test_functions_bound_to_one_another_in_a_circle_are_refused():
    lost = [function(1, "a", uses=(("pg_proc", 2, 0),)), function(2, "b", uses=(("pg_proc", 1, 0),))]
    assert "in a circle" in refused(catalog(functions=lost), EMPTY)[0]


def test_a_function_that_belongs_to_a_type_comes_and_goes_with_it():
    own = catalog(functions=[function(1, internal=True)])
    assert statements(EMPTY, own) == statements(own, EMPTY) == []


def test_labels_that_were_swapped_go_by_way_of_labels_that_nobody_has():
    was = Type(1, "s", "mood", "e", "me", values=((7, "a"), (8, "b")))
    now = replace(was, values=((7, "b"), (8, "a")))
    assert [sql.partition("VALUE ")[2] for sql in statements(catalog(types=[was]), catalog(types=[now]))] == [
        "'b' TO 'planrun_7'",
        "'a' TO 'planrun_8'",
        "'planrun_7' TO 'a'",
        "'planrun_8' TO 'b'",
    ]


def test_a_domain_constraint_that_reads_otherwise_is_made_again():
    def domain(name, body, definition):
        constraint = Constraint(7, name, "c", definition, body=body)
        return catalog(types=[Type(1, "s", "d", "d", "me", constraints=(constraint,))])

    was, now = domain("c", "old", "CHECK (VALUE > 0) NOT VALID"), domain("d", "new", "CHECK (VALUE > 0)")
    assert statements(was, now) == [
        'ALTER DOMAIN "s"."d" DROP CONSTRAINT "d"',
        'ALTER DOMAIN "s"."d" ADD CONSTRAINT "c" CHECK (VALUE > 0) NOT VALID',
    ]


def test_columns_of_a_renamed_type_did_not_change_their_type():
    def state(name):
        table = Relation(5, "s", "t", "r", "me", columns=(Column(1, "v", f"s.{name}[]", not_null=False),))
        type_ = Type(1, "s", name, "e", "me", display=f"s.{name}")
        return replace(catalog(types=[type_]), relations={5: table})

    assert statements(state("a"), state("b")) == ['ALTER TYPE "s"."b" RENAME TO "a"']


def test_schemas_that_swapped_names_get_them_back_before_anything_else():
    def state(first, second):
        schemas = [Schema(1, first, "me"), Schema(2, second, "me")]
        return catalog(schemas=schemas, functions=[replace(function(3), schema=first)])

    after = state("b", "a")
    changed = replace(after, functions={3: replace(after.functions[3], body="two")})
    assert statements(state("a", "b"), changed) == [
        'ALTER SCHEMA "b" RENAME TO "planrun_1"',
        'ALTER SCHEMA "a" RENAME TO "planrun_2"',
        'ALTER SCHEMA "planrun_1" RENAME TO "a"',
        'ALTER SCHEMA "planrun_2" RENAME TO "b"',
        "CREATE f",
    ]


def test_a_new_schema_makes_way_for_the_one_that_had_its_name():
    before = catalog(schemas=[Schema(1, "s", "me")])
    after = catalog(schemas=[Schema(1, "s_old", "me"), Schema(2, "s", "me")])
    assert statements(before, after) == [
        'ALTER SCHEMA "s_old" RENAME TO "planrun_1"',
        'ALTER SCHEMA "s" RENAME TO "planrun_2"',
        'ALTER SCHEMA "planrun_1" RENAME TO "s"',
        'DROP SCHEMA "planrun_2"',
    ]


def test_no_entry_of_default_privileges_is_what_the_server_gives():
    entry = DefaultPrivileges(9, "me", None, 0, "f", (("me", "me", "EXECUTE", False),), (("me", "", "EXECUTE", False),))
    after = replace(EMPTY, default_privileges={("me", 0, "f"): entry})
    prefix = 'ALTER DEFAULT PRIVILEGES FOR ROLE "me"'
    assert statements(EMPTY, after) == [
        f"{prefix} GRANT EXECUTE ON ROUTINES TO PUBLIC",
        f'{prefix} REVOKE EXECUTE ON ROUTINES FROM "me"',
    ]
    gone = catalog(schemas=[Schema(5, "s", "me")])
    fresh = replace(entry, schema="s", schema_oid=5)
    assert statements(EMPTY, replace(gone, default_privileges={("me", 5, "f"): fresh})) == ['DROP SCHEMA "s"']


def test_a_member_of_a_publication_that_reads_otherwise_goes_and_comes_again():
    listed = Member("TABLE", 5, "s.t", " (id)", None, "old")
    was = Publication(1, "p", "me", all_tables=False, options="publish = 'insert'", members=(listed,))
    now = replace(was, members=(Member("TABLE", 5, "s.u", None, " WHERE (id > 1)", "new"), Member("TABLE", 6, "s.x")))
    assert statements(catalog(publications=[was]), catalog(publications=[now])) == [
        'ALTER PUBLICATION "p" DROP TABLE ONLY s.u',
        'ALTER PUBLICATION "p" DROP TABLE ONLY s.x',
        'ALTER PUBLICATION "p" ADD TABLE ONLY s.t (id)',
    ]


def test_an_object_of_a_rare_kind_goes_but_does_not_come_back():
    item = Object("pg_operator", 1, "operator", "s.===(text,integer)", "me", "body")
    with_it = replace(EMPTY, objects={("pg_operator", 1): item})
    assert statements(EMPTY, with_it) == ["DROP OPERATOR s.===(text,integer)"]
    assert refused(with_it, EMPTY) == ["operator s.===(text,integer): it was dropped, and is not made again"]
    altered = replace(EMPTY, objects={("pg_operator", 1): replace(item, body="other")})
    assert refused(with_it, altered) == ["operator s.===(text,integer): it was altered, and is not altered back"]


# --- what comes into view ----------------------------------------------------------------------


def evidence(before=EMPTY, after=EMPTY, **other):
    given = {"catalogs": {}, "counts_before": {}, "counts_after": {}, "locked": (), "touched": (), "images": {}}
    return Evidence(
        before=before, after=after, rows_before={}, rows_after={}, side_tables=frozenset(), **{**given, **other}
    )


NOTHING = Scope()


def verdict(found, scope=NOTHING):
    return judge(scope, found, derive(found.before, found.after))


def test_a_rare_catalog_is_looked_at_whole_once_it_was_written():
    found = evidence(catalogs={"pg_cast": (0, 1, 0)})
    assert verdict(found) == Again(Scope(catalogs=frozenset({"pg_cast"})))
    assert verdict(found, Scope(catalogs=frozenset({"pg_cast"}))) == Proved()
    item = Object("pg_operator", 1, "operator", "s.===(text,integer)", "me", "body")
    there = replace(EMPTY, objects={("pg_operator", 1): item})
    touched = (Touched("pg_operator", 1, "pg_description", "comment on operator"),)
    assert verdict(evidence(there, there, touched=touched)) == Again(Scope(catalogs=frozenset({"pg_operator"})))


def test_a_removed_comment_makes_everything_be_looked_at():
    again = verdict(evidence(catalogs={"pg_description": (0, 0, 1)}))
    assert isinstance(again, Again)
    assert (again.scope.functions, again.scope.schemas, again.scope.all_types) == (True, True, True)
    assert again.scope.catalogs == WHOLE


def test_dropped_types_are_sought_among_all():
    again = verdict(evidence(catalogs={"pg_enum": (0, 0, 2), "pg_type": (0, 0, 2)}))
    assert isinstance(again, Again)
    assert again.scope.all_types


def test_the_row_type_of_a_composite_type_is_seen_before_the_step():
    pair = Relation(5, "s", "pair", "c", "me")
    row_type = Type(6, "s", "pair", "c", "me", relation=5)
    before = catalog(relations=[pair])
    assert verdict(evidence(before, replace(before, types={6: row_type}))) == Again(Scope(types=frozenset({6})))
    gone = verdict(evidence(before, EMPTY))
    assert isinstance(gone, Again)
    assert gone.scope.all_types


def test_what_is_made_independent_of_an_extension_is_refused():
    assert isinstance(verdict(evidence(catalogs={"pg_depend": (0, 0, 1)})), Unproved)
    assert verdict(evidence(catalogs={"pg_depend": (1, 0, 1), "pg_class": (0, 1, 0)})) == Proved()


def test_values_of_an_enum_are_not_renamed_beside_images_of_them():
    was = Type(1, "s", "mood", "e", "me", values=((7, "a"),))
    table = Relation(5, "s", "t", "r", "me", columns=(Column(1, "v", "s.mood", not_null=False, builtin=False),))
    before, after = (
        replace(catalog(types=[type_]), relations={5: table}) for type_ in (was, replace(was, values=((7, "b"),)))
    )
    result = verdict(evidence(before, after, images={5: (1, 0, 0, 0)}))
    assert isinstance(result, Unproved | Again)
    assert verdict(evidence(before, after, images={5: (0, 0, 0, 0)})) == Proved()


# --- what is compared at the way back ----------------------------------------------------------


def test_an_object_is_compared_when_its_text_its_comment_or_its_owner_changed():
    was, other = function(1), Type(3, "s", "mood", "e", "me")
    before = catalog(functions=[was, function(2, "g"), function(4, "h")], types=[other])
    told, given = replace(function(2, "g"), comment="x"), replace(function(4, "h"), owner="you")
    after = catalog(functions=[replace(was, body="two"), told, given], types=[])
    assert restore_objects.named(before, after) == (
        ("function", "s.f(integer)", "CREATE f"),
        ("type", '"s"."mood"', None),
        ("comment of function", "s.g(integer)", ""),
        ("owner of function", "s.h(integer)", "me"),
    )
    assert restore_objects.named(before, before) == ()


def test_privileges_are_compared_of_what_goes_while_another_of_its_name_comes_back():
    before = catalog(
        functions=[function(1)],
        relations=[Relation(2, "s", "v", "v", "me"), Relation(3, "s", "stays", "r", "me")],
        types=[Type(4, "s", "mood", "e", "me")],
    )
    after = catalog(
        functions=[function(11), function(12, "g")],
        relations=[Relation(13, "s", "v", "v", "me"), Relation(14, "s", "new", "r", "me"), before.relations[3]],
        types=[Type(15, "s", "mood", "e", "me")],
    )
    dropped = [("pg_proc", 11, 0), ("pg_proc", 12, 0), ("pg_class", 13, 0), ("pg_class", 14, 0)]
    dropped += [("pg_class", 3, 2), ("pg_class", 99, 0), ("pg_type", 15, 0)]
    assert granted.replaced(before, after, dropped) == (
        ("privileges, comments or settings of function", "s.f(integer)", None),
        ("privileges, comments or settings of relation", '"s"."v"', None),
        ("privileges, comments or settings of type", '"s"."mood"', None),
    )
