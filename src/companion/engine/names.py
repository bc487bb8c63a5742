"""What a name may mean to a module of ours, and which names a scope binds itself; and which
statements of a module do more, when it is imported, than give names a meaning.

A registration (``@register def f``, ``class More(Base)`` where the base is told of it), a loop, a
``with``, a call: what they change may be read by anything that the module hands out. Trusted not to
do such are decorators of ``HARMLESS``, other packages where they give a value, classes of ours that
are called, and methods in ``QUIET``.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeGuard

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
IMPORTS = (ast.Import, ast.ImportFrom)
Import = ast.Import | ast.ImportFrom


class Definition(NamedTuple):
    """A top-level definition of ours: its module and its name there."""

    module: str
    name: str


class Module(str):
    """One of our modules, by its dotted name."""


class Foreign(str):
    """Something of another package, by its dotted name."""


Target = Definition | Module | Foreign


@dataclass
class Scope:
    """What a function, class or comprehension binds itself."""

    names: set[str] = field(default_factory=set)
    imports: list[Import] = field(default_factory=list)
    outer: set[str] = field(default_factory=set)  # said to be global or nonlocal
    of_class: bool = False
    targets: dict[str, Target] = field(default_factory=dict)


def bound(nodes: Iterable[ast.AST], scope: Scope | None = None) -> Scope:
    """What these statements bind in the scope they stand in.

    >>> sorted(bound(ast.parse("a, b = 1, [c for c in d]\\ndef f(): e = 1").body).names)
    ['a', 'b', 'f']
    """
    scope = scope or Scope()
    for node in nodes:
        if isinstance(node, IMPORTS):
            scope.imports.append(node)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            scope.outer.update(node.names)
        elif isinstance(node, COMPREHENSIONS):
            walrus = (n.target for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
            scope.names.update(target.id for target in walrus)
        elif isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                scope.names.add(node.id)
        elif not isinstance(node, ast.Lambda):
            own = [getattr(node, name, None) for name in ("name", "rest")]
            scope.names.update(name for name in own if isinstance(name, str))
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                bound(ast.iter_child_nodes(node), scope)
    return scope


def for_types(node: ast.AST) -> TypeGuard[ast.If]:
    """Whether this is ``if TYPE_CHECKING:``, whose body is never run."""
    return isinstance(node, ast.If) and last(node.test) == "TYPE_CHECKING"


def last(node: ast.AST | None) -> str | None:
    return getattr(node, "attr", None) or getattr(node, "id", None)


HARMLESS = (  # decorators that change nothing but what they stand on
    "abc", "builtins.classmethod", "builtins.property", "builtins.staticmethod", "contextlib",
    "dataclasses", "enum", "functools", "numba", "numpy", "torch", "typing", "typing_extensions",
)  # fmt: skip
QUIET = (  # methods that change nothing, whatever of ours they are called on
    "_asdict", "_replace", "casefold", "copy", "count", "decode", "encode", "endswith", "find",
    "findall", "finditer", "format", "fullmatch", "get", "index", "items", "join", "keys", "lower",
    "lstrip", "match", "partition", "replace", "rpartition", "rsplit", "rstrip", "search", "split",
    "splitlines", "startswith", "strip", "sub", "title", "translate", "upper", "values",
)  # fmt: skip
OF_PROPERTY = ("deleter", "getter", "setter")

# what a dotted name means to a module; None for what is no such name
Meaning = Callable[[str, ast.expr], Target | None]


class Effects:
    """Judges statements, with the names of each module and the statements that make a definition.

    >>> judge = Effects(lambda module, node: Foreign(ast.unparse(node)), lambda one: [])
    >>> [judge.acts("m", s) for s in ast.parse("x = f()\\nfor x in y: f()\\n@f\\ndef g(): 0").body]
    [False, True, True]
    """

    def __init__(
        self, means: Meaning, statements: Callable[[Definition], Sequence[ast.stmt]]
    ) -> None:
        self.means, self.statements = means, statements

    def acts(self, module: str, node: ast.AST) -> bool:
        """Whether a statement at the top of a module does more than it binds."""
        if isinstance(node, ast.If | ast.Try | ast.TryStar | ast.Match):
            return any(self.acts(module, one) for one in _inside(node))
        if isinstance(node, ast.ClassDef):
            return self._class(module, node) or any(self.acts(module, one) for one in node.body)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            return self._decorated(module, node) or self._calls(module, given)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            values = [node.value] if node.value else []
            return bool(_places(node)) or self._adds(module, node) or self._calls(module, values)
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        return not (text or isinstance(node, ast.Pass))

    def _decorated(
        self, module: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    ) -> bool:
        return any(not self._harmless(module, one) for one in node.decorator_list)

    def _harmless(self, module: str, node: ast.expr) -> bool:
        if isinstance(node, ast.Attribute) and node.attr in OF_PROPERTY:
            return True
        found = self.means(module, node.func if isinstance(node, ast.Call) else node)
        return (
            isinstance(found, Foreign)
            and any(found == one or found.startswith(f"{one}.") for one in HARMLESS)
            and not self._calls(module, node.args if isinstance(node, ast.Call) else [])
        )

    def _class(self, module: str, node: ast.ClassDef) -> bool:
        """Whether making a class does something: its decorators, its bases, its metaclass."""
        told = bool(node.keywords) or any(self._tells(module, base) for base in node.bases)
        return told or self._decorated(module, node) or self._calls(module, node.bases)

    def _tells(self, module: str, base: ast.expr) -> bool:
        """Whether a base is told of the classes below it; one that cannot be read is."""
        while isinstance(base, ast.Subscript | ast.Call):
            base = base.value if isinstance(base, ast.Subscript) else base.func
        found = self.means(module, base)
        if not isinstance(found, Definition):
            return not isinstance(found, Foreign)
        return any(
            not isinstance(one, ast.ClassDef)
            or one.keywords
            or any(getattr(part, "name", None) == "__init_subclass__" for part in one.body)
            or any(self._tells(found.module, deeper) for deeper in one.bases)
            for one in self.statements(found)
        )

    def _adds(self, module: str, node: ast.AST) -> bool:
        """Whether this is ``T += [1]`` where ``T`` is another module's too."""
        if not (isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)):
            return False
        found = self.means(module, node.target)
        made = self.statements(found) if isinstance(found, Definition) else ()
        return any(isinstance(one, IMPORTS) for one in made)

    def _calls(self, module: str, values: Iterable[ast.expr]) -> bool:
        """Whether a value calls what may change something of ours."""
        return any(self._loud(module, call.func, set(), set()) for call in _called(values))

    def _loud(self, module: str, called: ast.expr, local: set[str], seen: set[Definition]) -> bool:
        """Whether this is a method not known to be quiet, or a function of ours that changes."""
        root = _root(called)
        if isinstance(root, ast.Name) and root.id in local:
            return False
        found = self.means(module, called)
        if isinstance(found, Definition):
            return self._changes(found, seen)
        if isinstance(called, ast.Attribute) and called.attr in QUIET:
            return False
        base = self.means(module, root)
        if isinstance(base, Foreign):  # a builtin, unless it is a name of a comprehension
            return (
                isinstance(root, ast.Name)
                and base == f"builtins.{root.id}"
                and not (hasattr(builtins, root.id))
            )
        return base is not None

    def _changes(self, one: Definition, seen: set[Definition]) -> bool:
        """Whether a function of ours, or one that it calls, changes what is not its own.

        A class is trusted not to; a name of ours that is made otherwise is not.
        """
        if one in seen:
            return False
        seen.add(one)
        for made in self.statements(one):
            if isinstance(made, ast.ClassDef):
                continue
            if not isinstance(made, FUNCTIONS):
                return True
            parts = list(ast.walk(made))
            local = {p.id for p in parts if isinstance(p, ast.Name) and _set(p)}
            local |= {p.arg for p in parts if isinstance(p, ast.arg)}
            for part in parts:
                roots = [_root(place) for place in _places(part)]
                if isinstance(part, ast.Global) or any(
                    not (isinstance(root, ast.Name) and root.id in local) for root in roots
                ):
                    return True
                if isinstance(part, ast.Call) and self._loud(one.module, part.func, local, seen):
                    return True
        return False


def _set(node: ast.Attribute | ast.Subscript | ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)


def _root(node: ast.expr) -> ast.expr:
    """What attributes and items are taken of."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node


def _places(node: ast.AST) -> list[ast.expr]:
    """The attributes and items that an assignment or ``del`` sets."""
    if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete):
        return []
    targets = [node.target] if hasattr(node, "target") else node.targets
    inside = (part for target in targets for part in ast.walk(target))
    return [p for p in inside if isinstance(p, ast.Attribute | ast.Subscript) and _set(p)]


def _inside(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements right under a condition."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from child.body


def _called(values: Iterable[ast.AST]) -> Iterator[ast.Call]:
    """The calls in a value that are made at once: not those of a ``lambda``."""
    for node in values:
        if not isinstance(node, ast.Lambda):
            if isinstance(node, ast.Call):
                yield node
            yield from _called(ast.iter_child_nodes(node))
