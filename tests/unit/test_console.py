"""What a terminal gets to see of text that others wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planrun.core.console import CELL_WIDTH, cell, printable, shortened, table, width, wrapped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("a\nb\r\tc\0", r"a\nb\r\tc\x00"),
        ("\x9b31m", r"\x9b31m"),
        ("user\u202egnp.exe", r"user\u202egnp.exe"),
        ("line\u2028separator", r"line\u2028separator"),
        ("\ud800", r"\ud800"),
        ("\U000e0001", r"\U000e0001"),
        ("Zoë 名前 👩‍👧 \u3000 \xa0", "Zoë 名前 👩‍👧 \u3000 \xa0"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text, shown):
    assert printable(text) == shown


@given(st.text())
def test_printable_text_holds_no_control_character_and_stays_so(text):
    shown = printable(text)
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in shown)
    shown.encode()
    assert printable(shown) == shown


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("名前", 4), ("e\u0301", 1), ("🐘", 2), ("", 0)])
def test_width_counts_terminal_columns(text, columns):
    assert width(text) == columns


@given(st.text(max_size=50), st.integers(min_value=1, max_value=20))
def test_shortened_text_fits(text, limit):
    short = shortened(text, limit)
    assert width(short) <= limit
    assert short == text or short.endswith("…")


def test_endless_combining_characters_are_cut():
    assert len(shortened("a" + "\u0301" * 10_000)) < 200


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "NULL"),
        ("NULL", "'NULL'"),
        ("", "''"),
        ("a ", "'a '"),
        (" a", "' a'"),
        ("a b", "a b"),
        ("null", "null"),
    ],
)
def test_null_empty_and_padded_values_are_told_apart(value, shown):
    assert cell(value) == shown


def test_a_table_is_aligned_also_with_wide_characters():
    assert table(["id", "name"], [["1", "名前"], ["22", None], ["3", "x"]]) == (
        "id | name\n---+-----\n1  | 名前\n22 | NULL\n3  | x"
    )


def test_a_table_bounds_rows_and_tells_the_rest():
    rows = [[str(number)] for number in range(12)]
    lines = table(["n"], rows).split("\n")
    assert len(lines) == 2 + 10 + 1
    assert lines[-1] == "(2 more rows)"
    assert table(["n"], rows[:10], total=1_234_567).endswith("\n(1,234,557 more rows)")
    assert table(["n"], rows[:10], total=11).endswith("\n(1 more row)")
    assert table(["n"], rows[:10]).endswith("\n9")


def test_a_table_bounds_and_escapes_cells_and_headers():
    lines = table(["a\x1b[2J" + "h" * 100], [["x" * 100], ["two\nlines"]]).split("\n")
    assert len(lines) == 4
    assert all(width(line) <= CELL_WIDTH for line in lines)
    assert lines[0].startswith(r"a\x1b[2J")
    assert lines[2] == "x" * (CELL_WIDTH - 1) + "…"
    assert lines[3] == r"two\nlines"


def test_rows_without_columns_are_counted():
    assert table([], [[], []]) == "(2 rows)"
    assert table([], []) == ""
    assert table(["a"], []) == "a\n-"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ("",)),
        ("one two", ("one two",)),
        ("one two three", ("one two", "three")),
        ("a /very/long/path b", ("a", "/very/long/path", "b")),
        ("一二 三四 五", ("一二", "三四 五")),
    ],
)
def test_prose_is_broken_at_spaces_and_no_word_is(text, lines):
    assert wrapped(text, 8) == lines
