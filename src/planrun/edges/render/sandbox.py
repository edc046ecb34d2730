"""What a template may reach while it renders: plan variables, macros, loops, and a short list of filters.

Nothing here trusts the check of the syntax tree (`planrun.edges.render.syntax`): whatever reaches the SQL must
have come out of a final filter or a macro, or `finalize` refuses it; only macros, `range` and the read methods
of a mapping can be called; text and numbers have no attributes at all.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from types import BuiltinMethodType, MethodType
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, StrictUndefined, Template, TemplateNotFound, TemplateRuntimeError, Undefined, nodes
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from planrun.core import quoting
from planrun.edges.render.pages import copied
from planrun.edges.render.sources import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from jinja2 import Environment
    from jinja2.runtime import Context

    from planrun.edges.render.limits import Limits
    from planrun.edges.render.pages import Pages

FINAL = ("ident", "literal", "sql")
"""The filters that say what a value is; one of them ends every ``{{ … }}``."""

MAPPING_METHODS = frozenset({"get", "items", "keys", "values"})
"""What can be called on a mapping."""

# They shape values and lists; none of them calls its argument, formats, or depends on the clock or a seed.
_SHAPING = (
    "count first join last length list lower map replace reverse sort trim unique upper".split()  # noqa: SIM905
)


class LimitError(TemplateRuntimeError):
    """A template used more than its limits allow."""


class Safe(str):
    """Text that came out of a final filter or a macro. What is computed from it is plain text again."""

    __slots__ = ()


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment that templates render in."""

    # Repetition, powers and % formatting make gigabytes out of a few characters.
    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, pages: Pages, limits: Limits, edit: Callable[[nodes.Template, str], None]) -> None:
        """Make an environment that loads from `pages`; `edit` may change each syntax tree before it compiles."""
        super().__init__(
            loader=_Loader(pages, edit),
            undefined=StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        self.filters = {name: self.filters[name] for name in _SHAPING} | {
            "ident": _ident,
            "literal": _literal,
            "sql": _sql,
        }
        self.limits = limits
        self.globals.clear()
        self.globals["range"] = self._range
        self._turns = 0
        self._deadline = 0.0

    def run(self, name: str, variables: Mapping[str, Any]) -> str:
        """Render a template within the limits.

        Raises:
            LimitError: it used more than its limits allow.
        """
        self._turns = 0
        self._deadline = time.monotonic() + self.limits.seconds
        chunks, size = [], 0
        for chunk in self.get_template(name).generate(variables):
            size += len(chunk.encode())
            if size > self.limits.size:
                raise LimitError(f"the rendered text is larger than {self.limits.size} bytes")
            self._check_clock()
            chunks.append(chunk)
        return "".join(chunks)

    def turn(self) -> None:
        """Count one turn of a loop, one call or one include.

        Raises:
            LimitError: it was one too many, or took too long.
        """
        self._turns += 1
        if self._turns > self.limits.turns:
            raise LimitError(f"the template took more than {self.limits.turns} turns of loops and calls")
        self._check_clock()

    def _check_clock(self) -> None:
        if time.monotonic() > self._deadline:
            raise LimitError(f"the template did not end within {self.limits.seconds:g} s")

    def _range(self, *bounds: int) -> range:
        numbers = range(*bounds)
        # len() itself fails beyond the platform's largest index.
        if (numbers.stop - numbers.start) // numbers.step > self.limits.span:
            raise LimitError(f"range() may give {self.limits.span} numbers at most")
        return numbers

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002  the name is Jinja's
    ) -> Template:
        """Load a template; each include is a turn."""
        self.turn()
        return super().get_template(name, parent, globals)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a key of a mapping before a method of the same name: a plan may declare ``values``."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Allow the read methods of a mapping, and what Jinja's own loop and module objects offer."""
        if isinstance(obj, Mapping):
            return attr in MAPPING_METHODS
        offered = isinstance(obj, LoopContext | TemplateModule)
        return offered and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Allow multiplication and remainder of numbers only, and no powers."""
        if operator == "**" or not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError(f"a template cannot compute {type(left).__name__} {operator} {type(right).__name__}")
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a macro (what it returns was filtered inside it), `range`, or a read method of a mapping."""
        self.turn()
        if obj == self.turn:
            return None
        result = super().call(context, self._callable(obj), *args, **kwargs)
        return Safe(result) if isinstance(obj, Macro | BlockReference | LoopContext) else result

    def _callable(self, obj: Any) -> Any:
        if isinstance(obj, Undefined):
            str(obj)  # raises and names it
        if isinstance(obj, Macro | BlockReference | LoopContext) or obj == self._range:
            return obj
        owner = obj.__self__ if isinstance(obj, BuiltinMethodType | MethodType) else None
        reads = isinstance(owner, Mapping) and obj.__name__ in MAPPING_METHODS
        if reads or (isinstance(owner, LoopContext) and obj.__name__ in {"cycle", "changed"}):
            return obj
        raise SecurityError("a template can call macros, range, and get, items, keys and values of a mapping")


class _Loader(BaseLoader):
    def __init__(self, pages: Pages, edit: Callable[[nodes.Template, str], None]) -> None:
        self._pages = pages
        self._edit = edit

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002  the name is Jinja's
    ) -> Template:
        try:
            source = self._pages.library.template(name)
        except UnreadableError as error:
            raise TemplateNotFound(name, str(error)) from error
        tree = copied(self._pages.page(source, environment).tree)
        self._edit(tree, name)
        _count_turns(tree, environment)
        code = environment.compile(tree, name, name)
        return environment.template_class.from_code(environment, code, globals or {})


def _count_turns(tree: nodes.Template, environment: Environment) -> None:
    """Put a call of `Sandbox.turn` at the head of every loop's body: an empty loop yields nothing to count."""
    for loop in tree.find_all(nodes.For):
        call = nodes.Call(nodes.EnvironmentAttribute("turn"), [], [], None, None)
        statement = nodes.ExprStmt(call).set_lineno(loop.lineno, override=True)
        statement.set_environment(environment)
        loop.body.insert(0, statement)


# --- filters -----------------------------------------------------------------------------------


def _finalize(value: Any) -> Safe:
    if isinstance(value, Undefined):
        str(value)  # raises and names it
    if not isinstance(value, Safe):
        raise SecurityError(f"a value of type {type(value).__name__} reached the SQL without a final filter")
    return value


def _ident(value: Any) -> Safe:
    return Safe(_each(value, _name))


def _literal(value: Any) -> Safe:
    return Safe(_each(value, quoting.literal))


def _sql(value: Any) -> Safe:
    if isinstance(value, Undefined):
        str(value)  # raises and names it
    if not isinstance(value, str):
        raise quoting.UnquotableError(f"| sql wants text, found {type(value).__name__}")
    return Safe(value)


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise quoting.UnquotableError(f"| ident wants a name, found {type(value).__name__}")
    return quoting.identifier(value)


def _each(value: Any, write: Callable[[Any], str]) -> str:
    """Write one value, or those of a list with commas between them."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        return write(value)
    written = [write(item) for item in value]
    if not written:
        raise quoting.UnquotableError("an empty list cannot be written: SQL has no empty list of names or values")
    return ", ".join(written)
