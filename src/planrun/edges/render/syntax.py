"""Finds every fault of a template before it renders, in branches that are not taken too.

The walk goes through the syntax tree of a template and of all that it includes, imports and extends. It holds
two rules. Every output is the template's own text, the call of a macro, or ends in a filter that says what the
value is; `sql` takes only what the plan's variables hold, by name, attribute, index or loop. And every name,
and every path into the plan's variables, exists.

Scopes are kept on the safe side: a name that a template assigns anywhere counts as unknown everywhere in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace  # noqa: TID251  one that changes
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateSyntaxError, nodes

from planrun.edges.render import words
from planrun.edges.render.bindings import Known, Other, bind_targets, resolve
from planrun.edges.render.sandbox import FINAL, MAPPING_METHODS
from planrun.edges.render.sources import UnreadableError
from planrun.errors import Fault, Place
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from planrun.edges.render.bindings import Scope
    from planrun.edges.render.pages import Page, Pages
    from planrun.edges.render.sandbox import Sandbox
    from planrun.edges.render.sources import Source

_MOST_VISITS = 1_000
"""How many templates one template may pull in, counted each time."""

_REFUSED: dict[type[nodes.Node], tuple[str, str]] = {
    nodes.FilterBlock: ("a filter block", "filter each value where it is written"),
    nodes.ScopedEvalContextModifier: ("an autoescape block", "HTML escaping has no place in SQL; remove it"),
    nodes.EvalContextModifier: ("an evaluation modifier", "remove it"),
}


def inspect(source: Source, pages: Pages, sandbox: Sandbox, variables: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Return all faults of a template and of what it pulls in, each once, by place."""
    inspection = _Inspection(pages, sandbox)
    scope: Scope = {name: Known((value,), name) for name, value in variables.items()}
    inspection.template(source, scope, ())
    return tuple(sorted(inspection.faults, key=lambda fault: (fault.place or Place(""), fault.message)))


@dataclass(slots=True)
class _Inspection:
    """What is common to the walk through one template and all that it pulls in."""

    pages: Pages
    sandbox: Sandbox
    faults: dict[Fault, None] = field(default_factory=dict)
    visits: int = 0

    def template(self, source: Source, scope: Scope, above: tuple[str, ...]) -> None:
        """Walk a template, and those that it extends, in the scope that it would render in."""
        page = self._page(source)
        if page is None:
            return
        walk = _Walk(self, page, {}, (*above, source.name))
        chain = [walk, *walk.parents(scope)]
        assigned = [each.page.declared for each in chain]
        # Blocks of one template see what another one of the chain assigns.
        root = {**scope, "self": Other.MODULE, **{k: v for one in assigned for k, v in one.items()}}
        root |= {name: Other.UNKNOWN for one in assigned for name, kind in one.items() if kind is Other.UNKNOWN}
        for each in chain:
            replace(each, root=root).statements(each.page.tree.body, root)

    def _page(self, source: Source) -> Page | None:
        try:
            return self.pages.page(source, self.sandbox)
        except TemplateSyntaxError as error:
            message = f"template syntax: {(error.message or 'unknown').rstrip('.')}"
            self.faults[Fault(message, source.place(error.lineno))] = None
            return None


