"""The inverse of differences that are easier made by hand than by a server: order, names, what is compared."""

from __future__ import annotations

from dataclasses import replace

from planrun.core.catalog import Attached, Catalog, Column, Constraint, Dependency, Index, Relation, Sequence
from planrun.core.inverse.actions import Action, Phase
from planrun.core.inverse.derive import derive, ordered
from planrun.core.inverse.order import users_first

COLUMNS = (Column(1, "id", "integer", not_null=True), Column(2, "v", "text", not_null=False))


def table(oid, name="t", **other):
    return Relation(oid, "public", name, "r", "me", **{"columns": COLUMNS, **other})


def inverse(before, after):
    return derive(
        Catalog({relation.oid: relation for relation in before}, {}, {}, {}),
        Catalog({relation.oid: relation for relation in after}, {}, {}, {}),
    )


def statements(before, after):
    return [action.sql for action in inverse(before, after).actions]


def test_nothing_changed():
    assert inverse([table(1)], [table(1)]).actions == ()


def test_a_text_that_mentions_a_renamed_thing_is_no_change():
    check = Constraint(7, "c", "c", "CHECK (v > 0)", body="same", columns=(2,))
    was = table(1, constraints=(check,), triggers=(Attached(8, "g", "... ON t", body="same"),))
    now = replace(
        was,
        name="u",
        constraints=(replace(check, definition="CHECK (w > 0)"),),
        triggers=(Attached(8, "g", "... ON u", body="same"),),
    )
    assert statements([was], [now]) == ['ALTER TABLE "public"."u" RENAME TO "t"']


def test_a_constraint_that_reads_otherwise_is_made_again():
    was = table(1, constraints=(Constraint(7, "c", "c", "CHECK (v > 0)", body="old", columns=(2,)),))
    now = table(1, constraints=(Constraint(7, "d", "c", "CHECK (v > 1)", body="new", columns=(2,)),))
    assert statements([was], [now]) == [
        'ALTER TABLE "public"."t" DROP CONSTRAINT "d"',
        'ALTER TABLE "public"."t" ADD CONSTRAINT "c" CHECK (v > 0)',
    ]


def test_swapped_names_go_by_way_of_names_that_nobody_has():
    assert statements([table(1, "a"), table(2, "b")], [table(1, "b"), table(2, "a")]) == [
        'ALTER TABLE "public"."b" RENAME TO "planrun_1"',
        'ALTER TABLE "public"."a" RENAME TO "planrun_2"',
        'ALTER TABLE "public"."planrun_1" RENAME TO "a"',
        'ALTER TABLE "public"."planrun_2" RENAME TO "b"',
    ]


def test_a_name_that_the_step_gave_to_a_new_table_is_free_when_the_old_one_takes_it():
    found = statements([table(1, "t")], [table(1, "t_old"), table(2, "t")])
    assert found == ['DROP TABLE "public"."t"', 'ALTER TABLE "public"."t_old" RENAME TO "t"']


def test_a_name_is_shared_by_an_index_and_a_table():
    index = Index(5, "i", "", columns=(2,))
    was = [table(1, "a", indexes=(index,)), table(2, "b")]
    now = [table(1, "a", indexes=(replace(index, name="b"),)), table(2, "i")]
    assert statements(was, now) == [
        'ALTER INDEX "public"."b" RENAME TO "planrun_5"',
        'ALTER TABLE "public"."i" RENAME TO "planrun_2"',
        'ALTER INDEX "public"."planrun_5" RENAME TO "i"',
        'ALTER TABLE "public"."planrun_2" RENAME TO "b"',
    ]


def test_moved_and_renamed_goes_by_way_of_a_free_name():
    was, now = table(1, "t"), replace(table(1, "u"), schema="archive")
    assert statements([was], [now]) == [
        'ALTER TABLE "archive"."u" RENAME TO "planrun_1"',
        'ALTER TABLE "archive"."planrun_1" SET SCHEMA "public"',
        'ALTER TABLE "public"."planrun_1" RENAME TO "t"',
    ]


