"""`rollback --only` of a step that is tied to a later one which stays: by values, views, partitions."""

from __future__ import annotations

import pytest

from fingerprint import difference, fingerprint
from planrun.core.policy import OnConflict
from planrun.core.selection import Only
from planrun.errors import Conflict, Refused

SETUP = """
CREATE TABLE parent (id int PRIMARY KEY, v text, code text UNIQUE);
CREATE TABLE child (id bigint PRIMARY KEY, p int REFERENCES parent, v text);
CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree, v text);
CREATE TABLE plain (id int PRIMARY KEY, p int);
INSERT INTO parent VALUES (1, 'a', 'x'), (2, 'b', 'y'), (3, 'c', NULL), (4, 'd', 'z');
INSERT INTO child VALUES (1, 1, 'k'), (2, 2, 'k');
INSERT INTO tree VALUES (1, NULL, 'a'), (2, 1, 'b');
INSERT INTO plain VALUES (1, 1), (2, 9);
CREATE TABLE pt (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF pt FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF pt FOR VALUES FROM (10) TO (20);
CREATE TABLE pd PARTITION OF pt DEFAULT;
INSERT INTO pt VALUES (12, 'b'), (99, 'z');
CREATE VIEW shown AS SELECT id, code FROM parent;
CREATE MATERIALIZED VIEW mv AS SELECT count(code) FROM shown;
CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql AS 'SELECT count(v) FROM public.tree';
CREATE MATERIALIZED VIEW by_function AS SELECT counted();
CREATE MATERIALIZED VIEW of_parts AS SELECT id, v FROM pt;
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TABLE moods (m mood PRIMARY KEY);
CREATE TABLE feeling (id int PRIMARY KEY, m mood REFERENCES moods);
"""

TWO = """
- {{id: one, migrate: {{sql: "{one}"}}}}
- {{id: two, migrate: {{sql: "{two}"}}}}
"""


@pytest.fixture
def tied(project):
    project.database.connect().execute(SETUP)
    return project


def run_two(project, first, second, **head):
    project.write(TWO.format(one=first, two=second), **head)
    start = fingerprint(project.database)
    project.execute()
    return start


