"""From text to a tree of nodes; everything that is wrong with the YAML itself is found here.

The tree is built from the parser's events rather than by PyYAML's composer: events still show anchors and
aliases, which the composer resolves without a word, and the depth can be held while they come in.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import yaml

from planrun.edges.source.scalars import resolve
from planrun.edges.source.tree import Entry, Keyed, Listing, Node, Scalar
from planrun.edges.source.words import quoted
from planrun.errors import Fault, Place, PlanInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEEPEST = 64
"""How many lists and mappings may lie inside one another."""

# The parser in C is many times as fast; a PyYAML built without libyaml lacks it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# NUL, which no text in PostgreSQL can hold, and halves of surrogate pairs, which are no characters.
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")

_QUOTE_HINT = "a value that starts with one of { [ % @ ` & * ! or holds ': ' wants quotes around it"


def compose(text: str, file: str) -> tuple[Node, tuple[Fault, ...]]:
    """Return the tree of the one document in `text`, and the faults after which reading could go on.

    A key that is written twice counts as first written, a tag and an anchor as absent, an alias as null.

    Raises:
        PlanInvalid: the text is not YAML, holds no document, or is nested too deeply.
    """
    composer = _Composer(text, file)
    try:
        root = composer.document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        raise PlanInvalid((*composer.faults, composer.syntax_fault(error))) from None
    return root, tuple(composer.faults)


class _Composer:
    """Turns a stream of events into nodes, and collects what is wrong on the way."""

    def __init__(self, text: str, file: str) -> None:
        self.faults: list[Fault] = []
        self._file = file
        self._lines = text.splitlines()

    def document(self, events: Iterator[Any]) -> Node:
        """Return the first document, and refuse a second one."""
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                message = "wanted one plan in a file, found a second document that starts here"
                self.faults.append(Fault(message, self._place(event.start_mark)))
                return root
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event, events, 1)
        if root is None:
            hint = "planrun init makes a folder with a first plan to go by"
            raise PlanInvalid((Fault("wanted a plan, found an empty file", Place(self._file, 1, 1), hint),))
        return root

    def syntax_fault(self, error: yaml.MarkedYAMLError) -> Fault:
        """Return what the parser says as a fault."""
        context = f" {error.context}" if error.context else ""
        mark, start = error.problem_mark, error.context_mark
        if mark is None:
            return Fault(f"not YAML: {error.problem}{context}", Place(self._file))
        since = f" that starts at line {start.line + 1}" if start and start.line != mark.line else ""
        is_tab = mark.line < len(self._lines) and self._lines[mark.line][mark.column :].startswith("\t")
        hint = "indent with spaces, not with tabs" if is_tab else _QUOTE_HINT
        return Fault(f"not YAML: {error.problem}{context}{since}", self._place(mark), hint)

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        place = self._place(event.start_mark)
        self._refuse_properties(event, place)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, place)
        if isinstance(event, yaml.AliasEvent):
            return Scalar("", None, place, place)
        if depth > DEEPEST:
            message = f"lists and mappings lie more than {DEEPEST} deep inside one another"
            raise PlanInvalid((*self.faults, Fault(message, place)))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._listing(events, place, depth)
        return self._keyed(events, place, depth)

    def _refuse_properties(self, event: Any, place: Place) -> None:
        """Report what a plan may not use: an alias, an anchor, a tag."""
        if isinstance(event, yaml.AliasEvent):
            hint = "write the value out; text that starts with * wants quotes around it"
            self.faults.append(Fault(f"aliases such as *{event.anchor} are not allowed in a plan", place, hint))
            return
        if event.anchor is not None:
            hint = "remove it; text that starts with & wants quotes around it"
            self.faults.append(Fault(f"anchors such as &{event.anchor} are not allowed in a plan", place, hint))
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            hint = "remove it; text that starts with ! wants quotes around it"
            self.faults.append(Fault(f"tags such as {quoted(tag)} are not allowed in a plan", place, hint))

    def _listing(self, events: Iterator[Any], place: Place, depth: int) -> Listing:
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._node(event, events, depth + 1))
        return Listing(tuple(items), place)

    def _keyed(self, events: Iterator[Any], place: Place, depth: int) -> Keyed:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._node(event, events, depth + 1)
            entry = Entry(key.place, self._node(next(events), events, depth + 1))
            wrong = self._key_fault(key, event, entries)
            if wrong is not None:
                self.faults.append(wrong)
            elif isinstance(key, Scalar):
                entries[key.text] = entry
        return Keyed(entries, place)

    def _key_fault(self, key: Node, event: Any, known: dict[str, Entry]) -> Fault | None:
        """Return why the node cannot be a key here, None if it can."""
        match key:
            case Keyed() | Listing():
                kind = "mapping" if isinstance(key, Keyed) else "list"
                hint = "text that starts with { or [ wants quotes around it"
                return Fault(f"wanted a word as a key, found a {kind}", key.place, hint)
            case Scalar(text="<<") if not event.style:
                return Fault("merge keys (<<) are not allowed in a plan", key.place, "write the keys out")
            case Scalar(text=text) if text in known:
                message = f"the key {quoted(text)} is written twice, first at {known[text].place}"
                return Fault(message, key.place, "remove one of them")
            case _:
                return None

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> Scalar:
        text: str = event.value
        value = text if event.style else resolve(text)
        if isinstance(value, float) and not math.isfinite(value):
            hint = "put quotes around it if it is meant as text"
            self.faults.append(Fault(f"wanted a finite number, found {text}", place, hint))
        stray = _NOT_STORABLE.search(text)
        if stray:
            message = f"found the character {quoted(stray[0])}, which PostgreSQL cannot store in text"
            self.faults.append(Fault(message, place, "remove it"))
        return Scalar(text, value, place, self._origin(event, place))

    def _origin(self, event: yaml.ScalarEvent, place: Place) -> Place:
        """Return where the first character of a scalar's text stands."""
        if not event.style:
            return place
        if event.style in {"'", '"'}:
            return Place(place.file, place.line, place.column + 1)
        # A block starts below its sign. Its indentation is what its first line that is not blank has more
        # of in the file than in the text.
        below = (self._lines[number] for number in range(place.line, len(self._lines)))
        indent = _indent(below) - _indent(event.value.splitlines())
        return Place(place.file, place.line + 1, indent + 1)

    def _place(self, mark: Any) -> Place:
        return Place(self._file, mark.line + 1, mark.column + 1)


def _indent(lines: Iterable[str]) -> int:
    """Return by how many spaces the first line that is not blank is indented."""
    first = next((line for line in lines if line.strip(" ")), "")
    return len(first) - len(first.lstrip(" "))
