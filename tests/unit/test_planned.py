"""A query that several steps ask is prepared once in a transaction, and each step's own question is kept."""

from __future__ import annotations

from planrun.core.planned import once, planned
from planrun.core.script import Statement
from planrun.errors import Place


def _statements(*texts):
    return [Statement(text, Place("way back"), "rollback") for text in texts]


def _kept(statements, prepared):
    return [statement.text for statement in once(statements, prepared)]


def test_a_query_is_prepared_once():
    (prepare, first), (again, second) = planned("word", "SELECT $1", "a", []), planned("word", "SELECT $1", "b", [])
    assert prepare == again
    assert first != second
    assert _kept(_statements(prepare, first, again, second), set()) == [prepare, first, second]


def test_another_query_is_prepared_beside_it():
    (first, _), (second, _) = planned("word", "SELECT $1", "a", []), planned("word", "SELECT $2", "a", [])
    assert _kept(_statements(first, second), set()) == [first, second]


def test_what_was_prepared_before_is_not_prepared_again_in_the_same_transaction():
    prepare, ask = planned("word", "SELECT $1", "a", [])
    prepared: set[str] = set()
    assert _kept(_statements(prepare), prepared) == [prepare]
    assert _kept(_statements(prepare, ask), prepared) == [ask]
    assert _kept(_statements(prepare), set()) == [prepare]


def test_what_does_anything_else_is_sent_as_often_as_it_stands_there():
    text = "DO $planrun$\nBEGIN\n  PERFORM FROM pg_catalog.pg_prepared_statements;\nEND $planrun$"
    assert _kept(_statements(text, text, "SELECT", "SELECT"), set()) == [text, text, "SELECT", "SELECT"]


def test_the_rows_are_quoted():
    _, ask = planned("word", "SELECT $1", "it's", [{"name": 'a "quoted" \\ name', "was": None}])
    assert ask.endswith("""('it''s',  E'[{"name": "a \\\\"quoted\\\\" \\\\\\\\ name", "was": null}]')""")
