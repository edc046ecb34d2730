"""Names and values as SQL text: what PostgreSQL's own parser, and a server with hostile settings, read back."""

from datetime import UTC, date, datetime
from decimal import Decimal

import postgast
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planrun.core.quoting import UnquotableError, identifier, literal

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def read_back(sql):
    (statement,) = postgast.parse(f"SELECT {sql}").stmts
    (target,) = statement.stmt.select_stmt.target_list
    return target.res_target.val


@given(TEXT)
def test_a_string_reads_back_as_it_was(text):
    assert read_back(literal(text)).a_const.sval.sval == text


@given(TEXT.filter(lambda text: text and "." not in text and len(text.encode()) <= 63))
def test_an_identifier_reads_back_as_it_was(text):
    (field,) = read_back(identifier(text)).column_ref.fields
    assert field.string.sval == text


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (False, "FALSE"),
        (7, "7"),
        (-7, " -7"),
        (1.5, "1.5"),
        (float("nan"), "'nan'::float8"),
        (float("-inf"), "'-inf'::float8"),
        (Decimal("1.10"), "1.10"),
        (Decimal("-0.5"), " -0.5"),
        (Decimal("NaN"), "'NaN'::numeric"),
        (Decimal("-Infinity"), "'-Infinity'::numeric"),
        ("it's", "'it''s'"),
        ("a\\'b", " E'a\\\\''b'"),
        (date(2025, 1, 15), "'2025-01-15'::date"),
        (datetime(2025, 1, 15, 8, 30), "'2025-01-15 08:30:00'::timestamp"),  # noqa: DTZ001  a timestamp has no zone
        (datetime(2025, 1, 15, 8, 30, tzinfo=UTC), "'2025-01-15 08:30:00+00:00'::timestamptz"),
        ([1, -2, None], "ARRAY[1,  -2, NULL]"),
        ([], "'{}'"),
    ],
)
def test_how_values_are_written(value, sql):
    assert literal(value) == sql


def test_a_minus_after_a_minus_does_not_open_a_comment():
    assert read_back(f"1-{literal(-1)}").HasField("a_expr")


@pytest.mark.parametrize(
    "value",
    ["a\0b", "\ud800", object(), {"a": 1}, Decimal("sNaN"), b"x"],
    ids=["nul", "surrogate", "object", "dict", "snan", "bytes"],
)
def test_what_has_no_constant_is_refused(value):
    with pytest.raises(UnquotableError):
        literal(value)


def test_a_dot_separates_schema_and_object():
    assert identifier("app.tenants") == '"app"."tenants"'
    assert identifier('we"ird') == '"we""ird"'


@pytest.mark.parametrize("text", ["", "a.", ".a", "a\0", "x" * 64, "é" * 32])
def test_names_that_postgresql_would_refuse_or_cut_are_refused(text):
    with pytest.raises(UnquotableError):
        identifier(text)


def test_the_longest_name_is_taken():
    assert identifier("x" * 63 + "." + "é" * 31) == f'"{"x" * 63}"."{"é" * 31}"'


@pytest.mark.parametrize("conforming", ["on", "off"])
def test_values_mean_the_same_under_hostile_settings(any_database, conforming):
    values = ["it's", "back\\slash", "\\'; DROP TABLE t; --", "é\n\t", 1.1, -3, Decimal("1.10"), True, None]
    with psycopg.connect(any_database.url) as connection:
        connection.execute(f"SET standard_conforming_strings = {conforming}")
        connection.execute("SET escape_string_warning = off")
        connection.execute("SET DateStyle = 'Postgres, DMY'")
        row = connection.execute(f"SELECT {', '.join(map(literal, values))}").fetchone()
        day = connection.execute(f"SELECT to_char({literal(date(2025, 2, 1))}, 'YYYY-MM-DD')").fetchone()
    assert [str(value) for value in row] == [str(value) for value in values]
    assert day == ("2025-02-01",)
