"""What is written: aligned, without anything that a terminal would obey; and values for JSON."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from planrun.cli import output
from planrun.core.manifest import ArtifactKind
from planrun.core.record import StatementRecord

EVIL = "\x1b]0;owned\x07\x9b31m\u202e"


def written(write, **options):
    """Run `write` as a command of its own, to see what it puts where."""
    return CliRunner().invoke(click.command()(write), **options)


def test_columns_are_aligned_by_what_a_terminal_shows():
    shown = output.columns(("name", "rows"), [("名前", "7"), ("a", "1,000")], frozenset({1}))
    assert click.unstyle(shown).splitlines() == ["  name   rows", "  名前      7", "  a     1,000"]


@pytest.mark.parametrize(
    "shown",
    [
        output.columns((EVIL,), [(EVIL,), (f"a\nb{EVIL}",)]),
        output.fields([("name", EVIL)]),
        output.title(EVIL),
        output.safe(EVIL),
    ],
)
def test_nothing_from_elsewhere_steers_the_terminal(shown):
    plain = click.unstyle(shown)
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(plain)
    assert r"\x1b]0;owned\x07\x9b31m\u202e" in plain


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, ""),
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (14_200_000, "14.2 MB"),
        (3 * 10**15, "3000.0 TB"),
    ],
)
def test_sizes_as_people_read_them(number, text):
    assert output.size(number) == text


def test_times_are_told_in_utc():
    moment = datetime(2026, 1, 31, 12, 0, 0, tzinfo=timezone(timedelta(hours=2)))
    assert output.instant(moment) == "2026-01-31 10:00:00 UTC"
    assert output.instant(None) == ""


def test_values_for_json():
    value = {
        "kind": ArtifactKind.CSV,
        "at": datetime(2026, 1, 31, tzinfo=UTC),
        "path": Path("a/b"),
        "records": (StatementRecord("update", 2, 0.5),),
        "none": None,
    }
    assert output.plain(value) == {
        "kind": "csv",
        "at": "2026-01-31T00:00:00+00:00",
        "path": "a/b",
        "records": [{"tag": "update", "rows": 2, "seconds": 0.5}],
        "none": None,
    }


def test_a_document_is_one_ascii_object():
    result = written(lambda: output.document("show", ok=True, text=EVIL))
    assert result.stdout.isascii()
    assert json.loads(result.stdout) == {"command": "show", "ok": True, "text": EVIL}


def test_exact_text_is_written_byte_for_byte():
    text = f"SELECT 'é{EVIL}';\r\n\t-- end"
    assert written(lambda: output.exact(text)).stdout_bytes == text.encode()


def test_exact_text_on_a_terminal_has_its_control_characters_escaped(monkeypatch):
    def write():
        monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
        output.exact(f"SELECT\t'{EVIL}';\n-- end")

    assert written(write, color=True).stdout == "SELECT\t'\\x1b]0;owned\\x07\\x9b31m\\u202e';\n-- end\n"


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({"NO_COLOR": None, "TERM": "xterm"}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "", "TERM": "dumb"}, False),
    ],
)
def test_colours_only_where_they_are_wanted(environment, coloured):
    result = written(lambda: output.result(output.title("head")), color=True, env=environment)
    assert ("\x1b[1m" in result.stdout) is coloured


def test_no_colours_without_a_terminal():
    assert written(lambda: output.result(output.title("head"))).stdout == "head\n"


def test_whether_a_text_fits():
    assert output.fits(click.style("x" * 80, bold=True))
    assert not output.fits("short\n" + "x" * 81)


def test_what_stands_beneath_a_row_wraps():
    lines = output.columns(("key",), [("k",), ("l",)], below=("word " * 30, "")).splitlines()
    assert lines[-1] == "  l"
    assert max(map(len, map(click.unstyle, lines))) <= 80
    assert lines[2].startswith("      word word")
