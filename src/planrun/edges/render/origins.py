"""Finds for each line of a rendered text the line of the template that it came from.

A second rendering carries marks: each piece of template text, and each expression, is led by a mark that
numbers its place. Reading the marks off gives the places, through loops, includes and macros.
"""

from __future__ import annotations

import re

from jinja2 import nodes

# Two noncharacters of Unicode: no text that is meant for people holds them.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_MARK = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")


class Marks:
    """Numbers the places of templates, and reads the numbers off a rendered text."""

    def __init__(self) -> None:
        self._places: list[tuple[str, int]] = []

    def insert(self, tree: nodes.Template, name: str) -> None:
        """Put marks into the syntax tree of the template `name`."""
        for output in tree.find_all(nodes.Output):
            marked: list[nodes.Expr] = []
            for child in output.nodes:
                if isinstance(child, nodes.TemplateData):
                    child.data = self._marked(child.data, name, child.lineno)
                else:
                    mark = nodes.TemplateData(self._mark(name, child.lineno), lineno=child.lineno)
                    marked.append(mark)
                marked.append(child)
            output.nodes = marked

    def _marked(self, text: str, name: str, line: int) -> str:
        lines = text.split("\n")
        return "\n".join(self._mark(name, line + index) + each for index, each in enumerate(lines))

    def _mark(self, name: str, line: int) -> str:
        self._places.append((name, line))
        return f"{_OPEN}{len(self._places) - 1}{_CLOSE}"

    def read(self, marked: str, plain: str) -> list[tuple[str, int]] | None:
        """Return template and line for each line of `plain`; None if marks changed what was rendered.

        They do where a template looks at text that it rendered itself, such as the length of a macro's result.
        """
        if _OPEN in plain or _MARK.sub("", marked) != plain:
            return None
        found, current = [], "0"
        for line in marked.split("\n"):
            origin, current = _origin(line, current)
            found.append(self._places[int(origin)])
        return found


def _origin(line: str, current: str) -> tuple[str, str]:
    """Return the mark before the first visible character of a line, and the line's last mark.

    The indentation may come from elsewhere; what is read is what counts.
    """
    origin, visible = current, False
    for index, piece in enumerate(_MARK.split(line)):
        if index % 2:  # the pattern's group stands between the pieces of text
            current = piece
            origin = origin if visible else current
        else:
            visible = visible or bool(piece.strip())
    return origin, current
