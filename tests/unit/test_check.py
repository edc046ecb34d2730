"""Judging results, and how a check is reported; images and excerpts that both rest on."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planrun.core import record_text
from planrun.core.check import (
    Column,
    Difference,
    Sample,
    SavedResult,
    Verdict,
    judge_columns,
    judge_equal,
    judge_rows,
    judge_value,
    report,
    sample,
)
from planrun.core.excerpt import caret, locate
from planrun.core.plan import (
    ExpectColumns,
    ExpectEmpty,
    ExpectEqualsSaved,
    ExpectRange,
    ExpectRows,
    ExpectValue,
    Inline,
)
from planrun.core.plan import ExpectEqualsQuery as EqualsQuery
from planrun.core.script import Script, Statement
from planrun.errors import Place

PLACE = Place("plan.yaml", 7, 12)
OTHER = EqualsQuery(Inline("SELECT 1", PLACE))

# --- rows ---


@pytest.mark.parametrize(
    ("expect", "total", "ok", "wanted", "found"),
    [
        (ExpectRows(4, 4), 4, True, "4 rows", "4 rows"),
        (ExpectRows(4, 4), 3, False, "4 rows", "3 rows"),
        (ExpectRows(1, 1), 0, False, "1 row", "no row"),
        (ExpectRows(2, None), 1, False, "at least 2 rows", "1 row"),
        (ExpectRows(2, None), 2, True, "at least 2 rows", "2 rows"),
        (ExpectRows(1, None), 0, False, "at least 1 row", "no row"),
        (ExpectRows(None, 5), 5, True, "at most 5 rows", "5 rows"),
        (ExpectRows(None, 5), 6, False, "at most 5 rows", "6 rows"),
        (ExpectRows(0, 5), 6, False, "at most 5 rows", "6 rows"),
        (ExpectRows(None, 0), 1, False, "no row", "1 row"),
        (ExpectRows(2, 5), 1, False, "2 to 5 rows", "1 row"),
        (ExpectRows(2, 5), 6, False, "2 to 5 rows", "6 rows"),
        (ExpectRows(None, None), 0, True, "any number of rows", "no row"),
        (ExpectRows(0, None), 0, True, "any number of rows", "no row"),
        (ExpectEmpty(), 0, True, "no row", "no row"),
        (ExpectEmpty(), 1_234_567, False, "no row", "1,234,567 rows"),
    ],
)
def test_rows(expect, total, ok, wanted, found):
    assert judge_rows(expect, total) == Verdict(ok, wanted, found)


# --- values ---


def value(wanted, type_, found):
    return judge_value(ExpectValue(wanted), [Column("v", type_)], 1, found)


@pytest.mark.parametrize(
    ("wanted", "type_", "found"),
    [
        (4, "integer", "4"),
        (4, "numeric(10,2)", "4.00"),
        (0.1, "numeric", "0.10"),
        (0.1, "double precision", "0.1"),
        (1e300, "double precision", "1e+300"),
        (12345678901234567890, "numeric", "12345678901234567890"),
        (0, "double precision", "-0"),
        (float("nan"), "numeric", "NaN"),
        (float("-inf"), "double precision", "-Infinity"),
        ("1.10", "numeric", "1.10"),
        ("(1,2)", "point", "(1,2)"),
        ("", "text", ""),
        ("NULL", "text", "NULL"),
        (True, "boolean", "t"),
        (False, "boolean", "f"),
        (None, "text", None),
    ],
)
def test_equal_values(wanted, type_, found):
    assert value(wanted, type_, found).ok


@pytest.mark.parametrize(
    ("wanted", "type_", "found"),
    [
        (4, "integer", "5"),
        (4, "text", "4"),
        (4, "integer", None),
        (0.1, "double precision", "0.10000000000000002"),
        (12345678901234567890, "numeric", "12345678901234567891"),
        (1, "boolean", "t"),
        (True, "integer", "1"),
        (True, "text", "t"),
        (True, "boolean", "f"),
        (False, "boolean", None),
        ("1.1", "numeric", "1.10"),
        ("", "text", None),
        ("a", "character(2)", "a "),
        (None, "text", ""),
        (float("nan"), "numeric", "1"),
    ],
)
def test_other_values(wanted, type_, found):
    assert not value(wanted, type_, found).ok


@pytest.mark.parametrize(
    ("wanted", "type_", "found", "words"),
    [
        (4, "integer", "5", ("the value 4", "the value 5 (integer)")),
        ("4", "text", "5", ("the value '4'", "the value '5' (text)")),
        ("x", "text", None, ("the value 'x'", "the value NULL (text)")),
        (None, "text", "NULL", ("the value NULL", "the value 'NULL' (text)")),
        (True, "boolean", "f", ("the value true", "the value false (boolean)")),
        (0.5, "numeric(3,2)", "0.25", ("the value 0.5", "the value 0.25 (numeric(3,2))")),
    ],
)
def test_values_are_worded_so_that_types_show(wanted, type_, found, words):
    verdict = value(wanted, type_, found)
    assert (verdict.wanted, verdict.found) == words


def test_a_number_against_a_text_is_explained():
    assert "cast the column" in value(4, "text", "4").note
    assert not value(4, "integer", "5").note
    assert not value("4", "integer", "5").note


def test_long_values_are_cut():
    assert len(value("a" * 5000, "text", "b" * 5000).found) < 250


@pytest.mark.parametrize(
    ("expect", "found", "ok"),
    [
        (ExpectRange(1, 5), "1", True),
        (ExpectRange(1, 5), "5.00", True),
        (ExpectRange(1, 5), "5.0000000000000000000000001", False),
        (ExpectRange(1, 5), "0", False),
        (ExpectRange(0.1, None), "0.1", True),
        (ExpectRange(0.1, None), "0.09", False),
        (ExpectRange(None, 3), "-1e20", True),
        (ExpectRange(None, 3), "4", False),
        (ExpectRange(None, 3), "NaN", False),
        (ExpectRange(0, None), "Infinity", True),
        (ExpectRange(0, None), None, False),
    ],
)
def test_ranges_include_their_bounds(expect, found, ok):
    assert judge_value(expect, [Column("v", "numeric")], 1, found).ok is ok


def test_ranges_are_worded():
    columns = [Column("v", "text")]
    found = judge_value(ExpectRange(1, 5), columns, 1, "3")
    assert (found.ok, found.wanted) == (False, "a value from 1 to 5")
    assert "cast the column" in found.note
    assert judge_value(ExpectRange(1, None), columns, 1, "3").wanted == "a value of at least 1"
    assert judge_value(ExpectRange(None, 5), columns, 1, "3").wanted == "a value of at most 5"


@pytest.mark.parametrize(
    ("columns", "total", "found"),
    [
        (1, 0, "no row"),
        (1, 3, "3 rows of 1 column"),
        (2, 1, "1 row of 2 columns"),
        (0, 1, "1 row of no column"),
    ],
)
def test_a_value_is_one_row_of_one_column(columns, total, found):
    verdict = judge_value(ExpectValue(None), [Column("v", "integer")] * columns, total, None)
    assert (verdict.ok, verdict.found) == (False, found)
    assert verdict.note == "the query must return one row of one column"


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers())
def test_a_number_equals_its_text_exactly(number, whole):
    assert value(whole, "numeric", f"{whole}.000").ok
    assert value(whole, "numeric", format(number, "f")).ok is (number == Decimal(whole))


# --- columns ---

COLUMNS = (
    Column("id", "integer"),
    Column("rent", "numeric(10,2)"),
    Column("paid_at", "timestamp with time zone"),
)


def test_columns_may_be_more_than_wanted_in_any_order():
    assert judge_columns(ExpectColumns((("rent", None), ("id", "integer"))), COLUMNS).ok


def test_all_faults_of_columns_are_named_at_once():
    verdict = judge_columns(ExpectColumns((("rnt", None), ("id", "bigint"), ("zzz", "text"))), COLUMNS)
    assert verdict == Verdict(
        ok=False,
        wanted="columns rnt, id bigint, zzz text",
        found="no column rnt (did you mean rent?); column id is integer, not bigint; no column zzz",
        note="the result's columns are id integer, rent numeric(10,2), paid_at timestamp with time zone",
    )


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("int", "integer"),
        ("INT8", "bigint"),
        ("varchar( 20 )", "character varying(20)"),
        ("varchar", "character varying"),
        ("decimal(10, 2)", "numeric(10,2)"),
        ("numeric (10, 2)", "numeric(10,2)"),
        ("timestamptz", "timestamp with time zone"),
        ("timestamptz(3)", "timestamp(3) with time zone"),
        ("timestamp", "timestamp without time zone"),
        ("int[]", "integer[]"),
        ("bool", "boolean"),
        ("character varying(20)", "character varying(20)"),
        ("app.mood", "app.mood"),
        ('"Odd {type}"', '"Odd {type}"'),
    ],
)
def test_types_may_be_written_short(written, type_):
    assert judge_columns(ExpectColumns((("c", written),)), [Column("c", type_)]).ok


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("int", "bigint"),
        ("varchar(20)", "character varying(21)"),
        ("numeric", "numeric(10,2)"),
        ("int", "integer[]"),
    ],
)
def test_other_types_stay_other(written, type_):
    assert not judge_columns(ExpectColumns((("c", written),)), [Column("c", type_)]).ok


def test_of_two_columns_with_one_name_either_may_have_the_type():
    twice = (Column("id", "integer"), Column("id", "text"))
    assert judge_columns(ExpectColumns((("id", "text"),)), twice).ok
    found = judge_columns(ExpectColumns((("id", "date"),)), twice).found
    assert found == "column id is integer and text, not date"


# --- equality ---


def test_the_same_rows():
    verdict = judge_equal(OTHER, COLUMNS, COLUMNS, Difference())
    assert verdict == Verdict(ok=True, wanted="the same rows as the reference query", found="the same rows")


def test_a_difference_shows_both_sides():
    difference = Difference(missing=(("(1,a)", 2),), unexpected=(("(1,)", 1),), missing_total=2, unexpected_total=1)
    columns = (Column("id", "integer"), Column("name", "text"))
    verdict = judge_equal(ExpectEqualsSaved("before"), columns, columns, difference)
    assert report("moved", verdict).split("\n") == [
        "moved: check failed",
        "  wanted: the same rows as the saved result before",
        "  found:  2 rows missing, 1 row unexpected",
        "  missing, wanted but not found:",
        "    id | name",
        "    ---+-----",
        "    1  | a",
        "    1  | a",
        "  unexpected, found but not wanted:",
        "    id | name",
        "    ---+-----",
        "    1  | NULL",
    ]


def test_other_types_are_said_but_texts_decide():
    verdict = judge_equal(OTHER, [Column("n", "numeric")], [Column("m", "integer")], Difference())
    assert verdict.ok
    assert verdict.note == (
        "types differ (n numeric is integer in the reference query), and rows are the same when their text is the same"
    )


def test_other_numbers_of_columns_never_compare():
    verdict = judge_equal(OTHER, COLUMNS, COLUMNS[:1], None)
    assert not verdict.ok
    assert verdict.found == "3 columns where the reference query has 1 column"
    assert verdict.note.endswith("against id integer")


# --- the report ---


def test_a_report_cannot_command_the_terminal():
    hostile = "\x1b[2J\n"
    verdict = Verdict(
        ok=False,
        wanted=hostile,
        found=hostile,
        rows=(Sample(hostile, (hostile,), ((hostile,),), 1),),
        note=hostile,
    )
    text = report(hostile, verdict)
    assert "\x1b" not in text
    assert len(text.split("\n")) == 8


def test_a_passed_check_says_so():
    assert report("ids", judge_rows(ExpectEmpty(), 0)).startswith("ids: check passed\n")


def test_a_sample_repeats_duplicates_up_to_ten():
    shown = sample("found", [Column("a", "integer")], [("(1)", 3), ("(2)", 1_000_000)], 1_000_003)
    assert shown.rows == (("1",),) * 3 + (("2",),) * 7


# --- saved results ---


def test_a_saved_result_survives_json():
    saved = SavedResult.of(COLUMNS[:2], ["(2,)", "(1,1.10)", "(2,)", '(3,"a ""b""")'])
    assert saved.images == (("(1,1.10)", 1), ("(2,)", 2), ('(3,"a ""b""")', 1))
    assert saved.row_count == 4
    assert SavedResult.from_json(json.loads(json.dumps(saved.to_json()))) == saved