REFUSED = [
    # Foreign keys
    ("DELETE FROM child WHERE id = 1", "DELETE FROM parent WHERE id = 1", "wrote p = 1 of table .*child"),
    ("UPDATE child SET p = 2 WHERE id = 1", "DELETE FROM parent WHERE id = 1", "wrote p = 1 of table .*child"),
    ("TRUNCATE child", "DELETE FROM parent WHERE id = 1", "wrote p = 1 of table .*child"),
    ("DROP TABLE child", "DELETE FROM parent WHERE id = 1", "wrote p = 1 of table .*child"),
    ("INSERT INTO parent VALUES (9)", "INSERT INTO child VALUES (9, 9)", "wrote p = 9 of table .*child"),
    ("INSERT INTO tree VALUES (9)", "INSERT INTO tree VALUES (10, 9)", "wrote up = 9 of table .*tree"),
    ("INSERT INTO moods VALUES ('low')", "INSERT INTO feeling VALUES (1, 'low')", "wrote m = low of table .*feeling"),
    (
        "INSERT INTO parent VALUES (9)",
        "CREATE TABLE c2 (p int REFERENCES parent); INSERT INTO c2 VALUES (9)",
        "wrote id = 9 of table .*parent.*the other made .*c2.* refer to it",
    ),
    (
        "INSERT INTO parent VALUES (9)",
        "ALTER TABLE plain ADD FOREIGN KEY (p) REFERENCES parent",
        "wrote id = 9 of table .*parent.*the other made .*plain.* refer to it",
    ),
    (
        "ALTER TABLE child DROP CONSTRAINT child_p_fkey",
        "DELETE FROM parent WHERE id = 1",
        "dropped a foreign key of .*child.*the other wrote id = 1 of table .*parent",
    ),
    # Unique values
    (
        "UPDATE parent SET code = NULL WHERE id = 1",
        "UPDATE parent SET code = 'x' WHERE id = 3",
        "both wrote code = x of table .*parent.*, which is unique",
    ),
    ("DELETE FROM parent WHERE id = 4", "INSERT INTO parent VALUES (7, 'q', 'z')", "both wrote code = z of table"),
    # What was made of it
    ("ALTER TABLE parent ADD COLUMN z int", "CREATE VIEW w AS SELECT z FROM parent", "two ran later.*depend"),
    (
        "ALTER TABLE parent ADD COLUMN z int UNIQUE",
        "CREATE TABLE c2 (z int REFERENCES parent (z))",
        "two ran later.*depend",
    ),
    (
        "CREATE OR REPLACE VIEW shown AS SELECT id, code, v FROM parent",
        "CREATE VIEW w AS SELECT v FROM shown",
        "two ran later.*depend",
    ),
    # Partitions
    ("DROP TABLE p1", "INSERT INTO pt VALUES (3, 'n')", "partitions of .*pt.*wrote rows of its default partition"),
    (
        "ALTER TABLE pt DETACH PARTITION p1",
        "CREATE TABLE p3 PARTITION OF pt FOR VALUES FROM (5) TO (9)",
        "partitions of .*pt.*changed its partitions",
    ),
    # Materialized views
    (
        "DROP MATERIALIZED VIEW mv",
        "UPDATE parent SET code = 'new' WHERE id = 3",
        "computes a .*parent.*, which it reads",
    ),
    ("REFRESH MATERIALIZED VIEW mv", "UPDATE parent SET code = 'new' WHERE id = 3", "computes a .*, which it reads"),
    ("REFRESH MATERIALIZED VIEW mv WITH NO DATA", "DELETE FROM parent WHERE id = 4", "computes a .*, which it reads"),
    ("REFRESH MATERIALIZED VIEW mv", "ALTER TABLE parent ADD COLUMN z int", "computes a .*, which it reads"),
    ("REFRESH MATERIALIZED VIEW of_parts", "INSERT INTO pt VALUES (14, 'n')", "computes a .*p2.*, which it reads"),
    ("REFRESH MATERIALIZED VIEW by_function", "UPDATE tree SET v = NULL", "by functions that may read .*tree"),
]


@pytest.mark.parametrize(("first", "second", "reason"), REFUSED)
def test_what_is_tied_to_a_later_step_does_not_go_alone(tied, first, second, reason):
    start = run_two(tied, first, second)
    before = fingerprint(tied.database)
    for word in (None, OnConflict.KEEP):
        for call in (tied.rollback, tied.preview):
            with pytest.raises(Refused, match=reason) as caught:
                call(selection=Only("one"), on_conflict=word)
            assert not isinstance(caught.value, Conflict)
            assert caught.value.message.startswith("nothing was changed: two ran later, would stay")
            assert "--run 1" in caught.value.hint
    assert difference(before, fingerprint(tied.database)) == ""
    assert tied.in_effect() == ["one", "two"]
    tied.rollback()
    assert difference(start, fingerprint(tied.database)) == ""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("DELETE FROM child WHERE id = 1", "DELETE FROM parent WHERE id = 4"),
        ("UPDATE parent SET v = 'q'", "INSERT INTO child VALUES (9, 2); UPDATE child SET p = 1 WHERE id = 2"),
        ("UPDATE child SET v = 'q'", "INSERT INTO parent VALUES (9)"),
        ("INSERT INTO parent VALUES (9)", "UPDATE child SET p = 9; UPDATE child SET p = 3"),
        ("INSERT INTO parent VALUES (9)", "CREATE TABLE c2 (p int REFERENCES parent); INSERT INTO c2 VALUES (1)"),
        (
            "UPDATE parent SET v = 'q'",
            "DELETE FROM plain WHERE p = 9; ALTER TABLE plain ADD FOREIGN KEY (p) REFERENCES parent",
        ),
        ("ALTER TABLE child DROP CONSTRAINT child_p_fkey", "UPDATE parent SET v = 'q'"),
        ("ALTER TABLE plain ADD FOREIGN KEY (p) REFERENCES parent NOT VALID", "DELETE FROM parent WHERE id = 3"),
        ("UPDATE parent SET code = 'n' WHERE id = 1", "UPDATE parent SET code = 'm' WHERE id = 2"),
        ("UPDATE tree SET v = 'q' WHERE id = 1", "UPDATE tree SET v = 'q' WHERE id = 2"),
        ("UPDATE parent SET code = NULL WHERE id = 4", "UPDATE parent SET code = NULL WHERE id = 2"),
        ("DROP TABLE p1", "INSERT INTO pt VALUES (14, 'n')"),
        ("REFRESH MATERIALIZED VIEW mv", "UPDATE plain SET p = 0"),
        ("UPDATE parent SET code = 'new' WHERE id = 3", "REFRESH MATERIALIZED VIEW by_function"),
    ],
)
def test_what_is_not_tied_goes_alone(tied, first, second):
    start = run_two(tied, first, second)
    done = fingerprint(tied.database)
    assert tied.rollback(selection=Only("one")).remaining == ("two",)
    tied.execute()
    assert difference(done, fingerprint(tied.database)) == ""
    tied.rollback()
    tied.rollback()
    assert difference(start, fingerprint(tied.database)) == ""


