"""Every rule by which a step is refused, or run again, has a test that fails when the rule is taken away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planrun.core.accounting import Again, Evidence, Locked, Proved, Scope, Touched, Unproved, judge, wrote_nothing
from planrun.core.catalog import Catalog, Column, Index, Relation
from planrun.core.inverse import derive

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


def catalog(*relations):
    return Catalog({relation.oid: relation for relation in relations}, {}, {}, {})


def locked(rows=(0, 0, 0), oid=1, *, altered=False, **other):
    given = {"schema": "public", "name": "t", "kind": "r", "temporary": False, "known": True, **other}
    return Locked(oid, rows=rows, altered=altered, **given)


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
def test_an_image_too_few_is_refused(images):
    assert "captured" in refused(evidence(locked=(locked((3, 2, 1)),), images={1: images}))


def test_images_without_rows_are_refused():
    """TRUNCATE wipes the counters of its transaction."""
    assert "captured" in refused(evidence(images={1: (3, 0, 0, 0)}, locked=(locked((-3, 0, 0)),)))
    assert "captured" in refused(evidence(images={1: (3, 0, 0, 0)}))


def test_a_table_out_of_view_is_captured_at_the_next_run():
    found = evidence(before=catalog(), after=catalog(), locked=(locked((1, 0, 0)),), images={})
    assert verdict(found, Scope()) == Again(Scope(relations=frozenset({1}), capture=frozenset({1})))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "f"}, "ordinary"),
        ({"in_tree": True}, "partitions"),
        ({"owned": False}, "belongs to"),
        ({"row_security": True, "force_row_security": True}, "row security"),
        ({"indexes": ()}, "no key"),
        ({"indexes": (Index(5, "i", "", unique=True, columns=(2,)),)}, "no key"),
        ({"indexes": (Index(5, "i", "", unique=True, columns=(1,), partial=True),)}, "no key"),
        ({"indexes": (Index(5, "i", "", unique=True, columns=(1,), immediate=False),)}, "no key"),
        ({"indexes": (Index(5, "i", "", unique=True, columns=(1,), valid=False),)}, "no key"),
        ({"rules": TABLE.indexes}, "rules"),
        ({"columns": TABLE.columns * 101}, "200 columns"),
        ({"persistence": "u"}, "unlogged"),
    ],
)
def test_a_table_whose_rows_cannot_be_captured_is_refused(change, reason):
    table = replace(TABLE, **change)
    assert reason in refused(evidence(before=catalog(table), after=catalog(table), locked=(locked((1, 0, 0)),)))


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
    found = evidence(catalogs={"pg_trigger": (0, 0, 1)}, locked=(locked(oid=1, altered=True),))
    assert "system catalog pg_trigger" in refused(found)


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


def test_a_dropped_column_of_a_table_without_key_is_refused():
    before = replace(TABLE, indexes=())
    after = replace(before, columns=TABLE.columns[:1])
    found = evidence(before=catalog(before), after=catalog(after), locked=(locked(altered=True),))
    assert "no key" in refused(found, replace(WATCHED, saved=frozenset({(1, 2)})))


def test_a_dropped_column_of_the_key_is_refused():
    after = replace(TABLE, columns=TABLE.columns[1:], indexes=())
    found = evidence(after=catalog(after), locked=(locked(altered=True),))
    assert "no key" in refused(found, replace(WATCHED, saved=frozenset({(1, 1)})))


def test_a_rewritten_table_is_counted_at_the_next_run():
    found = evidence(after=catalog(replace(TABLE, filenode=11)), locked=(locked(altered=True),))
    assert verdict(found) == Again(replace(WATCHED, counted=frozenset({1})))


@pytest.mark.parametrize(("rows", "outcome"), [(5, Proved), (0, Unproved), (4, Unproved)])
def test_a_rewritten_table_must_hold_its_rows(rows, outcome):
    found = evidence(
        after=catalog(replace(TABLE, filenode=11)),
        locked=(locked(altered=True),),
        rows_before={1: 5},
        rows_after={1: rows},
    )
    assert isinstance(verdict(found, replace(WATCHED, counted=frozenset({1}))), outcome)


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


def test_a_refusal_of_the_inverse_is_passed_on():
    found = evidence(after=catalog(), locked=(locked(altered=True),))
    assert "it was dropped" in refused(found)


def test_a_step_that_wrote_nothing():
    assert wrote_nothing(evidence())
    assert not wrote_nothing(evidence(locked=(locked((0, 1, 0)),)))
    assert not wrote_nothing(evidence(catalogs={"pg_class": (0, 1, 0)}))
