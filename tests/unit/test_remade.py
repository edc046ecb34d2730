from dataclasses import replace

from planrun.core.foreign_keys import ForeignKey
from planrun.core.remade import Moved, recognized
from planrun.core.undo import Captured, Changed, Copy, Remade, SideColumn, Undo


def column(attnum, number=0):
    return SideColumn(attnum, f"c{attnum}", f"c{attnum}", "integer", exact=True, number=number)


def table(oid, *columns):
    return Captured(oid, "public.t", "public.t", columns[:1], columns, "planrun.image_1_0_1")


WRITTEN = Undo(
    captured=(table(1, column(1), column(3)),),
    copy=Copy(1, (1, 3), "public.copy"),
    objects=(Changed("pg_class", 1, "table t"), Changed("pg_proc", 1, "function f")),
    foreign_keys=(ForeignKey(2, "public.c", 1, (("p", 3, "="),), (5,), (), acts=False),),
    remade=(Remade(1, "public.t", ((3, "c3"),), whole=False),),
)
DROPPED = Moved(7, 1, 9, {1: 1, 3: 2})


def test_nothing_moved_nothing_changed():
    assert recognized(WRITTEN, []) is WRITTEN


def test_a_table_that_was_made_again_is_recognized_with_its_columns():
    found = recognized(WRITTEN, [DROPPED])
    assert found.captured == (replace(table(9, column(1, 1), column(3, 2))),)
    assert found.captured[0].side == WRITTEN.captured[0].side
    assert found.copy == Copy(9, (1, 2), "public.copy")
    assert [(item.catalog, item.oid) for item in found.objects or ()] == [("pg_class", 9), ("pg_proc", 1)]
    assert (found.foreign_keys[0].parent, found.foreign_keys[0].pairs) == (9, (("p", 2, "="),))
    assert (found.foreign_keys[0].child, found.foreign_keys[0].child_attnums) == (2, (5,))
    assert found.remade == (Remade(9, "public.t", ((2, "c3"),), whole=False),)


def test_a_column_alone_that_was_made_again_leaves_the_others():
    (found,) = recognized(WRITTEN, [Moved(7, 1, 1, {3: 4})]).captured
    assert [item.current for item in found.columns] == [1, 4]


def test_what_was_made_again_twice_is_followed():
    (found,) = recognized(WRITTEN, [DROPPED, Moved(8, 9, 12, {1: 2, 2: 1})]).captured
    assert (found.oid, [item.current for item in found.columns]) == (12, [2, 1])


def test_a_column_that_its_table_lacked_when_it_was_made_again_is_taken_for_none_until_it_is_back():
    without = Moved(7, 1, 9, {1: 1})
    (found,) = recognized(WRITTEN, [without]).captured
    assert found.columns[1].current == -3
    (found,) = recognized(WRITTEN, [without, Moved(8, 9, 9, {-3: 3})]).captured
    assert found.columns[1].current == 3
