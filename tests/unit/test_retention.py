"""Retention over random calendars, against the rules said once more in another way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planrun.core.plan import Keep
from planrun.core.retention import Action, Because, KnownSet, Reason, decide

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY = 86_400_000
HELD = Reason(Because.HOLD, "held")

unhurried = settings(deadline=None)

_zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
_lengths = st.one_of(
    st.integers(0, 40 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    st.integers(0, 800).map(lambda days: timedelta(days=days)),  # at the hour of now, where the day and age turn
    st.integers(0, 800).map(lambda days: timedelta(days=days, hours=12)),  # at midnight
    st.just(timedelta(milliseconds=1)),
)
_instants = st.builds(lambda length, zone: (NOW - length).astimezone(zone), _lengths, _zones)
_future = st.builds(lambda length: NOW + length + timedelta(microseconds=1), _lengths)
_counts = st.integers(0, 15)
_keeps = st.builds(
    Keep,
    age=st.one_of(st.none(), st.integers(0, 800).map(lambda days: days * DAY)),
    daily=_counts,
    weekly=_counts,
    monthly=_counts,
    at_least=st.integers(0, 4),
)


@st.composite
def calendars(draw, instants=_instants):
    moments = draw(st.lists(instants, max_size=25))
    flags = st.tuples(st.booleans(), st.booleans())
    rows = [(moment, *draw(flags)) for moment in moments]
    return [
        KnownSet(f"{moment.astimezone(UTC):%Y%m%d_%H%M%S}_p_run{run}", moment, verified, restored)
        for run, (moment, verified, restored) in enumerate(rows, 1)
    ]


@st.composite
def protections(draw, sets):
    names = draw(st.sets(st.sampled_from([item.name for item in sets]))) if sets else ()
    return dict.fromkeys(names, (HELD,))


def kept(decisions):
    return {decision.name for decision in decisions if decision.action is Action.KEEP}


def must_stay(item, sets, keep, protected):
    """The rules, each by what comes after a set and not by walking a list."""
    past = [other for other in sets if other.started <= NOW]

    def after(other):
        return (other.started, len(other.name), other.name) > (item.started, len(item.name), item.name)

    def is_last_of(period, count):
        later = {period(other.started.astimezone(UTC)) for other in past if after(other)}
        return count > len(later) and period(item.started.astimezone(UTC)) not in later

    later = [other for other in past if after(other)]
    return any(
        (
            item.name in protected,
            keep is None,
            not later,
            item.restored and not any(other.restored for other in later),
            (item.restored or item.verified) and not any(other.restored or other.verified for other in later),
            keep is not None
            and (
                (keep.age is not None and item.started + timedelta(milliseconds=keep.age) >= NOW)
                or len(later) < keep.at_least
                or is_last_of(lambda moment: moment.date(), keep.daily)
                or is_last_of(lambda moment: moment.isocalendar()[:2], keep.weekly)
                or is_last_of(lambda moment: (moment.year, moment.month), keep.monthly)
            ),
        )
    )


@unhurried
@given(st.data(), calendars(), st.one_of(st.none(), _keeps))
def test_what_must_be_kept_is_kept_and_what_may_go_goes(data, sets, keep):
    protected = data.draw(protections(sets))
    for item, decision in zip(
        sorted(sets, key=lambda item: (item.started, len(item.name), item.name)),
        decide(sets, keep, NOW, protected),
        strict=True,
    ):
        assert decision.name == item.name
        assert (decision.action is Action.KEEP) is must_stay(item, sets, keep, protected)
        assert (decision.action is Action.DELETE) is not must_stay(item, sets, keep, protected)
        assert decision.reasons
        assert all(reason.text for reason in decision.reasons)


def test_a_rule_of_noughts_says_why_a_set_goes():
    sets = [KnownSet(f"20261126_11595{n}_p_run{n}", NOW - timedelta(seconds=10 - n)) for n in (1, 2)]
    first, _ = decide(sets, Keep(age=None, daily=0, weekly=0, monthly=0, at_least=0), NOW, {})
    assert first.action is Action.DELETE
    assert [reason.text for reason in first.reasons] == ["no rule keeps more than the newest"]


@unhurried
@given(st.data(), calendars(), _keeps)
def test_a_second_prune_deletes_nothing(data, sets, keep):
    protected = data.draw(protections(sets))
    stays = kept(decide(sets, keep, NOW, protected))
    again = decide([item for item in sets if item.name in stays], keep, NOW, protected)
    assert kept(again) == stays


@unhurried
@given(st.data(), calendars(), _keeps)
def test_more_in_keep_never_deletes_what_less_kept(data, sets, keep):
    name = data.draw(st.sampled_from(["age", "daily", "weekly", "monthly", "at_least"]))
    more = data.draw(st.integers(0, 20)) * (DAY if name == "age" else 1)
    larger = replace(keep, **{name: (getattr(keep, name) or 0) + more})
    assert kept(decide(sets, keep, NOW, {})) <= kept(decide(sets, larger, NOW, {}))
    assert kept(decide(sets, larger, NOW, {})) <= kept(decide(sets, None, NOW, {}))


@unhurried
@given(st.data(), calendars(), _keeps)
def test_the_order_of_the_listing_does_not_matter(data, sets, keep):
    assert decide(data.draw(st.permutations(sets)), keep, NOW, {}) == decide(sets, keep, NOW, {})


@unhurried
@given(calendars(), calendars(_future), _keeps)
def test_sets_from_the_future_stay_and_take_nobody_s_place(sets, future, keep):
    ahead = [replace(item, name=f"{item.name}9999") for item in future]
    decisions = {decision.name: decision for decision in decide([*ahead, *sets], keep, NOW, {})}
    for item in ahead:
        decision = decisions.pop(item.name)
        assert (decision.action, decision.reasons[0].because) == (Action.LEAVE, Because.FUTURE)
    assert decisions == {decision.name: decision for decision in decide(sets, keep, NOW, {})}


@unhurried
@given(calendars(), _keeps, _lengths)
def test_an_earlier_clock_deletes_no_more(sets, keep, length):
    def deleted(now):
        return {decision.name for decision in decide(sets, keep, now, {}) if decision.action is Action.DELETE}

    assert deleted(NOW - length) <= deleted(NOW)


@unhurried
@given(st.data(), calendars(), _keeps)
def test_protecting_a_set_costs_no_other_one(data, sets, keep):
    protected = data.draw(protections(sets))
    free, held = kept(decide(sets, keep, NOW, {})), kept(decide(sets, keep, NOW, protected))
    assert held == free | protected.keys()


@unhurried
@given(calendars(), _keeps)
@example([KnownSet(f"s{number}", NOW - timedelta(days=number)) for number in range(120)], Keep(None, 7, 4, 3, 2))
def test_pruning_after_each_backup_ends_where_pruning_once_does(sets, keep):
    plain = sorted((replace(item, verified=False, restored=False) for item in sets), key=lambda item: item.started)
    here = []
    for item in plain:
        here.append(item)
        stays = kept(decide(here, keep, item.started, {}))
        here = [known for known in here if known.name in stays]
    assert kept(decide(here, keep, NOW, {})) == kept(decide(plain, keep, NOW, {}))


# --- by example --------------------------------------------------------------------------------


def at(text, **flags):
    moment = datetime.fromisoformat(text)
    return KnownSet(text, moment if moment.tzinfo else moment.replace(tzinfo=UTC), **flags)


def reasons(sets, keep, **protected):
    return {
        decision.name: [reason.text for reason in decision.reasons] for decision in decide(sets, keep, NOW, protected)
    }


def test_each_reason_reads_as_it_is():
    sets = [at("2026-10-31"), at("2026-11-20"), at("2026-11-26T01:00:00", restored=True), at("2026-11-26T02:00:00")]
    found = reasons(sets, Keep(age=DAY, daily=2, weekly=1, monthly=1, at_least=1))
    last = "not the newest of one of the last 2 days, 1 week, 1 month that have a set"
    assert found == {
        "2026-10-31": [f"older than 1 day; {last}; not among the newest 1"],
        "2026-11-20": ["newest daily of 2026-11-20"],
        "2026-11-26T01:00:00": ["the last that was restored and found equal", "not older than 1 day"],
        "2026-11-26T02:00:00": [
            "the newest set",
            "not older than 1 day",
            "newest daily of 2026-11-26",
            "newest weekly of 2026-W48",
            "newest monthly of 2026-11",
            "among the newest 1",
        ],
    }


def test_a_store_without_keep_keeps_everything_and_says_so():
    assert reasons([at("2020-01-01"), at("2026-01-01")], None)["2020-01-01"] == [
        "the plan does not say how long this store keeps sets"
    ]


def test_the_day_is_that_of_utc():
    # 23:30 in New York is the next day in UTC, and a set of that day's evening in UTC is newer.
    sets = [
        at("2026-11-20T23:30:00-05:00"),
        at("2026-11-21T20:00:00"),
        at("2026-11-22T08:00:00+14:00"),
        at("2026-11-25"),
    ]
    assert kept(decide(sets, Keep(daily=2), NOW, {})) == {"2026-11-25", "2026-11-21T20:00:00"}


def test_a_week_belongs_to_its_iso_year():
    sets = [at("2020-12-28"), at("2021-01-03"), at("2021-01-04"), at("2026-01-01")]
    found = reasons(sets, Keep(weekly=3))
    assert found["2021-01-03"] == ["newest weekly of 2020-W53"]
    assert found["2021-01-04"] == ["newest weekly of 2021-W01"]
    assert "2020-12-28" not in kept(decide(sets, Keep(weekly=3), NOW, {}))


@pytest.mark.parametrize(("age", "stays"), [(DAY, True), (DAY - 1, False)])
def test_a_set_of_just_the_age_is_kept(age, stays):
    old = at((NOW - timedelta(days=1)).isoformat())
    assert (old.name in kept(decide([old, at("2026-11-26T11:00:00")], Keep(age=age), NOW, {}))) is stays


def test_of_sets_of_one_second_the_later_numbered_is_newer():
    sets = [KnownSet(name, NOW) for name in ("a_run1_10", "a_run1_9", "a_run1_2", "a_run1")]
    assert kept(decide(sets, Keep(), NOW, {})) == {"a_run1_10"}


def test_the_last_verified_is_kept_beside_the_last_restored():
    sets = [at("2026-01-01", restored=True), at("2026-02-01", verified=True), at("2026-03-01"), at("2026-04-01")]
    assert kept(decide(sets, Keep(), NOW, {})) == {"2026-01-01", "2026-02-01", "2026-04-01"}
