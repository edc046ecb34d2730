"""Templates taken apart: each is parsed once, however often it is pulled in, inspected and made to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from jinja2 import nodes

from planrun.edges.render import bindings, words
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

    from planrun.edges.render.bindings import Other
    from planrun.edges.render.sources import Library, Source

NodeT = TypeVar("NodeT", bound=nodes.Node)


@frozen
class Page:
    """A parsed template, the names that it declares, and the text of each expression that it puts out.

    Attributes:
        tree: its syntax tree, which nobody changes; see `copied`.
        written: the expressions, by the `id` of their nodes.
    """

    source: Source
    tree: nodes.Template
    declared: Mapping[str, Other]
    written: Mapping[int, words.Expression]


class Pages:
    """The pages of a library."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._known: dict[str, Page] = {}

    def page(self, source: Source, environment: Environment) -> Page:
        """Return the page of a source; all environments take it apart in the same way.

        Raises:
            TemplateSyntaxError: it cannot be taken apart.
        """
        if source.name not in self._known:
            self._known[source.name] = _parsed(source, environment)
        return self._known[source.name]


def _parsed(source: Source, environment: Environment) -> Page:
    tree = environment.parse(source.text, source.name, source.name)
    written = words.expressions(environment, source.text)
    outputs = [
        child
        for output in tree.find_all(nodes.Output)
        for child in output.nodes
        if not isinstance(child, nodes.TemplateData)
    ]
    # Both are in the order of the text; should they ever not pair, a fault has its line alone.
    paired = zip(outputs, written, strict=False) if len(outputs) == len(written) else ()
    return Page(source, tree, bindings.declared(tree), {id(node): text for node, text in paired})


def copied(node: NodeT) -> NodeT:
    """Return a node and all below it anew, to be changed: that is much quicker than to parse them again."""
    copy = object.__new__(type(node))
    vars(copy).update(vars(node))
    for name, value in node.iter_fields():
        if isinstance(value, nodes.Node):
            setattr(copy, name, copied(value))
        elif isinstance(value, list):
            setattr(copy, name, [copied(item) if isinstance(item, nodes.Node) else item for item in value])
    return copy