def test_columns_come_back_under_the_old_name_of_their_table():
    was = table(1)
    now = table(1, "u", columns=(COLUMNS[0], replace(COLUMNS[1], name="w")))
    assert statements([was], [now]) == [
        'ALTER TABLE "public"."u" RENAME TO "t"',
        'ALTER TABLE "public"."t" RENAME COLUMN "w" TO "v"',
    ]


def test_views_come_back_in_the_order_in_which_they_use_each_other():
    older = Relation(10, "public", "older", "v", "me", definition="SELECT FROM newer;", body="1")
    newer = Relation(20, "public", "newer", "v", "me", definition="SELECT FROM t;", body="2", dependants=(10,))
    created = [sql for sql in statements([older, newer], []) if sql.startswith("CREATE")]
    assert ['"newer"' in sql.split(" AS")[0] for sql in created] == [True, False]


def test_a_view_that_others_depend_on_is_replaced_back_only_when_its_columns_are_the_same():
    was = Relation(10, "public", "v", "v", "me", columns=COLUMNS, definition="SELECT 1;", body="1", dependants=(11,))
    now = replace(was, definition="SELECT 2;", body="2")
    assert statements([was], [now]) == ['CREATE OR REPLACE VIEW "public"."v" AS\nSELECT 1']
    assert inverse([was], [replace(now, columns=COLUMNS[:1])]).refusals


def test_a_view_that_plain_views_depend_on_is_made_again_with_them():
    was = Relation(10, "public", "v", "v", "me", columns=COLUMNS, definition="SELECT 1;", body="1", dependants=(11,))
    user = Relation(11, "public", "w", "v", "me", columns=COLUMNS, definition="SELECT FROM v;", body="2")
    found = [sql.split(" AS")[0] for sql in statements([was, user], [replace(was, body="3"), user])]
    assert found[:2] == ['DROP VIEW "public"."v"', 'DROP VIEW "public"."w"']
    assert [sql for sql in found if sql.startswith("CREATE")] == [
        'CREATE VIEW "public"."v"',
        'CREATE VIEW "public"."w"',
    ]


def test_a_view_of_another_owner_is_not_dropped():
    was = Relation(10, "public", "v", "v", "me", columns=COLUMNS, body="1", dependants=(11,))
    user = Relation(11, "public", "w", "v", "other", columns=COLUMNS, body="2", owned=False)
    assert inverse([was, user], [replace(was, columns=COLUMNS[:1], body="3"), user]).refusals


def test_a_stale_materialized_view_is_refused_and_one_not_looked_at_is_asked_for():
    view = Relation(10, "public", "mv", "m", "me", columns=COLUMNS, definition="SELECT 1;", filenode=1, fresh=False)
    assert [refusal.object for refusal in inverse([view], []).refusals] == ['materialized view "public"."mv"']
    unknown = inverse([replace(view, fresh=None)], [])
    assert (unknown.refusals, unknown.states) == ((), (10,))


# --- dropped tables ------------------------------------------------------------------------------


def test_a_dropped_table_is_made_before_its_rows_and_gets_the_rest_after_them():
    column = Column(1, "id", "integer", not_null=True, default="7", body="7", default_oid=3)
    was = table(1, columns=(column,), tablespace=5, tablespace_name="fast", access_method_name="heap")
    found = {action.sql: action.phase for action in inverse([was], []).actions}
    create = 'CREATE TABLE "public"."t" ("id" integer) USING "heap" TABLESPACE "fast"'
    assert found[create] < Phase.DATA < found['ALTER TABLE "public"."t" ALTER COLUMN "id" SET NOT NULL']
    assert found['ALTER TABLE "public"."t" ALTER COLUMN "id" SET DEFAULT 7'] > Phase.DATA


def test_what_the_role_could_not_make_again_is_refused():
    for change in (
        {"hindrance": "may not create anything in its schema"},
        {"owner_hindrance": "may not give it to its owner"},
        {"extension": "x"},
        {"row_type": "{=U/me}"},
    ):
        assert len(inverse([table(1, **change)], []).refusals) == 1


