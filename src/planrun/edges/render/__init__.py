"""Turns the SQL sources of a plan into the text that is sent: Jinja, sandboxed, or a file as it stands.

Rendering depends on the plan's variables and the files under ``templates/`` alone: no clock, no environment,
no random order. A text without any bracket of Jinja stands as it is, and Jinja is not loaded for it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from planrun.core.plan import Inline, Template, Verbatim
from planrun.core.script import Script
from planrun.edges.render.limits import Limits
from planrun.edges.render.sources import Library, Source, UnreadableError
from planrun.errors import PlanInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from planrun.core.plan import SqlSource
    from planrun.edges.render.templates import Templates

__all__ = ["Limits", "Renderer"]

_BRACKETS = ("{{", "{%", "{#")


class Renderer:
    """Renders the SQL of one plan."""

    def __init__(self, project: Path, variables: Mapping[str, Any], limits: Limits | None = None) -> None:
        """Make a renderer.

        Args:
            project: the folder that holds ``templates/``.
            variables: the plan's `vars`: plain data.
            limits: what one rendering may use.
        """
        self._variables = variables
        self._library = Library(project)
        self._limits = limits or Limits()

    def render(self, source: SqlSource) -> Script:
        """Return the SQL of a source.

        Raises:
            PlanInvalid: with every fault of the source and of the templates that it pulls in.
        """
        try:
            match source:
                case Verbatim(path=path):
                    return _as_it_stands(Source(path, self._library.verbatim(path), path), path)
                case Template(path=path):
                    found = self._library.template(path)
                    return self._rendered(found, found.file)
                case Inline(place=place):
                    name = f"{place.file}:{place.line}" if place.line else place.file
                    return self._rendered(self._library.inline(source), name)
        except UnreadableError as error:
            raise PlanInvalid((replace(error.fault, place=source.place),)) from error

    def _rendered(self, source: Source, name: str) -> Script:
        if not any(bracket in source.text for bracket in _BRACKETS):
            return _as_it_stands(source, name)
        return self._templates.rendered(source, name)

    @cached_property
    def _templates(self) -> Templates:
        from planrun.edges.render.templates import Templates  # noqa: PLC0415  a plan may do without Jinja

        return Templates(self._library, self._variables, self._limits)


def _as_it_stands(source: Source, name: str) -> Script:
    lines = range(1, source.text.count("\n") + 2)
    return Script(source.text, tuple(source.place(line, 1) for line in lines), name)