@frozen
class _Walk:
    """The walk through one template.

    Attributes:
        root: what a block sees, wherever it stands.
        above: the templates that led here, this one included.
    """

    inspection: _Inspection
    page: Page
    root: Scope
    above: tuple[str, ...]

    # --- statements ---

    def statements(self, body: Iterable[nodes.Node], scope: Scope) -> None:
        """Walk nodes one after the other in one scope."""
        for node in body:
            self.node(node, scope)

    def node(self, node: nodes.Node, scope: Scope) -> None:  # noqa: C901, PLR0912  one case for a kind of node
        """Walk a node and all below it."""
        match node:
            case nodes.Output():
                self._outputs(node, scope)
            case nodes.For():
                self._loop(node, scope)
            case nodes.Macro() | nodes.CallBlock():
                self._macro(node, scope)
            case nodes.With():
                self.statements(node.values, scope)
                self.statements(node.body, {**scope, **_unknown(node.targets)})
            case nodes.Block():
                if node.scoped:  # another template's block of that name would see this one's loop variables
                    self._fault(node, "a scoped block is not allowed in SQL templates", "write a macro instead")
                self.statements(node.body, {**self.root, "super": Other.MACRO})
            case nodes.Include() | nodes.Import() | nodes.FromImport():
                self._follow(node, scope)
            case nodes.Extends():
                pass  # the chain was followed from its end
            case nodes.FilterBlock() | nodes.ScopedEvalContextModifier() | nodes.EvalContextModifier():
                what, cure = _REFUSED[type(node)]
                self._fault(node, f"{what} is not allowed in SQL templates", cure)
            case nodes.Name(ctx="load", name=name) if name not in scope and name != "range":
                self._undeclared(node, name, scope)
            case nodes.Test(name="defined" | "undefined", node=nodes.Getattr(node=owner)):
                self.node(owner, scope)  # what may be absent is what is asked
            case nodes.Call():
                self._call(node, scope)
            case nodes.Expr():
                self._expression(node, scope)
            case _:
                self.statements(node.iter_child_nodes(), scope)

    def _loop(self, node: nodes.For, scope: Scope) -> None:
        self.node(node.iter, scope)
        items = None if node.recursive else resolve(node.iter, scope)
        bound = bind_targets(node.target, items.items() if items else None)
        # A name that is also assigned or imported somewhere in the template may hold that.
        bound |= {name: Other.UNKNOWN for name in bound if name in self.page.declared}
        inside = {**scope, **bound, "loop": Other.MACRO if node.recursive else Other.UNKNOWN}
        if node.test is not None:
            self.node(node.test, inside)
        self.statements(node.body, inside)
        self.statements(node.else_, scope)

    def _macro(self, node: nodes.Macro | nodes.CallBlock, scope: Scope) -> None:
        inside = {**scope, **_unknown(node.args)}
        self.statements(node.defaults, inside)
        if isinstance(node, nodes.CallBlock):
            self.node(node.call, scope)
            if not self._is_macro(node.call, scope):
                self._fault(node, "a call block wants a macro", "name a macro of this template or an imported one")
        else:
            inside |= {"caller": Other.MACRO, "varargs": Other.UNKNOWN, "kwargs": Other.UNKNOWN}
        self.statements(node.body, inside)

    # --- other templates ---

    def parents(self, scope: Scope) -> list[_Walk]:
        """Return the walks through the templates that this one extends, nearest first."""
        extends = self.page.tree.find(nodes.Extends)
        source = None if extends is None else self._source(extends)
        page = None if source is None else self.inspection._page(source)  # noqa: SLF001  one class in two halves
        if source is None or page is None:
            return []
        walk = _Walk(self.inspection, page, {}, (*self.above, source.name))
        return [walk, *walk.parents(scope)]

    def _follow(self, node: nodes.Include | nodes.Import | nodes.FromImport, scope: Scope) -> None:
        source = self._source(node)
        if source is not None:
            seen = scope if node.with_context else {}
            self.inspection.template(source, seen, self.above)

    def _source(self, node: nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport) -> Source | None:
        name = node.template.value if isinstance(node.template, nodes.Const) else None
        if not isinstance(name, str):
            self._fault(node, "the name of another template must be a constant text", "write the name in quotes")
            return None
        self.inspection.visits += 1
        if name in self.above:
            chain = " -> ".join([*self.above[self.above.index(name) :], name])
            self._fault(node, f"template {name!r} pulls in itself: {chain}")
        elif len(self.above) > self.inspection.sandbox.limits.depth or self.inspection.visits > _MOST_VISITS:
            self._fault(node, "templates pull in one another too deeply or too often")
        else:
            try:
                return self.inspection.pages.library.template(name)
            except UnreadableError as error:
                if not (isinstance(node, nodes.Include) and node.ignore_missing):
                    self._fault(node, error.fault.message, error.fault.hint)
        return None

    # --- outputs ---

    def _outputs(self, node: nodes.Output, scope: Scope) -> None:
        for child in node.nodes:
            if not isinstance(child, nodes.TemplateData):
                self._ending(child, child, scope)

    def _ending(self, node: nodes.Expr, output: nodes.Expr, scope: Scope) -> None:
        """Demand that an output, or each branch of a conditional one, says what it is."""
        match node:
            case nodes.CondExpr(test=test, expr1=first, expr2=second) if second is not None:
                self.node(test, scope)
                self._ending(first, output, scope)
                self._ending(second, output, scope)
            case nodes.Filter(name="sql", node=value) if value is not None:
                self._trusted(value, output, scope)
                self._below(node, scope)
            case nodes.Filter(name=name) if name in FINAL:
                self._below(node, scope)
            case nodes.Call() if self._is_macro(node, scope):
                self.node(node, scope)
            case nodes.Filter(name=name) if name not in self.inspection.sandbox.filters:
                self.node(node, scope)  # it is meant to say what the value is, and is told by itself
            case _:
                self._unfiltered(output)
                self.node(node, scope)

    def _trusted(self, value: nodes.Expr, output: nodes.Expr, scope: Scope) -> None:
        if resolve(value, scope) is None:
            text = self._written(output)
            message = f"{text} is not a fragment that the plan declares"
            hint = "sql takes a name under vars:, or an item of one, unchanged; use literal or ident for values"
            self._fault(output, message, hint, text)

    def _unfiltered(self, output: nodes.Expr) -> None:
        text = self._written(output)
        message = f"{text} reaches the SQL without a filter that says what it is"
        hint = "end it with | ident for a name, | literal for a value, or | sql for a fragment from vars:"
        self._fault(output, message, hint, text)

    def _written(self, output: nodes.Expr) -> str:
        expression = self.page.written.get(id(output))
        return expression.text if expression else "an expression"

    # --- expressions ---

    def _expression(self, node: nodes.Expr, scope: Scope) -> None:
        match node:
            case nodes.Getattr(attr=attr) if attr.startswith("_"):
                self._fault(node, f"the attribute {attr!r} is out of reach of templates", None, attr)
            case nodes.Getattr(node=owner, attr=key) | nodes.Getitem(node=owner, arg=nodes.Const(value=key)):
                self._path(node, resolve(owner, scope), key)
            case nodes.Filter(name=name) if name in FINAL:
                self._fault(node, f"{name} must be the last filter of an output", None, name)
            case nodes.Filter(name=name) if name not in self.inspection.sandbox.filters:
                allowed = sorted(self.inspection.sandbox.filters)
                hint = words.nearest(name, allowed) or f"the filters are {', '.join(allowed)}"
                self._fault(node, f"there is no filter {name!r}", hint, name)
            case nodes.Test(name=name) if name not in self.inspection.sandbox.tests:
                self._fault(node, f"there is no test {name!r}", None, name)
        self._below(node, scope)

    def _below(self, node: nodes.Node, scope: Scope) -> None:
        self.statements(node.iter_child_nodes(), scope)

    def _path(self, node: nodes.Expr, owner: Known | None, key: Any) -> None:
        # What a loop variable holds is looked at when it renders: items may differ in their keys.
        if owner is None or owner.path is None or not owner.values or owner.member(key).values:
            return
        held = owner.values[0]
        hint = words.known(key, held) if hasattr(held, "keys") else f"{owner.path} is {words.kind(held)}"
        self._fault(node, f"{owner.path} has no {key!r} in the plan's vars", hint, str(key))

    def _undeclared(self, node: nodes.Node, name: str, scope: Scope) -> None:
        cure = words.nearest(name, [known for known, kind in scope.items() if isinstance(kind, Known)])
        self._fault(node, f"{name!r} is not defined", cure or "declare it under vars: in the plan", name)

    def _call(self, node: nodes.Call, scope: Scope) -> None:
        match node.node:
            case nodes.Name(name="range" | "loop"):
                pass
            case nodes.Name(name=name) if not isinstance(scope.get(name), Known):
                self.node(node.node, scope)
            case nodes.Getattr(node=nodes.Name(name=name), attr=attr) if scope.get(name) is Other.MODULE or (
                name == "loop" and attr in {"cycle", "changed"}
            ):
                pass
            case nodes.Getattr(node=owner, attr=attr) if attr in MAPPING_METHODS:
                self.node(owner, scope)
            case _:
                offered = "macros, range, and get, items, keys and values of a mapping"
                self._fault(node, "this cannot be called from a template", f"what can be called: {offered}")
                self.node(node.node, scope)
        self.statements((*node.args, *node.kwargs), scope)
        self.statements((each for each in (node.dyn_args, node.dyn_kwargs) if each is not None), scope)

    @staticmethod
    def _is_macro(call: nodes.Call, scope: Scope) -> bool:
        match call.node:
            case nodes.Name(name=name):
                return scope.get(name) is Other.MACRO
            case nodes.Getattr(node=nodes.Name(name=name)):
                return scope.get(name) is Other.MODULE
            case _:
                return False

    def _fault(self, node: nodes.Node, message: str, hint: str | None = None, text: str = "") -> None:
        source = self.page.source
        expression = self.page.written.get(id(node))
        line, column = (expression.line, expression.column) if expression else (node.lineno, 0)
        place = source.place(line, column or words.column(source.text, line, text))
        self.inspection.faults[Fault(message, place, hint)] = None


def _unknown(targets: Iterable[nodes.Expr]) -> dict[str, Other]:
    return {name.name: Other.UNKNOWN for target in targets for name in _names(target)}


def _names(target: nodes.Node) -> list[nodes.Name]:
    return [target] if isinstance(target, nodes.Name) else list(target.find_all(nodes.Name))
