"""Who is asked, and what counts as an answer."""

import io

import pytest

from planrun.cli.person import Terminal
from planrun.errors import UsageFault


class Screen(io.StringIO):
    def isatty(self):
        return True


def terminal(monkeypatch, stdin):
    """Give the test a screen instead of stderr, and something to read instead of stdin."""
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr("sys.stdin", stdin)
    return screen


@pytest.mark.parametrize("text", ["y\n", "Y\n", " yes \n"])
def test_yes(monkeypatch, text):
    screen = terminal(monkeypatch, Screen(text))
    assert Terminal().asks("Go on?", option="--yes")
    assert screen.getvalue() == "Go on? [y/N] "


@pytest.mark.parametrize("text", ["\n", "n\n", "no\n", "yep\n", ""])
def test_anything_else_is_a_no(monkeypatch, text):
    terminal(monkeypatch, Screen(text))
    assert not Terminal().asks("Go on?", option="--yes")


def test_nothing_is_asked_where_nobody_can_answer(monkeypatch):
    screen = terminal(monkeypatch, io.StringIO("y\n"))
    person = Terminal()
    assert not person.present
    with pytest.raises(UsageFault, match="Go on") as caught:
        person.asks("Go on?", option="--confirm dashboard")
    assert caught.value.hint.startswith("--confirm dashboard ")
    assert screen.getvalue() == ""


def test_nothing_is_asked_where_nobody_would_see_it(monkeypatch):
    monkeypatch.setattr("sys.stdin", Screen("y\n"))
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with pytest.raises(UsageFault):
        Terminal().asks("Go on?", option="--yes")


def test_questions_and_progress_cannot_steer_the_terminal(monkeypatch):
    screen = terminal(monkeypatch, Screen("n\n"))
    person = Terminal()
    person.asks("Drop \x1b[2J?", option="--yes")
    person.tells("one\n\x1b]0;x\x07")
    assert screen.getvalue() == "Drop \\x1b[2J? [y/N] one\n\\x1b]0;x\\x07\n"


def test_progress_that_nobody_reads_any_more_does_not_end_the_run(monkeypatch):
    class Gone(Screen):
        def write(self, _text):
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Gone())
    Terminal().tells("step 1")
