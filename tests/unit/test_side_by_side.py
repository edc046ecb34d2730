"""Which steps may run at the same time, and what the text of an export tells of its rows."""

from __future__ import annotations

import threading

import pytest

from planrun.app.plans import schedule_of
from planrun.core.manifest import TableName
from planrun.core.schedule import side_by_side
from planrun.edges.backups.course import Course
from planrun.edges.backups.patterns import choosing
from planrun.edges.parse.exported import exported
from planrun.errors import StepFailed


def test_neighbours_that_make_files_are_a_group_unless_one_needs_another(tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text("""
planrun: 1
name: groups
steps:
  - {id: a, backup: {database: {}}}
  - {id: b, needs: [a], backup: {csv: {sql: SELECT 1}}}
  - {id: c, backup: {files: [plan.yaml]}}
  - {id: d, needs: [c], check: {sql: SELECT 1, expect: {rows: 1}}}
  - {id: e, backup: {csv: {sql: SELECT 1}}}
  - {id: f, backup: {table: t, into: u}}
  - {id: g, backup: {csv: {sql: SELECT 1}}}
  - {id: h, needs: [d], backup: {csv: {sql: SELECT 1}}}
  - {id: i, migrate: {sql: SELECT 1}, needs: [h]}
""")
    steps = schedule_of(plan).steps
    groups = [[step.id for step in group] for group in side_by_side(steps)]
    assert groups == [["a"], ["b", "c"], ["d"], ["e"], ["f"], ["g", "h"], ["i"]]
    assert list(side_by_side(())) == []


@pytest.mark.parametrize(
    ("query", "once"),
    [
        ("SELECT * FROM t", True),
        ("SELECT t.a, u.b FROM t JOIN u USING (id)", True),
        ("SELECT a.x, b.y FROM t a, t b", False),
        ("SELECT x FROM t WHERE id IN (SELECT id FROM t)", True),
        ("WITH c AS (SELECT * FROM t) SELECT a.x, b.y FROM c a JOIN c b USING (id)", False),
        ("SELECT x FROM t UNION ALL SELECT x FROM t", False),
        ("SELECT x, (SELECT max(x) FROM t) FROM t", True),
        ("SELECT s.x, t.y FROM (SELECT x FROM t) s, t", False),
        ("SELECT x FROM s.t, LATERAL (SELECT y FROM t) l", False),
    ],
)
def test_a_query_reads_a_relation_once_or_not(query, once):
    assert exported(query).reads_once is once


@pytest.mark.parametrize(
    ("query", "calls"),
    [
        ("SELECT x FROM t ORDER BY x", set()),
        ("SELECT DISTINCT lower(x) FROM t WHERE pg_catalog.length(x) > 1", {"lower", "length"}),
        ("SELECT DISTINCT ON (x) x, y FROM t", None),
        ("SELECT x FROM t LIMIT 1", None),
        ("SELECT x FROM t FETCH FIRST ROW ONLY", None),
        ("SELECT x FROM t OFFSET 1", None),
        ("SELECT x FROM t WHERE id IN (SELECT id FROM u LIMIT 1)", None),
        ("SELECT x FROM t TABLESAMPLE SYSTEM (1)", None),
        ("SELECT row_number() OVER () FROM t", None),
        ("SELECT current_date, x FROM t", None),
        ("SELECT x FROM t WHERE at < ' Now '::timestamptz", None),
        ("SELECT x FROM t WHERE at < date 'yesterday'", None),
    ],
)
def test_a_query_may_give_other_rows_each_time(query, calls):
    assert exported(query).calls == calls


def test_a_name_is_no_pattern():
    tables = (TableName("public", 'a.b*"?'), TableName("Übel", "t"))
    assert list(choosing(tables, ())) == ['--table="public"."a.b*""?"', '--table="Übel"."t"', "--strict-names"]
    assert list(choosing((), ("a*",))) == ['--schema="a*"', "--strict-names"]
    assert list(choosing((), ())) == []


def test_a_course_that_is_stopped_ends_what_goes_on_and_what_begins():
    course = Course()
    ended = threading.Event()
    with course.ended_by(ended.set):
        course.advanced(1)
        course.stop("another failed")
        assert ended.is_set()
        with pytest.raises(StepFailed, match="another failed"):
            course.advanced(1)
    course.stop("too late")
    late = threading.Event()
    with pytest.raises(StepFailed, match="another failed"), course.ended_by(late.set):
        raise AssertionError("it began")
    assert late.is_set()
