"""What a name may mean to a module of ours, and which names a scope binds itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable
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
