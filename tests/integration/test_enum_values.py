"""Values of enums that were renamed since are told, also in several transactions and before a rollback goes back."""

from __future__ import annotations

import pytest

from fingerprint import difference, fingerprint
from planrun.errors import Conflict

SETUP = """
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE people (id int PRIMARY KEY, mood mood, name text);
INSERT INTO people VALUES (1, 'sad', 'Ada'), (2, 'glad', 'Bea');
"""
WRITTEN = "- {id: cheered, migrate: {sql: \"UPDATE people SET mood = 'glad'\"}}\n"
SWAP = """
ALTER TYPE mood RENAME VALUE 'sad' TO 'x';
ALTER TYPE mood RENAME VALUE 'glad' TO 'sad';
ALTER TYPE mood RENAME VALUE 'x' TO 'glad';
"""
INDEXED = """
- {id: indexed, needs: [cheered], migrate: {sql: "CREATE INDEX CONCURRENTLY names ON people (name)", transaction: none}}
"""
SWAPPED = """
- id: swapped
  needs: [indexed]
  migrate:
    sql: |
      ALTER TYPE mood RENAME VALUE 'sad' TO 'x';
      ALTER TYPE mood RENAME VALUE 'glad' TO 'sad';
      ALTER TYPE mood RENAME VALUE 'x' TO 'glad';
"""


def app(project, sql):
    with project.database.connect() as connection:
        connection.execute(sql)


@pytest.fixture
def people(project):
    app(project, SETUP)
    return project


def refused(project, **which):
    before = fingerprint(project.database)
    with pytest.raises(Conflict) as conflict:
        project.rollback(**which)
    assert {item.relation for item in conflict.value.conflicts} == {'values of type "public"."mood"'}
    assert difference(before, fingerprint(project.database)) == ""


def test_renamed_values_are_told_before_the_first_of_several_transactions(people):
    people.write(WRITTEN + INDEXED)
    people.execute()
    app(people, SWAP)
    refused(people)
    app(people, SWAP)
    assert not people.rollback().conflicts


def test_what_a_later_step_renamed_is_no_conflict(people):
    before = fingerprint(people.database)
    people.write(WRITTEN + INDEXED + SWAPPED)
    people.execute()
    people.rollback()
    assert difference(before, fingerprint(people.database)) == ""


def test_renamed_values_stand_in_the_way_of_a_rollback_of_a_rollback(people):
    people.write("- {id: gone, migrate: {sql: \"DELETE FROM people WHERE id = 1; UPDATE people SET name = 'B'\"}}\n")
    people.execute()
    app(people, "ALTER TYPE mood ADD VALUE 'angry'")
    app(people, "UPDATE people SET mood = 'angry'")
    back = people.rollback()
    app(people, "ALTER TYPE mood RENAME VALUE 'angry' TO 'cross'; ALTER TYPE mood RENAME VALUE 'glad' TO 'angry'")
    refused(people, run=back.run)
