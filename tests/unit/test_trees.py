"""Trees taken apart: what of a difference each table answers for by itself, and what goes with its parents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planrun.core.catalog import Attached, Catalog, Column, Constraint, Index, Relation
from planrun.core.inverse.derive import derive
from planrun.core.inverse.trees import apart

ID = Column(1, "id", "integer", not_null=False)
V = Column(2, "v", "text", not_null=False)


def inherited(part, **other):
    return replace(part, local=False, inherited=True, **other)


def root(*columns, **other):
    return Relation(1, "public", "root", "p", "me", in_tree=True, columns=columns or (ID,), **other)


def leaf(*columns, **other):
    settled = {"parents": (1,), "partition_bound": "DEFAULT", "in_tree": True, **other}
    return Relation(2, "public", "leaf", "r", "me", columns=columns or (inherited(ID),), **settled)


def child(*columns, **other):
    return leaf(*columns, **{"partition_bound": None, **other})


def catalog(*relations):
    return Catalog({relation.oid: relation for relation in relations}, {}, {}, {})


def inverse(before, after):
    return derive(catalog(*before), catalog(*after))


def statements(before, after):
    return [action.sql for action in inverse(before, after).actions if "DO $planrun$" not in action.sql]


def reasons(before, after):
    return [refusal.reason for refusal in inverse(before, after).refusals]


def test_without_a_tree_nothing_is_taken_apart():
    plain = catalog(Relation(1, "public", "t", "r", "me", columns=(ID,)))
    assert apart(plain, plain).before is plain


def test_an_added_column_goes_with_the_root_s():
    after = [root(ID, V), leaf(inherited(ID), inherited(V))]
    assert statements([root(), leaf()], after) == ['ALTER TABLE "public"."root" DROP COLUMN "v"']


def test_a_dropped_column_comes_with_the_root_s_but_for_what_was_set_on_the_leaf():
    before = [root(ID, V), leaf(inherited(ID), inherited(V, default="'own'", comment="mine"))]
    assert statements(before, [root(), leaf()]) == [
        'ALTER TABLE "public"."root" ADD COLUMN "v" text',
        'ALTER TABLE ONLY "public"."leaf" ALTER COLUMN "v" SET DEFAULT \'own\'',
        'COMMENT ON COLUMN "public"."leaf"."v" IS \'mine\'',
    ]


def test_the_values_of_a_dropped_column_are_those_of_each_leaf():
    before = [root(ID, V), leaf(inherited(ID), inherited(V))]
    dropped = inverse(before, [root(), leaf()]).dropped
    assert [(relation.name, [column.name for column in columns]) for relation, columns in dropped] == [("leaf", ["v"])]


def test_a_column_that_the_child_defines_too_comes_to_it_first():
    base = replace(root(), kind="r")
    before = [replace(base, columns=(ID, V)), child(inherited(ID), replace(V, inherited=True))]
    assert statements(before, [base, child()]) == [
        'ALTER TABLE "public"."leaf" ADD COLUMN "v" text',
        'ALTER TABLE "public"."root" ADD COLUMN "v" text',
    ]


def test_a_renamed_column_is_renamed_at_the_root_alone():
    renamed = replace(ID, name="key")
    after = [root(renamed), leaf(inherited(renamed))]
    assert statements([root(), leaf()], after) == ['ALTER TABLE "public"."root" RENAME COLUMN "key" TO "id"']


def test_names_that_pass_between_own_and_inherited_columns_are_refused():
    base = replace(root(), kind="r")
    mine = Column(5, "mine", "text", not_null=False)
    before = [base, child(inherited(ID), mine)]
    after = [
        replace(base, columns=(replace(ID, name="mine"),)),
        child(inherited(ID, name="mine"), replace(mine, name="id")),
    ]
    assert reasons(before, after) == ["names passed between its own and its inherited columns"]


def test_a_given_partition_is_detached_before_what_it_got_goes():
    index = Index(9, "leaf_idx", "CREATE INDEX leaf_idx ON public.leaf USING btree (id)", parent=8)
    above = Index(8, "root_idx", "CREATE INDEX root_idx ON ONLY public.root USING btree (id)")
    alone = leaf(ID, parents=(), partition_bound=None, in_tree=False)
    after = [root(indexes=(above,)), leaf(indexes=(index,))]
    assert statements([root(indexes=(above,)), alone], after) == [
        'ALTER TABLE "public"."root" DETACH PARTITION "public"."leaf"',
        'DROP INDEX "public"."leaf_idx"',
    ]


def test_a_taken_partition_is_attached_when_all_else_is_there():
    alone = leaf(ID, V, parents=(), partition_bound=None, in_tree=False)
    assert statements([root(), leaf()], [root(), alone]) == [
        'ALTER TABLE "public"."leaf" DROP COLUMN "v"',
        'ALTER TABLE "public"."root" ATTACH PARTITION "public"."leaf" DEFAULT',
    ]


def test_another_bound_is_given_by_detaching_and_attaching():
    assert statements([root(), leaf()], [root(), leaf(partition_bound="FOR VALUES IN (1)")]) == [
        'ALTER TABLE "public"."root" DETACH PARTITION "public"."leaf"',
        'ALTER TABLE "public"."root" ATTACH PARTITION "public"."leaf" DEFAULT',
    ]


def test_an_attachment_that_could_take_another_index_is_refused():
    above = Index(8, "root_idx", "CREATE INDEX root_idx ON ONLY public.root USING btree (id)")
    listed = tuple(
        Index(oid, f"i{oid}", f"CREATE INDEX i{oid} ON public.leaf USING btree (id)", parent=parent)
        for oid, parent in ((9, 8), (10, 0))
    )
    before = [root(indexes=(above,)), leaf(indexes=listed)]
    after = [root(indexes=(above,)), leaf(ID, indexes=listed, parents=(), partition_bound=None)]
    assert reasons(before, after) == ["another one reads the same, and could be taken for it"]


def test_a_partitioned_index_is_made_piece_by_piece_and_joined():
    above = Index(8, "root_idx", "CREATE INDEX root_idx ON ONLY public.root USING btree (id)")
    index = Index(9, "named", "CREATE INDEX named ON public.leaf USING btree (id)", parent=8)
    found = statements([root(indexes=(above,)), leaf(indexes=(index,))], [root(), leaf()])
    assert sorted(found[:2]) == sorted([above.definition, index.definition])
    assert found[2:] == ['ALTER INDEX "public"."root_idx" ATTACH PARTITION "public"."named"']


def test_an_index_that_a_new_partitioned_one_took_over_is_made_again():
    own = Index(9, "own", "CREATE INDEX own ON public.leaf USING btree (id)")
    above = Index(10, "root_idx", "CREATE INDEX root_idx ON ONLY public.root USING btree (id)")
    after = [root(indexes=(above,)), leaf(indexes=(replace(own, parent=10),))]
    assert statements([root(), leaf(indexes=(own,))], after) == ['DROP INDEX "public"."root_idx"', own.definition]


def test_a_constraint_that_the_root_s_was_merged_with_is_made_again():
    own = Constraint(9, "c", "c", "CHECK ((id > 0))", columns=(1,))
    above = replace(own, oid=10)
    after = [root(constraints=(above,)), leaf(constraints=(inherited(own),))]
    assert statements([root(), leaf(constraints=(own,))], after) == [
        'ALTER TABLE "public"."root" DROP CONSTRAINT "c"',
        'ALTER TABLE "public"."leaf" ADD CONSTRAINT "c" CHECK ((id > 0))',
    ]


def test_an_inherited_constraint_that_was_altered_by_itself_is_refused():
    above = Constraint(8, "c", "c", "CHECK ((id > 0)) NOT VALID", validated=False)
    own = inherited(replace(above, oid=9))
    after = [root(constraints=(above,)), leaf(constraints=(replace(own, validated=True),))]
    assert reasons([root(constraints=(above,)), leaf(constraints=(own,))], after) == [
        "it is inherited, and was altered by itself"
    ]


def test_a_clone_comes_with_the_root_s_trigger_in_the_state_of_the_root_and_then_in_its_own():
    above = Attached(8, "g", "CREATE TRIGGER g ...", enabled="O")
    clone = Attached(9, "g", "CREATE TRIGGER g ...", enabled="D", parent=8)
    before = [root(triggers=(above,)), leaf(triggers=(clone,))]
    assert statements(before, [root(), leaf()]) == [
        "CREATE TRIGGER g ...",
        'ALTER TABLE ONLY "public"."leaf" DISABLE TRIGGER "g"',
    ]


def test_a_foreign_key_of_the_server_s_own_for_a_partition_is_no_difference():
    key = Constraint(8, "fk", "f", "FOREIGN KEY ...", foreign=1, columns=(1,))
    derived = Constraint(9, "fk_1", "f", "FOREIGN KEY ...", foreign=2, parent=8, columns=(1,))
    other = Relation(3, "public", "other", "r", "me", columns=(ID,), constraints=(key,))
    after = [root(), leaf(), replace(other, constraints=(key, derived))]
    alone = leaf(ID, parents=(), partition_bound=None)
    assert statements([root(), alone, other], after) == ['ALTER TABLE "public"."root" DETACH PARTITION "public"."leaf"']


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ((3, 4), (4,), "the tables that it inherits from would come back in another order"),
        ((3, 4), (3,), None),
        ((3,), (3, 4), None),
    ],
)
def test_parents_come_back_in_their_order_or_not_at_all(before, after, reason):
    bases = [replace(root(), oid=oid, name=f"base{oid}", kind="r") for oid in (3, 4)]
    both = child(ID)
    found = reasons([*bases, replace(both, parents=before)], [*bases, replace(both, parents=after)])
    assert found == ([reason] if reason else [])


def test_an_inherited_column_that_became_the_table_s_own_is_refused():
    base = replace(root(), kind="r")
    after = [base, child(ID, parents=())]
    assert reasons([base, child()], after) == ["it was inherited only, and became the table's own"]


def test_a_parent_that_is_not_in_view_is_refused():
    assert reasons([leaf()], [leaf(inherited(ID), inherited(V))])[0] == "a table that it inherits from is not in view"


def test_a_pending_detachment_is_refused():
    assert "pending" in reasons([root(), leaf()], [root(), leaf(detach_pending=True)])[0]


def test_a_dropped_root_s_new_children_are_looked_for_before():
    fresh = [action.sql for action in inverse([], [root(), leaf()]).actions]
    assert "tables were made since that belong to" in fresh[0]
    assert fresh[-1].startswith("DROP TABLE")
