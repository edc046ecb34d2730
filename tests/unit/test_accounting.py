"""Every rule by which a step is refused, or run again, has a test that fails when the rule is taken away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planrun.core.accounting import Again, Evidence, Locked, Proved, Scope, Touched, Unproved, judge, wrote_nothing
from planrun.core.catalog import Attached, Catalog, Column, Function, Index, Relation, Schema, Sequence, Type
from planrun.core.catalogs import WHOLE
from planrun.core.inverse.derive import derive

TABLE = Relation(
    1,
    "public",
    "t",
    "r",
    "me",
    filenode=10,
    columns=(Column(1, "id", "integer", not_null=True), Column(2, "v", "text", not_null=False)),
    indexes=(Index(5, "t_pkey", "", unique=True, primary=True, columns=(1,)),),
)
WATCHED = Scope(relations=frozenset({1}), capture=frozenset({1}))


COMPARED = Again(replace(WATCHED, whole=frozenset({1})))
LOCKED = Again(replace(WATCHED, whole=frozenset({1}), exclusive=frozenset({1})))
"""The same for a table that the step alters: its copy is made under the lock that the step will take."""


def catalog(*relations):
    return Catalog({relation.oid: relation for relation in relations}, {}, {}, {})


def locked(rows=(0, 0, 0), oid=1, *, altered=False, **other):
    given = {"schema": "public", "name": "t", "kind": "r", "temporary": False, "known": True, **other}
    return Locked(oid, rows=rows, altered=altered, **given)


ALTERED = (locked(altered=True),)


def grown(catalogs):
    """Return counts by which every row that was written is accounted for."""
    return {name: inserted - deleted for name, (inserted, _, deleted) in catalogs.items()}


def _shorter(table):
    return replace(table, columns=table.columns[:1])


def evidence(**other):
    given = {
        "before": catalog(TABLE),
        "after": catalog(TABLE),
        "catalogs": {},
        "counts_before": {},
        "counts_after": {},
        "locked": (),
        "touched": (),
        "images": {1: (0, 0, 0, 0)},
        "rows_before": {},
        "rows_after": {},
        "side_tables": frozenset(),
    }
    return Evidence(**{**given, **other})


def verdict(found, scope=WATCHED):
    return judge(scope, found, derive(found.before, found.after))


def refused(found, scope=WATCHED):
    result = verdict(found, scope)
    assert isinstance(result, Unproved), result
    return "\n".join(f"{refusal.object}: {refusal.reason}" for refusal in result.refusals)


def test_rows_that_were_captured_are_proved():
    found = evidence(locked=(locked((3, 2, 1)),), images={1: (3, 2, 2, 1)})
    assert verdict(found) == Proved()


@pytest.mark.parametrize("images", [(2, 2, 2, 1), (3, 1, 2, 1), (3, 2, 1, 1), (3, 2, 2, 0), (0, 0, 0, 0)])
def test_a_table_with_an_image_too_few_is_compared_as_a_whole(images):
    assert verdict(evidence(locked=(locked((3, 2, 1)),), images={1: images})) == COMPARED


@pytest.mark.parametrize("lists", [(), (locked((-3, 0, 0)),)])
def test_a_table_with_images_without_rows_is_compared_as_a_whole(lists):
    """TRUNCATE wipes the counters of its transaction."""
    assert verdict(evidence(images={1: (3, 0, 0, 0)}, locked=lists)) == COMPARED


def test_what_is_compared_as_a_whole_needs_no_images():
    assert verdict(evidence(locked=(locked((3, 2, 1)),), images={}), COMPARED.scope) == Proved()


def test_a_table_out_of_view_is_captured_at_the_next_run():
    found = evidence(before=catalog(), after=catalog(), locked=(locked((1, 0, 0)),), images={})
    assert verdict(found, Scope()) == Again(Scope(relations=frozenset({1}), capture=frozenset({1})))


UNREACHED = [
    ({"kind": "f"}, "ordinary"),
    ({"owned": False}, "belongs to"),
    ({"row_security": True, "force_row_security": True}, "row security"),
    ({"columns": TABLE.columns * 101}, "200 columns"),
]


@pytest.mark.parametrize(("change", "reason"), UNREACHED)
def test_a_table_whose_rows_cannot_be_captured_is_refused(change, reason):
    table = replace(TABLE, **change)
    written = (locked((1, 0, 0)),)
    found = evidence(before=catalog(table), after=catalog(table), locked=written, images={1: (1, 0, 0, 0)})
    assert reason in refused(found)


@pytest.mark.parametrize(("change", "reason"), UNREACHED)
def test_a_table_whose_rows_cannot_be_compared_is_refused(change, reason):
    table = replace(TABLE, **change)
    found = evidence(before=catalog(table), after=catalog(replace(table, columns=TABLE.columns[1:])), locked=ALTERED)
    assert reason in refused(found, COMPARED.scope)


@pytest.mark.parametrize(
    "change",
    [
        {"in_tree": True},
        {"persistence": "u"},
        {"rules": (Attached(6, "r", "", ""),)},
        {"row_security": True},
        {"indexes": ()},
        {"indexes": (Index(5, "i", "", unique=True, columns=(2,)),)},
    ],
)
def test_rows_of_a_table_of_any_sort_are_proved_by_their_images(change):
    table = replace(TABLE, **change)
    written = (locked((1, 0, 0)),)
    found = evidence(before=catalog(table), after=catalog(table), locked=written, images={1: (1, 0, 0, 0)})
    assert verdict(found) == Proved()


def test_temporary_and_side_tables_may_be_written():
    written = (locked((1, 0, 0), 2, temporary=True), locked((1, 0, 0), 3))
    assert verdict(evidence(locked=written, side_tables=frozenset({3}))) == Proved()


def test_planruns_own_tables_are_refused():
    own = replace(TABLE, oid=7, schema="planrun", name="step")
    found = evidence(
        before=catalog(own), after=catalog(own), locked=(locked((1, 0, 0), 7, schema="planrun"),), images={}
    )
    assert "planrun's own" in refused(found, Scope(capture=frozenset({7})))


def test_an_uncovered_catalog_is_refused():
    assert "an extension" in refused(evidence(catalogs={"pg_extension": (1, 0, 0)}))


def test_catalogs_that_the_server_keeps_itself_are_not_counted():
    assert verdict(evidence(catalogs={"pg_depend": (1, 0, 1), "pg_statistic": (4, 0, 0)})) == Proved()


def test_an_object_that_has_no_home_is_refused():
    assert "some rule" in refused(evidence(touched=(Touched("other", 9, "pg_depend", "some rule"),)))


def test_a_dropped_object_out_of_view_widens_the_view_to_what_was_locked():
    found = evidence(catalogs={"pg_trigger": (0, 0, 1)}, locked=(locked(oid=8, altered=True),))
    assert verdict(found) == Again(replace(WATCHED, relations=frozenset({1, 8})))


def test_a_dropped_object_that_is_nowhere_to_be_found_is_refused():
    labels = (Touched("relation", 1, "pg_trigger", "warden"), Touched("relation", 1, "pg_class", "t"))
    found = evidence(catalogs={"pg_trigger": (0, 0, 1)}, touched=labels)
    assert "system catalog pg_trigger (warden)" in refused(found)


def test_a_dropped_function_widens_the_view_to_all():
    result = verdict(evidence(catalogs={"pg_proc": (0, 0, 1)}))
    assert isinstance(result, Again)
    assert result.scope.functions


def test_columns_that_change_their_names_are_captured_by_number():
    found = evidence(catalogs={"pg_attribute": (0, 2, 0)}, locked=(locked((1, 0, 0)),), images={1: (1, 0, 0, 0)})
    assert verdict(found) == Again(replace(WATCHED, by_number=True))
    assert verdict(found, replace(WATCHED, by_number=True)) == Proved()


def test_a_dropped_column_is_saved_at_the_next_run():
    after = replace(TABLE, columns=TABLE.columns[:1])
    found = evidence(after=catalog(after), locked=(locked(altered=True),))
    assert verdict(found) == Again(replace(WATCHED, saved=frozenset({(1, 2)})))


UNUSABLE = [
    (),
    (Index(5, "i", "", unique=False, columns=(1,)),),
    (Index(5, "i", "", unique=True, columns=(2,)),),
    (Index(5, "i", "", unique=True, columns=(1,), partial=True),),
    (Index(5, "i", "", unique=True, columns=(1,), expressions=True),),
    (Index(5, "i", "", unique=True, columns=(1,), immediate=False),),
    (Index(5, "i", "", unique=True, columns=(1,), valid=False),),
]


@pytest.mark.parametrize("indexes", UNUSABLE)
def test_a_table_without_key_is_compared_as_a_whole_when_it_loses_a_column(indexes):
    before = replace(TABLE, indexes=indexes)
    found = evidence(before=catalog(before), after=catalog(_shorter(before)), locked=ALTERED)
    assert verdict(found) == LOCKED


def test_a_table_that_loses_a_column_of_its_key_is_compared_as_a_whole():
    found = evidence(after=catalog(replace(TABLE, columns=TABLE.columns[1:], indexes=())), locked=ALTERED)
    assert verdict(found) == LOCKED


def test_a_partition_that_loses_a_column_is_compared_as_a_whole():
    """Its rows may be moved to another partition, where a saved value would not follow them."""
    before = replace(TABLE, partition_bound="DEFAULT")
    found = evidence(before=catalog(before), after=catalog(_shorter(before)), locked=ALTERED)
    assert verdict(found) == LOCKED


def test_a_dropped_table_is_compared_as_a_whole():
    found = evidence(after=catalog(), locked=ALTERED)
    assert verdict(found) == LOCKED
    assert verdict(found, LOCKED.scope) == Proved()


def test_a_retyped_column_has_its_table_compared_as_a_whole():
    after = replace(TABLE, columns=(TABLE.columns[0], Column(2, "v", "integer", not_null=False)))
    found = evidence(after=catalog(after), locked=ALTERED)
    assert verdict(found) == LOCKED
    assert verdict(found, LOCKED.scope) == Proved()


def test_a_table_that_is_compared_as_a_whole_has_no_column_saved():
    found = evidence(after=catalog(_shorter(TABLE)), locked=ALTERED, images={})
    assert verdict(found, LOCKED.scope) == Proved()


def test_a_rewritten_table_is_counted_at_the_next_run():
    found = evidence(after=catalog(replace(TABLE, filenode=11)), locked=ALTERED)
    assert verdict(found) == Again(replace(WATCHED, counted=frozenset({1})))


@pytest.mark.parametrize(
    ("written", "rows", "outcome"),
    [
        ((0, 0, 0), 5, Proved()),
        ((2, 3, 1), 6, Proved()),
        ((0, 0, 0), 0, "compared"),
        ((0, 0, 0), 4, "compared"),
        ((2, 3, 1), 5, "compared"),
    ],
)
def test_a_rewritten_table_must_hold_its_rows_or_is_compared_as_a_whole(written, rows, outcome):
    inserted, updated, deleted = written
    counted = replace(WATCHED, counted=frozenset({1}))
    found = evidence(
        after=catalog(replace(TABLE, filenode=11)),
        locked=(locked(written, altered=True),),
        images={1: (inserted, updated, updated, deleted)},
        rows_before={1: 5},
        rows_after={1: rows},
    )
    compared = Again(replace(counted, whole=frozenset({1}), exclusive=frozenset({1})))
    assert verdict(found, counted) == (compared if outcome == "compared" else outcome)


def test_rows_that_may_be_hidden_are_refused_where_they_have_to_be_looked_at():
    before = replace(TABLE, row_security=True, force_row_security=True)
    added = Column(3, "w", "text", not_null=False)
    found = evidence(
        before=catalog(before),
        after=catalog(replace(before, columns=(*TABLE.columns, added))),
        locked=(locked(altered=True),),
    )
    assert "row security" in refused(found)


def test_a_change_by_another_session_is_looked_at_again():
    found = evidence(after=catalog(replace(TABLE, comment="theirs")))
    assert verdict(found) == Again(WATCHED)
    assert verdict(replace(found, touched=(Touched("relation", 1, "pg_description", ""),))) == Proved()


def test_a_removed_comment_of_a_part_is_no_change_by_another_session():
    """It leaves no trace and locks no table; how many were removed is counted."""
    guard = Attached(6, "guard", "", "", comment="fires")
    before, bare = replace(TABLE, triggers=(guard,)), replace(TABLE, triggers=(replace(guard, comment=None),))
    removed = {"catalogs": {"pg_description": (0, 0, 1)}, "counts_before": {"pg_description": 1}}
    scope = replace(WATCHED, catalogs=WHOLE)
    assert verdict(evidence(before=catalog(before), after=catalog(bare), **removed), scope) == Proved()
    assert verdict(evidence(before=catalog(before), after=catalog(bare)), scope) == Again(scope)
    other = replace(bare, comment="theirs")
    assert verdict(evidence(before=catalog(before), after=catalog(other), **removed), scope) == Again(scope)


def test_a_table_that_the_step_let_another_inherit_from_comes_into_view():
    joined = replace(TABLE, parents=(8,), in_tree=True)
    found = evidence(after=catalog(joined), catalogs={"pg_inherits": (1, 0, 0)}, counts_after={"pg_inherits": 1})
    assert verdict(found) == Again(replace(WATCHED, relations=frozenset({1, 8})))


def test_a_refusal_of_the_inverse_is_passed_on():
    after = replace(TABLE, internal_triggers=((1, "D"),))
    assert "foreign keys were switched" in refused(evidence(after=catalog(after), locked=ALTERED))


def test_an_object_made_independent_of_an_extension_is_refused():
    """That takes a row from pg_depend and does nothing else."""
    assert "independent" in refused(evidence(catalogs={"pg_depend": (0, 0, 1)}))
    assert verdict(evidence(catalogs={"pg_depend": (1, 0, 0)})) == Proved()


def test_a_foreign_table_that_was_locked_to_be_written_is_refused():
    """The server counts no rows there."""
    assert "outside of this database" in refused(evidence(locked=(locked(kind="f"),)))


def test_planruns_own_tables_may_not_be_altered():
    own = replace(TABLE, oid=7, schema="planrun", name="step")
    found = evidence(after=catalog(TABLE, own), touched=(Touched("relation", 7, "pg_class", ""),))
    assert "planrun's own" in refused(found)


MOOD = Type(3, "public", "mood", "e", "me", values=((31, "sad"), (32, "glad")))


@pytest.mark.parametrize(("images", "builtin", "outcome"), [(1, False, True), (0, False, False), (1, True, False)])
def test_labels_that_were_renamed_beside_images_with_labels_are_refused(images, builtin, outcome):
    table = replace(TABLE, columns=(TABLE.columns[0], replace(TABLE.columns[1], builtin=builtin)))
    now = replace(MOOD, values=((31, "sad"), (32, "merry")))
    found = evidence(
        before=Catalog({1: table}, {}, {}, {3: MOOD}),
        after=Catalog({1: table}, {}, {}, {3: now}),
        locked=(locked((images, 0, 0)),),
        images={1: (images, 0, 0, 0)},
    )
    result = verdict(found)
    assert isinstance(result, Unproved) is outcome, result
    assert not outcome or "renamed" in result.refusals[0].reason


def test_a_written_object_of_a_small_catalog_widens_the_view_to_all_of_its_kind():
    result = verdict(evidence(catalogs={"pg_cast": (1, 0, 0)}))
    assert isinstance(result, Again)
    assert result.scope.catalogs == {"pg_cast"}


SIDE = Schema(4, "side", "me", comment="the side")


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (catalog(TABLE), {"relations": frozenset({1})}),
        (Catalog({}, {7: Function(7, "public", "f", "f", "", "", "me")}, {}, {}), {"functions": True}),
        (Catalog({}, {}, {4: SIDE}, {}), {"schemas": True}),
        (Catalog({}, {}, {}, {3: MOOD}), {"types": frozenset({3})}),
    ],
)
def test_what_was_there_is_not_taken_for_new_where_only_something_of_it_was_written(after, wanted):
    """No count could tell: to take it for new would be to drop it on the way back."""
    written = {"pg_statistic_ext": (1, 0, 0)}
    found = evidence(before=catalog(), after=after, images={}, catalogs=written, counts_after=grown(written))
    assert verdict(found, Scope()) == Again(Scope(**wanted))
    homes = {"pg_class": (1, 0, 0), "pg_proc": (1, 0, 0), "pg_namespace": (1, 0, 0), "pg_type": (1, 0, 0)}
    new = replace(found, catalogs=homes, counts_after=grown(homes))
    assert verdict(new, Scope()) == Proved()


def test_a_dropped_enum_widens_the_view_to_all_types():
    result = verdict(evidence(catalogs={"pg_enum": (0, 0, 2)}))
    assert isinstance(result, Again)
    assert result.scope.all_types


def test_a_dropped_type_is_looked_for_though_the_step_made_and_dropped_tables():
    gone = locked(oid=9, altered=True, name=None, schema=None)
    result = verdict(evidence(catalogs={"pg_type": (2, 0, 4)}, locked=(*ALTERED, gone)))
    assert isinstance(result, Again)
    assert result.scope.all_types


def test_a_dropped_row_type_is_looked_for_with_its_table_first():
    result = verdict(evidence(catalogs={"pg_type": (0, 0, 2)}, locked=(locked(oid=8, altered=True),)))
    assert isinstance(result, Again)
    assert result.scope.relations == {1, 8}
    assert not result.scope.all_types


def test_a_dropped_domain_is_looked_for_beside_a_table_that_the_step_made():
    written = {"pg_type": (2, 0, 2), "pg_class": (1, 0, 0)}
    made = replace(TABLE, oid=2, name="made")
    touched = (Touched("relation", 2, "pg_class", "made"),)
    found = evidence(after=catalog(TABLE, made), catalogs=written, touched=touched, counts_after={"pg_type": 2})
    result = verdict(found)
    assert isinstance(result, Again)
    assert result.scope.all_types


def test_a_type_that_was_written_comes_into_view():
    written = evidence(catalogs={"pg_type": (0, 0, 1)}, touched=(Touched("type", 3, "pg_type", "mood"),))
    result = verdict(written)
    assert isinstance(result, Again)
    assert result.scope.types == {3}


def test_a_removed_comment_may_have_been_that_of_anything():
    result = verdict(evidence(catalogs={"pg_description": (0, 0, 1)}))
    assert isinstance(result, Again)
    assert result.scope.catalogs == WHOLE
    assert (result.scope.functions, result.scope.schemas, result.scope.all_types) == (True, True, True)


def test_a_sequence_that_was_rewritten_is_kept_still_at_the_next_run():
    position = Sequence("int", "1", "1", "1", "9", "1", cycle=False, last_value=1)
    sequence = Relation(8, "public", "s", "S", "me", filenode=80, sequence=position)
    moved = replace(sequence, filenode=81)
    given = {"before": catalog(TABLE, sequence), "after": catalog(TABLE, moved)}
    result = verdict(evidence(**given, locked=(locked(oid=8, kind="S", altered=True),)))
    assert isinstance(result, Again)
    assert result.scope.states == {8}


def test_a_dropped_schema_widens_the_view_to_all():
    result = verdict(evidence(catalogs={"pg_namespace": (0, 0, 1)}))
    assert isinstance(result, Again)
    assert result.scope.schemas


def test_a_step_that_wrote_nothing():
    assert wrote_nothing(evidence())
    assert not wrote_nothing(evidence(locked=(locked((0, 1, 0)),)))
    assert wrote_nothing(evidence(locked=(locked((0, 1, 0), known=False), locked())))
    assert not wrote_nothing(evidence(catalogs={"pg_class": (0, 1, 0)}))
