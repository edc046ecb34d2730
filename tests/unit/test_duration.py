import pytest

from planrun.core.duration import is_duration, milliseconds, worded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("0s", 0),
        ("100ms", 100),
        ("5s", 5_000),
        ("30min", 1_800_000),
        ("1h", 3_600_000),
        ("2d", 172_800_000),
        ("007s", 7_000),
    ],
)
def test_a_duration_in_milliseconds(text, expected):
    assert is_duration(text)
    assert milliseconds(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "5", "00", "s", "-1s", "+1s", "1.5s", "5 s", "5S", "5m", "5sec", "1h30min", "\u0665s", "5s\n", "1" * 10 + "s"],
)
def test_anything_else_is_refused(text):
    assert not is_duration(text)
    with pytest.raises(ValueError, match="wanted a duration such as 500ms, 5s, 30min, 1h, 2d or 0, found "):
        milliseconds(text)


@pytest.mark.parametrize(
    ("length", "words"),
    [(0, "0"), (1, "1ms"), (1_500, "1500ms"), (5_000, "5s"), (90_000, "90s"), (1_800_000, "30min"), (86_400_000, "1d")],
)
def test_milliseconds_as_a_plan_says_them(length, words):
    assert worded(length) == words
    assert milliseconds(words) == length
