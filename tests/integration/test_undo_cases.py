"""Every case of `tests/cases/undo`: applied, taken back and compared with the start.

On 16 and 18; on the others as well that PLANRUN_TEST_MAJORS names, as a night does. A case that is about some major
versions alone is run on all of these that are there. What follows the way back takes longer than all before it: it is
taken back itself with every second case, on 18; with the others the plan is run again and taken back by the printed
script, on 16. Conflicts are settled by one of the two words, on 18. A night does both with all cases on all.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench import EVERYDAY_MAJORS, NAMED_MAJORS, REQUIRED_MAJORS
from fingerprint import difference, fingerprint
from planrun.core.policy import OnConflict, always
from planrun.errors import Conflict, NotReversible, PlanrunError
from undo_case import Case, leftovers, listed, unordered

FOLDER = Path(__file__).parent.parent / "cases" / "undo"
OLDEST, NEWEST = min(REQUIRED_MAJORS), max(REQUIRED_MAJORS)
CASES = [Case.read(path) for path in sorted(FOLDER.glob("*.sql"))]
_CONFLICTS = [
    case
    for case in CASES
    if case.outcome == "conflict" and not case.values("on conflict") and NEWEST in (case.majors or (NEWEST,))
]
_NAMED_NULLS = 18
_STATED = ("column order", "sequence position", "content", "unlogged")


@pytest.mark.parametrize("case", [case for case in CASES if not case.majors], ids=lambda case: case.name)
@pytest.mark.majors(*EVERYDAY_MAJORS)
def test_undo(case, database, bench):
    _judge(case, database, bench)


@pytest.mark.parametrize("case", [case for case in CASES if case.majors], ids=lambda case: case.name)
def test_undo_on_some_majors(case, database, bench):
    # Elsewhere the statements of the case do not exist.
    if database.major in case.majors:
        _judge(case, database, bench)


def _judge(case, database, bench):
    case.prepare(database)
    judges = {
        "restored": _restored,
        "refused": _refused,
        "conflict": _conflict,
        "stopped": _conflict,
        "settled": _settled,
    }
    judges[case.outcome](case, database, bench)


_WORDS = (OnConflict.KEEP, OnConflict.RESTORE)
_SETTLED = [
    pytest.param(case, word, id=f"{case.name}-{word.value}")
    for case in _CONFLICTS
    for word in (_WORDS if NAMED_MAJORS else _WORDS[len(case.name) % 2 :][:1])
]


@pytest.mark.parametrize(("case", "word"), _SETTLED)
@pytest.mark.majors(NEWEST)
def test_every_conflict_is_settled_or_changes_nothing(case, word, database):
    case.prepare(database)
    run = replace(case.apply(database), choice=always(word))
    case.write(database)
    then, own = fingerprint(database), leftovers(database)
    try:
        back = run.back()
    except (Conflict, NotReversible) as refusal:
        if isinstance(refusal, NotReversible) and "overwrites cannot be saved" not in refusal.message:
            raise
        _is_same(then, fingerprint(database))
        assert leftovers(database) == own
        return
    assert back.conflicts()
    assert not back.irreversible
    back.back()
    _is_same(unordered(then), unordered(fingerprint(database)))


def _restored(case, database, bench):
    # Where the application writes, the way back leads elsewhere.
    start = None if case.texts("application") else _look(case, database)
    own = leftovers(database)
    run = case.apply(database)
    assert bool(run.caveats) == _is_stated(case, database.major), run.caveats
    case.write(database)
    kept, then = case.survivors(database), _then(case, database)
    back = run.back()
    wanted = _untouched(case, database, bench) if case.texts("application") else start
    was = _look(case, database)
    if wanted is not None:
        _is_same(wanted, was)
    assert case.survivors(database) == kept
    assert leftovers(database) - back.side_tables == own
    _again(case, database, _turned(case, database, back, then, was))


def _is_stated(case, major):
    """Whether what comes back a little different is told; NOT NULL has a name from 18 on."""
    return any(case.caveat(text) for text in _STATED) or (case.caveat("constraint name") and major >= _NAMED_NULLS)


def _is_turned(case, major):
    """Whether the way back of a case is taken back itself, as far as one of the two is enough."""
    return major == NEWEST and (bool(case.majors) or len(case.name) % 2 == 0)


def _is_run_again(case, major):
    """Whether the plan of a case is run again, as far as one of the two is enough."""
    return bool(case.majors) or (major == OLDEST and len(case.name) % 2 == 1)


def _then(case, database):
    """Return what a way forth has to bring, where the way back is taken back."""
    return fingerprint(database) if NAMED_MAJORS or _is_turned(case, database.major) else None


def _turned(case, database, back, then, was):
    """Take the way back back, which brings what was there before it, and then take that back in turn.

    Returns:
        What the database then looks like: what it `was` after the first way back, but for the order of columns.
    """
    if then is None:
        return was
    assert back.irreversible == case.caveat("not turned")
    if back.irreversible:
        return was
    forth = back.back()
    assert not forth.irreversible
    _is_same(unordered(then), unordered(fingerprint(database)))
    forth.back()
    now = _look(case, database)
    _is_same(unordered(was), unordered(now))
    return now


def _again(case, database, start):
    """Run the plan once more, and take it back with what `rollback --dry-run` prints: that leads to the `start`."""
    if case.caveat("once") or not (NAMED_MAJORS or _is_run_again(case, database.major)):
        return
    own = leftovers(database)
    run = case.apply(database, after=lambda _: None)
    psql = run.psql()
    assert (psql.returncode, psql.stderr) == (0, "")
    _is_same(start, _look(case, database))
    assert leftovers(database) == own


def _untouched(case, database, bench):
    """Return what the database would look like if only the application had written."""
    if case.caveat("commutes not"):
        return None
    other = bench.create_database(database.server)
    try:
        case.prepare(other)
        case.write(other, between=True)
        return _look(case, other)
    finally:
        bench.drop_database(other)


def _refused(case, database, bench):
    start, own = _look(case, database), leftovers(database)
    with pytest.raises(NotReversible) as refusal:
        case.apply(database)
    assert case.message in str(refusal.value)
    _is_same(start, fingerprint(database))
    assert leftovers(database) == own


def _conflict(case, database, bench):
    run = case.apply(database)
    case.write(database)
    before, kept = fingerprint(database), leftovers(database)
    psql = run.psql()
    assert psql.returncode == 3, psql.stderr
    with pytest.raises(Conflict if case.outcome == "conflict" else PlanrunError) as stopped:
        run.back()
    conflicts = getattr(stopped.value, "conflicts", ())
    assert sorted(listed(item) for item in conflicts) == sorted(case.values("conflict"))
    assert case.message in str(stopped.value)
    # Neither the script nor the rollback left anything.
    _is_same(before, fingerprint(database))
    assert leftovers(database) == kept


def _settled(case, database, bench):
    own = leftovers(database)
    run = case.apply(database)
    case.write(database)
    kept, then = case.survivors(database), _then(case, database)
    back = run.back()
    wanted, was = _expected(case, database, bench), _look(case, database)
    _is_same(wanted, was)
    assert case.survivors(database) == kept
    assert sorted(back.conflicts()) == sorted(case.values("conflict"))
    assert leftovers(database) - back.side_tables == own
    _turned(case, database, back, then, was)
    _is_same(wanted, _by_psql(case, database, bench))


def _expected(case, database, bench):
    """Return what the database looks like when the text of `expected` runs in place of the plan and the application."""
    other = bench.create_database(database.server)
    try:
        case.prepare(other)
        for text in case.texts("expected"):
            with other.connect() as connection:
                connection.execute(text)
        return _look(case, other)
    finally:
        bench.drop_database(other)


def _by_psql(case, database, bench):
    """Return what the database looks like when it went back by what `rollback --dry-run` prints."""
    other = bench.create_database(database.server)
    try:
        case.prepare(other)
        run = case.apply(other)
        case.write(other)
        psql = run.psql()
        assert (psql.returncode, psql.stderr) == (0, "")
        return _look(case, other)
    finally:
        bench.drop_database(other)


def _look(case, database):
    found = fingerprint(database)
    return unordered(found) if case.caveat("column order") or case.caveat("constraint name") else found


def _is_same(before, after):
    found = difference(before, after, sequences=False)
    assert not found, f"\n{found}"