# --- images ---


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("()", (None,)),
        ("()", ()),
        ('("")', ("",)),
        ("(,)", (None, None)),
        ('(1,"a ""q"" \\\\ b,)",,"x y")', ("1", 'a "q" \\ b,)', None, "x y")),
        ('("line\nbreak",-0)', ("line\nbreak", "-0")),
        ('(1,"cut of', ("1", "cut of…")),
        ("(1,2", ("1", "2…")),
        ("(1,", ("1", "…")),
        ("(1", ("1…", "…")),
        ('(1,"ends with \\', ("1", "ends with \\…")),
    ],
)
def test_images_split_into_their_columns(text, values):
    assert record_text.split(text, len(values)) == values


@given(st.lists(st.none() | st.text(), min_size=1))
def test_split_undoes_join(values):
    assert record_text.split(record_text.join(values), len(values)) == tuple(values)


@given(st.lists(st.none() | st.text(), min_size=1), st.data())
def test_a_cut_image_still_splits(values, data):
    whole = record_text.join(values)
    cut = whole[: data.draw(st.integers(min_value=1, max_value=len(whole)))]
    assert len(record_text.split(cut, len(values))) == len(values)


# --- excerpts ---


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("SELECT x", 8, (1, 8, "    SELECT x\n           ^")),
        ("SELECT 1,\n  x\nFROM t", 13, (2, 3, "      x\n      ^")),
        ("SELECT", 7, (1, 7, "    SELECT\n          ^")),
        ("SELECT", 99, (1, 7, "    SELECT\n          ^")),
        ("a\r\nb c\r\n", 6, (2, 3, "    b c\n      ^")),
        ("\tx", 2, (1, 2, "     x\n     ^")),
        ("'名前', x", 7, (1, 7, "    '名前', x\n            ^")),
        ("'\x1b', x", 6, (1, 6, "    '\\x1b', x\n            ^")),
    ],
)
def test_the_caret_stands_under_the_place(text, position, expected):
    assert caret(text, position) == expected


