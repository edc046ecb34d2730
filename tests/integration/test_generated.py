"""Stored generated columns in a part of a run: what they are computed with may be that of a step that stays."""

from __future__ import annotations

import pytest

from fingerprint import difference, fingerprint
from planrun.core.selection import Only
from planrun.errors import Refused

SETUP = """
CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2';
CREATE TABLE c (id int PRIMARY KEY, a int, g int GENERATED ALWAYS AS (f(a)) STORED);
INSERT INTO c (id, a) VALUES (1, 1), (2, 2);
"""

PLAN = """
- {id: written, migrate: {sql: "UPDATE c SET a = 7 WHERE id = 1"}}
- {id: replaced, migrate: {sql: "CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE RETURN $1 * 3"}}
"""


@pytest.fixture
def generated(project):
    project.database.connect().execute(SETUP)
    project.write(PLAN)
    return project


def test_a_row_does_not_go_back_alone_when_a_staying_step_replaced_the_function(generated):
    start = fingerprint(generated.database)
    generated.execute()
    whole = fingerprint(generated.database)
    with pytest.raises(Refused, match="would not get their values of g back"):
        generated.rollback(selection=Only("written"))
    assert difference(whole, fingerprint(generated.database)) == ""
    generated.rollback()
    assert difference(start, fingerprint(generated.database)) == ""


def test_the_function_goes_back_alone(generated):
    generated.execute(until="written")
    middle = fingerprint(generated.database)
    generated.execute()
    generated.rollback(selection=Only("replaced"))
    assert difference(middle, fingerprint(generated.database)) == ""