def test_an_index_that_was_invalid_is_refused():
    index = Index(5, "i", "CREATE INDEX i", columns=(2,), valid=False)
    (refusal,) = inverse([table(1, indexes=(index,))], [table(1)]).refusals
    assert "invalid" in refusal.reason
    (refusal,) = inverse([table(1, indexes=(index,))], [table(1, indexes=(replace(index, valid=True),))]).refusals
    assert refusal.cure == "make it valid before the run"


def test_an_index_goes_back_to_its_tablespace():
    index = Index(5, "i", "CREATE INDEX i", columns=(2,), tablespace=9, tablespace_name="fast")
    moved = replace(index, tablespace=0, tablespace_name="pg_default")
    assert statements([table(1, indexes=(index,))], [table(1, indexes=(moved,))]) == [
        'ALTER INDEX "public"."i" SET TABLESPACE "fast"'
    ]
    assert statements([table(1, indexes=(moved,))], [table(1, indexes=(index,))]) == [
        'ALTER INDEX "public"."i" SET TABLESPACE "pg_default"'
    ]


def test_a_table_goes_back_to_its_tablespace_unless_the_role_may_not():
    was = table(1, tablespace=9, tablespace_name="fast")
    now = replace(was, tablespace=0)
    assert statements([was], [now]) == ['ALTER TABLE "public"."t" SET TABLESPACE "fast"']
    assert inverse([replace(was, hindrance="may not create anything in its tablespace")], [now]).refusals


def test_logged_tables_that_refer_to_each_other_are_refused():
    def one(oid, other, persistence):
        key = Constraint(oid + 10, "f", "f", "FOREIGN KEY", columns=(1,), foreign=other)
        return table(oid, f"t{oid}", constraints=(key,), persistence=persistence)

    found = inverse([one(1, 2, "p"), one(2, 1, "p")], [one(1, 2, "u"), one(2, 1, "u")])
    assert "refer to one another" in found.refusals[0].reason


def test_an_owner_who_cannot_be_taken_from_is_refused():
    was = table(1)
    assert inverse([was], [replace(was, owner="other", owned=False)]).refusals
    assert inverse([replace(was, owner_hindrance="may not")], [replace(was, owner="other")]).refusals
    assert statements([was], [replace(was, owner="other")]) == ['ALTER TABLE "public"."t" OWNER TO "me"']


def test_privileges_that_were_merged_into_those_of_the_owner_come_back():
    was = table(1, acl=(("me", "me", "SELECT", False), ("me", "other", "SELECT", True)))
    now = replace(was, owner="other", acl=(("other", "other", "SELECT", True),))
    assert statements([was], [now]) == [
        'ALTER TABLE "public"."t" OWNER TO "me"',
        'REVOKE GRANT OPTION FOR SELECT ON TABLE "public"."t" FROM "me"',
        'GRANT SELECT ON TABLE "public"."t" TO "other" WITH GRANT OPTION',
    ]


# --- sequences -----------------------------------------------------------------------------------


def sequence(last_value, *, called=True, increment="1", filenode=1):
    options = Sequence("bigint", "1", increment, "-100", "100", "1", cycle=False, last_value=last_value)
    return Relation(1, "public", "q", "S", "me", filenode=filenode, sequence=replace(options, is_called=called))


def test_a_sequence_never_goes_backwards():
    back = inverse([sequence(50)], [sequence(1, called=False, filenode=2)])
    assert "setval" in back.actions[0].sql
    assert back.actions[0].sql.endswith("DESC, p.is_called DESC LIMIT 1")
    on = inverse([sequence(50)], [sequence(70, filenode=2)])
    assert (on.actions, len(on.caveats)) == ((), 1)


def test_a_sequence_that_counts_down_is_further_on_when_it_is_lower():
    back = inverse([sequence(-50, increment="-1")], [sequence(-1, increment="-1", filenode=2)])
    assert back.actions[0].sql.endswith("ASC, p.is_called DESC LIMIT 1")
    on = inverse([sequence(-50, increment="-1")], [sequence(-70, increment="-1", filenode=2)])
    assert (on.actions, len(on.caveats)) == ((), 1)