@pytest.mark.parametrize("position", [1, 200, 400])
def test_a_long_line_is_shortened_around_the_place(position):
    text = "".join(chr(ord("a") + number % 26) for number in range(400))
    line, pointer = caret(text, position)[2].split("\n")
    assert len(line) < 110
    assert line[pointer.index("^")] == text[position - 1]


TEXT = "UPDATE t\nSET a = 1;\nUPDATE t\nSET a = 1"
STATEMENT = "UPDATE t\nSET a = 1"


def test_a_place_in_a_statement_is_where_the_template_has_it():
    origins = (Place("a.sql", 3), Place("a.sql", 4), Place("b.sql", 9), Place("b.sql", 10))
    script = Script(TEXT, origins, "a.sql")
    second = Statement(STATEMENT, Place("b.sql", 9, 1), "update")
    assert locate(second, script, STATEMENT.index("a =")) == Place("b.sql", 10, 5)
    first = Statement(STATEMENT, Place("a.sql", 3, 1), "update")
    assert locate(first, script, 7) == Place("a.sql", 3, 8)


def test_without_its_script_lines_count_from_the_statement():
    statement = Statement(STATEMENT, PLACE, "update")
    assert locate(statement, None, 0) == PLACE
    assert locate(statement, None, 7) == Place("plan.yaml", 7, 19)
    assert locate(statement, None, STATEMENT.index("a =")) == Place("plan.yaml", 8, 5)
    assert locate(statement, Script("SELECT 1", (PLACE,), "plan.yaml"), 7) == Place("plan.yaml", 7, 19)
