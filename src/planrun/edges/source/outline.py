"""What a step says about other steps, read from the tree as far as it can be read.

The loader reports all faults of a plan at once. So the names between steps are looked at even where the shape of
a step is wrong, and this reading passes over what has not the shape that it expects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.edges.source.tree import Node, Scalar, child, items, text
from planrun.edges.source.words import label
from planrun.frozen import frozen

if TYPE_CHECKING:
    from planrun.errors import Place

_KINDS = ("backup", "migrate", "check", "rollback")


@frozen
class Mention:
    """A name and where it is written."""

    name: str
    place: Place


@frozen
class Outline:
    """The names in a step, and its expectations as they stand in the tree.

    Attributes:
        id: the id of the step, empty if it has none.
        label: how faults name the step.
        place: where it starts.
        kind: backup, migrate, check or rollback; None if it is not exactly one of them.
        writes_files: whether it is a backup that writes files, outside any transaction.
        mentions: the names in `needs`.
        of: the name that a rollback step reverses.
        save_as: the name under which a check saves its result.
        expects: the expectations of a check, or of the asserts of a migrate step.
    """

    id: str
    label: str
    place: Place
    kind: str | None
    writes_files: bool
    mentions: tuple[Mention, ...]
    of: Mention | None
    save_as: Mention | None
    expects: tuple[Node, ...]

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of the steps that it needs."""
        return tuple(mention.name for mention in self.mentions)


def outlines(root: Node) -> tuple[Outline, ...]:
    """Return the outlines of the steps, in the order of the file."""
    return tuple(
        _outline(step, label(root, ("steps", number))) for number, step in enumerate(items(child(root, "steps")))
    )


def _outline(step: Node, name: str) -> Outline:
    kinds = [kind for kind in _KINDS if child(step, kind)]
    backup, check = child(step, "backup"), child(step, "check")
    judged = (check, *items(child(child(step, "migrate"), "assert")))
    return Outline(
        id=text(child(step, "id")) or "",
        label=name,
        place=step.place,
        kind=kinds[0] if len(kinds) == 1 else None,
        writes_files=any(child(backup, form) for form in ("database", "csv", "files")),
        mentions=tuple(
            Mention(need.text, need.place) for need in items(child(step, "needs")) if isinstance(need, Scalar)
        ),
        of=_mention(child(child(step, "rollback"), "of")),
        save_as=_mention(child(check, "save_as")),
        expects=tuple(expect for one in judged if (expect := child(one, "expect"))),
    )


def _mention(node: Node | None) -> Mention | None:
    return Mention(node.text, node.place) if isinstance(node, Scalar) else None
