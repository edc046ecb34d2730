"""The line of progress: what it says, that it appears in a terminal only, and that it leaves nothing behind."""

from __future__ import annotations

import io
import os
import pty
import select

import pytest

from planrun.cli import meter
from planrun.cli.meter import Meters, progress


@pytest.mark.parametrize(
    ("unit", "done", "total", "seconds", "text"),
    [
        ("rows", 1_500_000, 3_000_000, 10.0, "x  1,500,000 rows  150,000 rows/s  50 %  10 s left"),
        ("rows", 0, 3_000_000, 10.0, "x  0 rows  0 rows/s"),
        ("rows", 7, None, 2.0, "x  7 rows  4 rows/s"),
        ("rows", 9, 8, 3.0, "x  9 rows  3 rows/s"),
        ("bytes", 999, None, 1.0, "x  999 B  999 B/s"),
        ("bytes", 1_250_000_000, 10_000_000_000, 100.0, "x  1.2 GB  12.5 MB/s  12 %  11 min 40 s left"),
        ("bytes", 10_000_000, 10_000_000_000_000, 10.0, "x  10.0 MB  1.0 MB/s  0 %  2777 h 46 min left"),
    ],
)
def test_a_line_says_how_much_how_fast_and_how_long_yet(unit, done, total, seconds, text):
    assert progress("x", unit, done, total, seconds) == text


@pytest.fixture
def terminal(monkeypatch):
    """A terminal; `written()` is what was written to it since."""
    leader, follower = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(meter, "_SECONDS_UNSEEN", 0.0)
    monkeypatch.setattr(meter, "_SECONDS_BETWEEN", 0.0)

    def written():
        # The system hands on what was written in its own time.
        parts = []
        while select.select([leader], [], [], 0.2)[0]:
            parts.append(os.read(leader, 65536))
        return b"".join(parts).decode()

    with os.fdopen(follower, "w") as stream:
        yield stream, written
    os.close(leader)


def test_works_side_by_side_share_the_last_line_and_leave_it_empty(terminal):
    stream, written = terminal
    meters = Meters(stream)
    with meters.meter("first", "rows", lambda: 10) as first, meters.meter("second", "bytes", None) as second:
        first.advanced(5)
        second.advanced(2000)
        shown = written()
        assert "first  5 rows" in shown
        assert "% " in shown
        assert "| second  2.0 kB" in shown
        assert "\n" not in shown
        with meters.aside():
            assert written() == "\r\x1b[K"
        first.advanced(1)
    assert written().endswith("\r\x1b[K")


def test_a_long_line_is_cut_at_the_width(terminal):
    stream, written = terminal
    with Meters(stream).meter("x" * 500, "rows", None) as work:
        work.advanced(1)
        assert len(written()) == len("\r\x1b[K") + 79


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_erase_shows_nothing(terminal, monkeypatch, term):
    stream, written = terminal
    monkeypatch.setenv("TERM", term)
    with Meters(stream).meter("x", "rows", None) as work:
        work.advanced(1)
    assert written() == ""


def test_where_there_is_no_terminal_nothing_is_asked_and_nothing_shown():
    stream = io.StringIO()

    def never():
        raise AssertionError("asked for the whole")

    with Meters(stream).meter("x", "rows", never) as work:
        work.advanced(1)
    assert stream.getvalue() == ""
