import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planrun.core.graph import ancestors, cycles, dependants, order


@dataclass(frozen=True)
class Item:
    id: str
    needs: tuple[str, ...] = ()


def items(**needs):
    return [Item(name, tuple(wanted.split())) for name, wanted in needs.items()]


def ids(found):
    return [item.id for item in found]


@st.composite
def acyclic(draw):
    """Items that only need items of a lower rank, in an order that has nothing to do with the rank."""
    names = [f"s{number}" for number in range(draw(st.integers(0, 12)))]
    ranked = [
        Item(name, tuple(draw(st.lists(st.sampled_from(names[:rank]), unique=True)) if rank else ()))
        for rank, name in enumerate(names)
    ]
    return draw(st.permutations(ranked))


def test_ties_go_by_place_in_the_file():
    assert ids(order(items(z="", y="", x=""))) == ["z", "y", "x"]


def test_what_is_needed_comes_first_and_nothing_else_moves():
    assert ids(order(items(late="base", a="", base="", b="late"))) == ["a", "base", "late", "b"]


def test_nothing_has_an_order():
    assert order([]) == ()


@given(acyclic())
def test_order_respects_needs_and_loses_nothing(given_items):
    ordered = order(given_items)
    place = {item.id: number for number, item in enumerate(ordered)}
    assert sorted(ids(ordered)) == sorted(ids(given_items))
    assert all(place[need] < place[item.id] for item in ordered for need in item.needs)


@given(acyclic())
def test_a_step_moves_back_only_for_what_it_needs(given_items):
    """Of all that is ready, the first in the file is taken: the order is one function of the file."""
    position = {item.id: number for number, item in enumerate(given_items)}
    done: set[str] = set()
    for item in order(given_items):
        ready = [one.id for one in given_items if one.id not in done and done.issuperset(one.needs)]
        assert item.id == min(ready, key=position.__getitem__)
        done.add(item.id)


@given(acyclic(), st.randoms(use_true_random=False))
def test_order_does_not_depend_on_the_order_of_needs(given_items, random):
    shuffled = [Item(item.id, tuple(random.sample(item.needs, len(item.needs)))) for item in given_items]
    assert ids(order(shuffled)) == ids(order(given_items))


def test_the_same_cycles_and_order_with_every_hash_seed():
    program = (
        "from collections import namedtuple\n"
        "from planrun.core.graph import cycles, order\n"
        "Item = namedtuple('Item', 'id needs')\n"
        "names = [f's{n}' for n in range(8)]\n"
        "print(cycles([Item(n, tuple(m for m in names if m != n)) for n in names], 7))\n"
        "print([i.id for i in order([Item(n, tuple(names[k + 3:])) for k, n in enumerate(names)])])\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1


def test_no_cycle():
    assert cycles(items(a="", b="a", c="a b")) == ()


def test_a_cycle_of_two():
    assert cycles(items(a="b", b="a")) == (("a", "b"),)


def test_a_cycle_of_five_follows_the_needs_from_its_first_step():
    assert cycles(items(x="", c="d", d="e", e="a", a="b x", b="c")) == (("c", "d", "e", "a", "b"),)


def test_all_cycles_are_found_in_the_order_of_the_file():
    found = cycles(items(a="b e", b="a c", c="d", d="b", e="e", f="g", g="f"))
    assert found == (("a", "b"), ("b", "c", "d"), ("e",), ("f", "g"))


def test_a_step_that_needs_itself_is_a_cycle_of_one():
    assert cycles(items(a="a")) == (("a",),)


def test_cycles_are_bounded():
    names = [f"s{number}" for number in range(30)]  # more than 10**30 cycles
    dense = [Item(name, tuple(other for other in names if other != name)) for name in names]
    found = cycles(dense, limit=7)
    needs = {item.id: item.needs for item in dense}
    assert len(set(found)) == 7
    assert all(after in needs[before] for cycle in found for before, after in pairwise((*cycle, cycle[0])))


def test_a_cycle_has_no_order():
    with pytest.raises(ValueError, match="steps need each other in a cycle: a -> b -> a"):
        order(items(a="b", b="a"))


def test_a_need_that_no_step_bears_is_passed_over():
    assert ids(order(items(a="nobody", b="a"))) == ["a", "b"]


def test_a_name_that_two_steps_bear_means_the_first():
    twice = [Item("a", ("b",)), Item("b", ("a",)), Item("a")]
    assert cycles(twice) == (("a", "b"),)


def test_ancestors_and_dependants_reach_through_others():
    steps = items(a="", b="a", c="b", d="", e="c d")
    assert ancestors(steps, "c") == {"a", "b"}
    assert ancestors(steps, "a") == frozenset()
    assert dependants(steps, "b") == {"c", "e"}
    assert dependants(steps, "e") == frozenset()


@given(acyclic())
def test_dependants_are_the_other_side_of_ancestors(given_items):
    above = {item.id: ancestors(given_items, item.id) for item in given_items}
    for item in given_items:
        assert dependants(given_items, item.id) == {name for name, names in above.items() if item.id in names}


@pytest.mark.parametrize("reach", [ancestors, dependants])
def test_an_unknown_name_is_refused(reach):
    with pytest.raises(KeyError, match="nobody"):
        reach(items(a=""), "nobody")
