"""Renders templates: checked first, then run in the sandbox, each line of the text led back to where it was written.

Whatever is wrong with a template is found before it renders, all of it at once (`planrun.edges.render.syntax`); what
rendering itself finds is a fault with the template's line too.

Blocks leave no empty line behind (``trim_blocks``, ``lstrip_blocks``), so that the SQL reads as if written.
"""

from __future__ import annotations

import re
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError, TemplateSyntaxError

from planrun.core.script import Script
from planrun.edges.render.origins import Marks
from planrun.edges.render.pages import Pages
from planrun.edges.render.sandbox import Sandbox
from planrun.edges.render.syntax import inspect
from planrun.errors import Fault, Place, PlanInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.edges.render.limits import Limits
    from planrun.edges.render.sources import Library, Source

# What an expression of a template can raise; anything else is a fault of planrun and shows as one.
_FAILURES = (TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

# Blocks, comments and trimming move lines. Without them, and with as many lines after as before, none moved.
_SHIFTING = re.compile(r"\{[%#]|\{\{[-+]|[-+]\}\}")


class Templates:
    """The templates of one plan, and its inline texts."""

    def __init__(self, library: Library, variables: Mapping[str, Any], limits: Limits) -> None:
        self._variables = variables
        self._library = library
        self._marks = Marks()
        self._pages = Pages(library)
        self._sandbox = Sandbox(self._pages, limits, lambda _tree, _name: None)
        # Marks make the text longer, which must not count.
        roomy = replace(limits, size=limits.size * 16)
        self._marking = Sandbox(self._pages, roomy, self._marks.insert)

    def rendered(self, source: Source, name: str) -> Script:
        """Return the text of a template as a script of that name.

        Raises:
            PlanInvalid: with every fault of it and of the templates that it pulls in.
        """
        faults = inspect(source, self._pages, self._sandbox, self._variables)
        if faults:
            raise PlanInvalid(faults)
        try:
            text = self._sandbox.run(source.name, self._variables)
        except _FAILURES as error:
            raise PlanInvalid((self._failure(error, source),)) from error
        return Script(text, self._origins(source, text), name)

    def _origins(self, source: Source, text: str) -> tuple[Place, ...]:
        lines = text.count("\n")
        if not _SHIFTING.search(source.text) and lines == source.text.count("\n"):
            return tuple(source.place(line, 1) for line in range(1, lines + 2))
        try:
            found = self._marks.read(self._marking.run(source.name, self._variables), text)
        except _FAILURES:
            found = None  # the template computes with its own text, and the marks led it astray
        if found is None:
            return (Place(source.file),) * (lines + 1)
        return tuple(self._library.template(name).place(line, 1) for name, line in found)

    def _failure(self, error: Exception, source: Source) -> Fault:
        """Return the fault that a rendering ended with, at the innermost template line of its traceback."""
        if isinstance(error, TemplateSyntaxError):  # such as a block that is defined twice
            return Fault(
                f"template syntax: {_reason(error)}",
                self._library.template(error.name or source.name).place(error.lineno),
            )
        place = source.place(1)
        for frame, line in traceback.walk_tb(error.__traceback__):
            if self._library.holds(frame.f_code.co_filename):
                place = self._library.template(frame.f_code.co_filename).place(line)
        return Fault(f"the template cannot be rendered: {_reason(error)}", place)


def _reason(error: Exception) -> str:
    match error:
        case RecursionError():
            return "its macros call one another without end"
        case TemplateError(message=str(message)):
            return message
        case _:
            return str(error) or type(error).__name__
