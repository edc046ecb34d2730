"""Frozen classes are to their users what frozen dataclasses with slots are."""

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from planrun.frozen import frozen


@frozen
class Shelf:
    """A shelf."""

    room: str
    number: int = 0
    notes: list = field(default_factory=list, compare=False)
    secret: str | None = field(default=None, repr=False)

    @property
    def label(self):
        return f"{self.room}/{self.number}"


@dataclass(frozen=True, slots=True)
class Model:
    """What `Shelf` would be as a dataclass."""

    room: str
    number: int = 0
    notes: list = field(default_factory=list, compare=False)
    secret: str | None = field(default=None, repr=False)


@frozen
class Tall(Shelf):
    """A shelf of another class."""

    height: int = 3


@frozen(order=True)
class Version:
    """A version."""

    major: int
    minor: int = 0


@frozen(kw_only=True)
class Named:
    """Fields that are given by name."""

    first: int = 1
    second: int


@frozen
class Nothing:
    """No field at all."""


@frozen
class Own:
    """One with methods of its own."""

    text: str

    def __eq__(self, other):
        return isinstance(other, Own) and self.text.lower() == other.text.lower()

    def __hash__(self):
        return hash(self.text.lower())

    def __repr__(self):
        return "own"


CALLS = [
    (("attic",), {}),
    (("attic", 3), {}),
    (("attic",), {"secret": "x", "notes": ["n"]}),
    ((), {"number": 1, "room": "attic"}),
]


@pytest.mark.parametrize(("args", "kwargs"), CALLS)
def test_fields_are_given_as_to_a_dataclass(args, kwargs):
    made, model = Shelf(*args, **kwargs), Model(*args, **kwargs)
    assert dataclasses.asdict(made) == dataclasses.asdict(model)
    assert repr(made) == repr(model).replace("Model", "Shelf")


@pytest.mark.parametrize(("args", "kwargs"), [((), {}), (("a", 1, [], None, 5), {}), (("a",), {"colour": 1})])
def test_wrong_fields_are_refused_as_by_a_dataclass(args, kwargs):
    with pytest.raises(TypeError) as wanted:
        Model(*args, **kwargs)
    with pytest.raises(TypeError) as found:
        Shelf(*args, **kwargs)
    assert str(found.value) == str(wanted.value).replace("Model", "Shelf")


def test_a_default_is_made_for_each_value():
    assert Shelf("a").notes is not Shelf("a").notes


def test_values_are_equal_by_their_fields():
    assert Shelf("a", 1, ["x"]) == Shelf("a", 1, ["y"])
    assert hash(Shelf("a", 1, ["x"])) == hash(Shelf("a", 1, ["y"]))
    assert Shelf("a", 1) != Shelf("a", 2)
    assert Shelf("a", 1) != Model("a", 1)
    assert Shelf("a") != Tall("a")
    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing(), Shelf("a"), Shelf("a")}) == 2


def test_a_value_never_changes():
    value = Shelf("a")
    for change in (
        lambda: setattr(value, "room", "b"),
        lambda: setattr(value, "colour", "b"),
        lambda: delattr(value, "room"),
    ):
        with pytest.raises(FrozenInstanceError):
            change()
    assert value == Shelf("a")
    assert not hasattr(value, "__dict__")
    assert replace(value, room="b") == Shelf("b")


def pickled(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301  our own


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
@pytest.mark.parametrize("value", [Shelf("attic", 1, ["full"], "x"), Tall("attic", height=2), Nothing()])
def test_a_copy_is_equal(value, copied):
    assert copied(value) == value
    assert copied((value,)) == (value,)


def test_a_class_inherits():
    assert (Tall("a", height=5).height, Tall("a", 2).label) == (5, "a/2")
    assert [item.name for item in dataclasses.fields(Tall)] == ["room", "number", "notes", "secret", "height"]


def test_values_with_an_order_have_that_of_their_fields():
    versions = [Version(2), Version(1, 2), Version(1)]
    assert sorted(versions) == [Version(1), Version(1, 2), Version(2)]
    assert max(versions) == Version(2)
    assert Version(1) <= Version(1) < Version(1, 1) >= Version(1, 1) > Version(1)
    with pytest.raises(TypeError):
        Shelf("a") < Shelf("b")  # noqa: B015
    with pytest.raises(TypeError):
        Version(1) < (2, 0)  # noqa: B015


def test_fields_by_name_alone():
    assert (Named(second=2).first, Named(second=2, first=3).first) == (1, 3)
    with pytest.raises(TypeError):
        Named(1, 2)


def test_methods_of_its_own_stay():
    assert Own("A") == Own("a")
    assert hash(Own("A")) == hash(Own("a"))
    assert repr(Own("A")) == "own"


def test_a_pattern_takes_a_value_apart():
    match Shelf("attic", 7):
        case Shelf(room, number):
            assert (room, number) == ("attic", 7)
        case _:
            pytest.fail("it does not match")


def test_a_class_without_instances_compiles_nothing(monkeypatch):
    compiled = []
    monkeypatch.setattr("planrun.frozen.exec", lambda *args: compiled.append(exec(*args)), raising=False)  # noqa: S102

    @frozen
    class Seldom:
        name: str

    assert compiled == []
    assert (Seldom("a"), Seldom("b")) == (Seldom("a"), Seldom("b"))
    assert len(compiled) == 1