def test_values_that_later_steps_took_and_gave_back_tie_too(tied):
    """Taken back alone, the first step would leave the way back of the last without what it needs."""
    tied.write("""
    - {id: one, migrate: {sql: INSERT INTO parent VALUES (9)}}
    - {id: two, migrate: {sql: UPDATE child SET p = 9 WHERE id = 1}}
    - {id: three, migrate: {sql: UPDATE child SET p = 3 WHERE id = 1}}
    """)
    start = fingerprint(tied.database)
    tied.execute()
    with pytest.raises(Refused, match=r"one and two: .*p = 9 of table .*child(.|\n)*one and three: .*p = 9 of table"):
        tied.rollback(selection=Only("one"))
    tied.rollback()
    assert difference(start, fingerprint(tied.database)) == ""


def test_rows_that_refer_are_never_kept_while_a_later_step_stays(tied):
    """The application hung a row on one that goes; beside a step that stays nobody can tell whose it is."""
    run_two(tied, "INSERT INTO parent VALUES (9)", "UPDATE child SET p = 3 WHERE id = 2", on_conflict="keep")
    tied.database.connect().execute("INSERT INTO child VALUES (50, 9)")
    before = fingerprint(tied.database)
    reason = r"two ran later.*: public.child id = 50 refers to id = 9 of .*parent"
    for call in (tied.rollback, tied.preview):
        with pytest.raises(Refused, match=reason) as caught:
            call(selection=Only("one"))
        assert "--run 1" in caught.value.hint
    assert difference(before, fingerprint(tied.database)) == ""
    done = tied.psql(tied.script(selection=Only("one")))
    assert "1 conflict: " in done.stderr
    assert tied.rollback().kept == 1


def test_rows_that_refer_are_kept_when_no_later_step_stays(tied):
    run_two(tied, "UPDATE child SET p = 3 WHERE id = 2", "INSERT INTO parent VALUES (9)", on_conflict="keep")
    tied.database.connect().execute("INSERT INTO child VALUES (50, 9)")
    assert tied.rollback(selection=Only("two")).kept == 1


def test_pages_that_are_tied_are_looked_at_before_any_goes(tied):
    start = fingerprint(tied.database)
    tied.write("""
    - id: one
      migrate: {sql: "INSERT INTO parent SELECT p + 20 FROM plain WHERE id BETWEEN $1 AND $2",
        batch: {table: plain, key: id, size: 1}}
    - {id: two, migrate: {sql: "INSERT INTO child VALUES (9, 21)"}}
    """)
    tied.execute()
    before = fingerprint(tied.database)
    with pytest.raises(Refused, match=r"wrote p = 21 of table .*child"):
        tied.rollback(selection=Only("one"))
    assert difference(before, fingerprint(tied.database)) == ""
    tied.rollback()
    assert difference(start, fingerprint(tied.database)) == ""
