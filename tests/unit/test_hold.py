"""Holds as documents: what is written is read back, what is none is refused with every fault."""

from datetime import UTC, datetime, timedelta

import pytest

from planrun.core.hold import Hold, from_document, is_hold, of_person, to_document, unreadable
from planrun.errors import EnvironmentFault

SINCE = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("hold", [of_person("audit", SINCE), Hold("restore_0af", "restored into d", SINCE, SINCE)])
def test_a_hold_is_read_back(hold):
    assert from_document(to_document(hold)) == hold
    assert is_hold(hold.name)


def test_the_same_reason_is_the_same_hold_and_another_is_another():
    assert of_person(" audit ", SINCE).word == of_person("audit", SINCE + timedelta(days=1)).word
    assert of_person("audit", SINCE).word != of_person("incident", SINCE).word
    assert of_person("audit", SINCE).by_person
    assert not Hold("restore_1", "x", SINCE).by_person


@pytest.mark.parametrize("reason", ["", "  ", "a\nb", "\x1b[2J", "x" * 1001])
def test_a_reason_is_one_line(reason):
    with pytest.raises(ValueError, match="wanted a reason in one line"):
        of_person(reason, SINCE)


def test_it_holds_until_its_end():
    hold = Hold("restore_1", "x", SINCE, SINCE + timedelta(hours=24))
    assert hold.in_force(SINCE + timedelta(hours=23, minutes=59))
    assert not hold.in_force(SINCE + timedelta(hours=24))
    assert of_person("audit", SINCE).in_force(SINCE + timedelta(days=9999))


def test_it_reads_as_it_is():
    assert str(of_person("audit", SINCE)) == "held since 2026-11-20 12:00 UTC because: audit"
    assert "until 2026-11-21 12:00 UTC" in str(Hold("r", "x", SINCE, SINCE + timedelta(days=1)))


def test_what_cannot_be_read_holds_without_end():
    hold = unreadable("hold_person_1.json", "it is not JSON")
    assert hold.in_force(SINCE + timedelta(days=9999))
    assert (hold.name, hold.by_person) == ("hold_person_1.json", True)
    assert str(hold) == "held because: hold_person_1.json cannot be read: it is not JSON"


@pytest.mark.parametrize(
    "name", ["hold_.json", "hold_A.json", "hold_x.json.part", "xhold_a.json", "hold_a/b.json", "hold_a.json\n"]
)
def test_other_names_are_none(name):
    assert not is_hold(name)


def test_every_fault_is_told():
    with pytest.raises(EnvironmentFault) as caught:
        from_document({"hold": 2, "word": "A/..", "reason": "", "since": "yesterday", "more": 1})
    for fault in (
        "hold: wanted the number 1",
        "word: wanted",
        "reason: wanted",
        "since: wanted",
        "until is missing",
        "'more'",
    ):
        assert fault in caught.value.message
    with pytest.raises(EnvironmentFault, match="wanted an object"):
        from_document([])