def test_a_position_that_may_not_be_read_is_refused():
    assert inverse([sequence(None)], []).refusals
    assert inverse([sequence(None)], [sequence(1, filenode=2)]).refusals


def test_a_position_that_the_old_bounds_forbid_is_left_by_restarting():
    now = sequence(500, filenode=2)
    now = replace(now, sequence=replace(now.sequence, max="1000"))
    first, second = statements([sequence(50)], [now])
    assert first.endswith("RESTART WITH 50")
    assert second == """SELECT pg_catalog.setval('"public"."q"'::pg_catalog.regclass, 50, true)"""


def test_the_sequence_of_an_identity_column_is_refused_when_its_table_was_not_seen():
    lost = replace(sequence(1), owned_by=(7, 1, "i"))
    assert "not seen" in inverse([lost], []).refusals[0].reason


# --- the order in which things go ----------------------------------------------------------------


def drop(name, oid):
    return Action(Phase.TABLES_OFF, f"DROP {name}", ("pg_class", oid, 0))


def needs(user, used, kind="n"):
    return Dependency(user, used, kind, f"object {user[1]}")


A, B, C = (("pg_class", oid, 0) for oid in (1, 2, 3))


def test_users_go_before_the_used():
    found, _, refusals = users_first([drop("a", 1), drop("b", 2), drop("c", 3)], (needs(B, A), needs(C, B)))
    assert [action.sql for action in found] == ["DROP c", "DROP b", "DROP a"]
    assert refusals == ()


def test_what_goes_with_an_object_counts_as_the_object():
    rule = ("pg_rewrite", 30, 0)
    found, _, _ = users_first([drop("a", 1), drop("c", 3)], (needs(rule, C, "i"), needs(rule, A)))
    assert [action.sql for action in found] == ["DROP c", "DROP a"]


def test_a_use_of_one_column_is_a_use_of_the_table():
    found, _, _ = users_first([drop("a", 1), drop("b", 2)], (needs(B, ("pg_class", 1, 4)),))
    assert [action.sql for action in found] == ["DROP b", "DROP a"]


def test_a_use_of_a_column_that_stays_orders_nothing():
    column = Action(Phase.COLUMNS_OFF, "DROP column 4", ("pg_class", 1, 4))
    found, _, refusals = users_first(
        [column, drop("b", 2)], (needs(B, ("pg_class", 1, 3)), needs(C, ("pg_class", 1, 3)))
    )
    assert [action.sql for action in found] == ["DROP column 4", "DROP b"]
    assert refusals == ()


def test_something_older_that_came_to_need_a_new_thing_is_refused():
    _, _, (refusal,) = users_first([drop("a", 1)], (needs(B, A),))
    assert (refusal.object, "was there before" in refusal.reason) == ("object 2", True)


def test_a_circle_is_refused():
    _, _, (refusal,) = users_first([drop("a", 1), drop("b", 2)], (needs(A, B), needs(B, A)))
    assert "circle" in refusal.reason


def test_only_what_goes_is_put_in_order():
    before, after = [table(1)], [table(1, comment="new"), table(2, "fresh")]
    found = ordered(inverse(before, after), ())
    assert [action.sql for action in found.actions] == [
        'DROP TABLE "public"."fresh"',
        'COMMENT ON TABLE "public"."t" IS NULL',
    ]


def test_columns_that_come_back_last_are_one_caveat_for_each_table():
    wide = (*COLUMNS, Column(3, "w", "text", not_null=False), Column(4, "x", "text", not_null=False))
    one = (COLUMNS[0], Column(2, "v", "text", not_null=False), Column(3, "w", "text", not_null=False))
    was = [table(1, columns=wide), table(2, "u", columns=one)]
    now = [replace(was[0], columns=(wide[0], wide[3])), replace(was[1], columns=(one[0], one[2]))]
    assert [caveat.text for caveat in inverse(was, now).caveats] == [
        'columns "v", "w" of "public"."t" come back as the last ones of the table',
        'column "public"."u"."v" comes back as the last column of its table',
    ]
