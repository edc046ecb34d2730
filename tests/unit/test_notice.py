"""No name and no error makes a message more than a line of subject and a plain, short text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planrun.core import notice as notices
from planrun.core.notice import LONGEST_BODY, LONGEST_LINE, LONGEST_TEXT, line, name, notice, quotation

BREAKS = ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\0"]


def message(text):
    return notice(
        "execute FAILED", text, [line(text), quotation(text), line(f"step {text}: x")], known=("canary-known",)
    )


@pytest.mark.parametrize("gap", BREAKS, ids=ascii)
def test_no_break_begins_a_header_or_a_line_of_ours(gap):
    made = message(f"x{gap}Bcc: evil@example.org{gap}{gap}target: another")
    assert made.subject.isascii()
    assert made.subject.isprintable()
    assert len(made.subject) < 120
    lines = made.body.split("\n")
    assert all(one.isprintable() for one in lines)
    assert not any(one.startswith(("Bcc", "target")) for one in lines)


@given(st.text(max_size=200))
def test_whatever_a_name_holds(text):
    made = message(text)
    assert made.subject.isascii()
    assert made.subject.isprintable()
    assert len(made.body.splitlines()) == made.body.count("\n") + 1
    made.body.encode("utf-8")


def test_a_name_keeps_what_is_harmless():
    assert name("rent-2026_v1.2") == "rent-2026_v1.2"
    assert name("a b/ü\u202e") == "a_b_"
    assert name("") == "_"
    assert len(name("x" * 1000)) == notices.LONGEST_NAME


def test_an_error_of_ten_megabytes_is_cut_at_once():
    began = time.perf_counter()
    for text in ("x" * 10_000_000, "://a:" * 2_000_000, "line\n" * 2_000_000, "password=" * 1_000_000):
        assert len(quotation(text, ("canary-known",))) <= 5 * LONGEST_TEXT
        assert len(line(text)) <= LONGEST_LINE
        assert len(message(text).body) <= LONGEST_BODY
    assert time.perf_counter() - began < 60


@pytest.mark.parametrize(
    "text",
    [
        "cannot reach postgresql://me:canary-a@h/db",
        "host=h password='canary b c' dbname=d",
        "sslpassword=canary",
        "it was canary-known",
        "postgresql://me:" + "canary" * 5_000 + "@h/db",
        "x " * 3_990 + "postgresql://me:canary" + "y" * 200 + "@h/db",
        "x" * 7_990 + " canary-known",
    ],
)
def test_passwords_are_masked_even_where_a_text_is_cut(text):
    assert "canary" not in message(text).body
    assert "canary" not in quotation(text, ("canary-known",))


@pytest.mark.parametrize("text", ["@everyone", "@Here", "<!channel>", "<@U123>", "<#C1>", "@channel", "@all"])
def test_nobody_is_called_by_a_name(text):
    assert text not in line(text)
    assert text not in quotation(text)
    assert line("app@host and a < b, x@example.org, @allow") == "app@host and a < b, x@example.org, @allow"
