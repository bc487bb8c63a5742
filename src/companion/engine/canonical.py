"""One definition as a text of our own: the same in every Python, in every file, in every layout.

``ast.dump`` differs between Pythons and names follow the file they stand in. Here docstrings,
comments, annotations and imports are left out, and each name is written as what it means: a name
of the function itself as it is, one of another package in full (``numpy.linalg.norm``), and one of
our own definitions as a mark, so that neither its module nor its name is part of the text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from companion.engine.names import (
    IMPORTS,
    Definition,
    Foreign,
    Import,
    Module,
    Scope,
    Target,
    bound,
    for_types,
    last,
)
from factrank.errors import FactrankError

# context follows from the place; the rest says nothing of what is computed
SILENT = {
    "annotation", "ctx", "kind", "returns", "simple", "type_comment", "type_ignores", "type_params",
}  # fmt: skip
SPECIAL = ("ClassVar", "InitVar", "KW_ONLY")  # annotations that change what a class does
MARK = "\0"
FILES = (  # what opens files of a package, which its first argument names
    "contents", "files", "is_resource", "open_binary", "open_text", "path", "read_binary",
    "read_text",
)  # fmt: skip
# what a definition says of itself, which is not part of its text, so that no work may read it
SAID = ("__annotations__", "__code__", "__doc__", "__globals__")
CALLED = ("__module__", "__name__", "__qualname__")  # what it is called: not read of one of ours


class Written(NamedTuple):
    """The text of a definition, what its marks stand for, in order, and what it names of others.

    ``folders`` are the packages whose files it opens; an empty one is its own.
    """

    text: str
    marks: tuple[Definition, ...]
    foreign: frozenset[str]
    folders: frozenset[str] = frozenset()


class Meanings(NamedTuple):
    """How names are read: a global one, an attribute of a module of ours, an import statement."""

    named: Callable[[str], Target | None]
    member: Callable[[Module, str], Target]
    imported: Callable[[Import], dict[str, Target]]


def written(statements: Sequence[ast.stmt], meanings: Meanings) -> Written:
    """The statements that make one top-level name, as a text in which our own names are marks.

    Errors: ``FactrankError`` where what is meant cannot be read off the text: a module of ours
    used as a value, or assigned to.

    >>> meanings = Meanings(lambda name: None, Foreign, lambda node: {})
    >>> (told,) = {written(ast.parse(s).body, meanings).text for s in ("x = 1  # one", "x=(1)")}
    >>> told
    '(Assign targets=[x] value=int:1)'
    """
    writer = _Writer(meanings)
    text = " ".join(
        writer.node(one) if not isinstance(one, IMPORTS) else writer.bound_import(one)
        for one in writer.doing(statements)
    )
    return Written(text, tuple(writer.marks), frozenset(writer.foreign), frozenset(writer.folders))


def _package(call: ast.Call) -> str:
    """The package whose files a call opens; empty for that of the module itself."""
    given = [*call.args[:1], *(k.value for k in call.keywords if k.arg in ("anchor", "package"))]
    if not (call.args or call.keywords) or (given and last(given[0])) in (
        "__name__",
        "__package__",
    ):
        return ""
    name = given[0].value if given and isinstance(given[0], ast.Constant) else None
    if not isinstance(name, str):
        raise FactrankError(f"expected files of a package that is named, found {ast.unparse(call)}")
    return name


class _Writer:
    def __init__(self, meanings: Meanings) -> None:
        self.meanings, self.scopes = meanings, list[Scope]()
        self.marks: list[Definition] = []
        self.foreign: list[str] = []
        self.folders: set[str] = set()

    # ---- names ------------------------------------------------------------------------------

    def target(self, name: str) -> Target | None:
        """What a name means here; None for one that is bound here, and for a builtin."""
        for depth, scope in enumerate(reversed(self.scopes)):
            if scope.of_class and depth:
                continue  # functions do not see the names of the class around them
            if name in scope.targets:
                return scope.targets[name]
            if name in scope.names and name not in scope.outer:
                return None
        return self.meanings.named(name)

    def local(self, name: str) -> bool:
        seen = [s for depth, s in enumerate(reversed(self.scopes)) if not (s.of_class and depth)]
        return any(name in s.names or name in s.targets for s in seen if name not in s.outer)

    def told(self, target: Target | None, name: str, rest: Sequence[str] = ()) -> str:
        """A target and the attributes read from it."""
        parts = list(rest)
        while isinstance(target, Module) and parts:
            target = self.meanings.member(target, parts.pop(0))
        if isinstance(target, Module):
            raise FactrankError(
                f"{target}: expected a use of what it defines, found the module as a value"
            )
        if isinstance(target, Foreign):
            whole = ".".join([target, *parts])
            self.foreign.append(whole)
            return f"<{whole}>"
        if target is None:
            if not self.local(name):
                self.foreign.append(f"builtins.{name}")
            text = name
        else:
            for part in {*parts} & {*CALLED}:
                raise FactrankError(f"expected a use of {name} by what it does, found its {part}")
            self.marks.append(target)
            text = MARK
        for part in parts:
            text = f"(Attribute value={text} attr={part})"
        return text

    def _Name(self, node: ast.Name) -> str:
        text = self.told(self.target(node.id), node.id)
        inner = self.scopes[-1] if self.scopes else None
        if inner and inner.of_class and node.id in inner.names and isinstance(node.ctx, ast.Load):
            outside = self.meanings.named(node.id)  # a class may read it before it binds its own
            if outside is not None and not isinstance(outside, Module):
                text = f"(either {text} {self.told(outside, node.id)})"
        return text

    def _Attribute(self, node: ast.Attribute) -> str:
        parts, base = [node.attr], node.value
        while isinstance(base, ast.Attribute):
            parts.append(base.attr)
            base = base.value
        for part in {*parts} & {*SAID}:
            raise FactrankError(f"expected a use of a definition by what it does, found {part}")
        if not isinstance(base, ast.Name):
            return self.plain(node)
        target = self.target(base.id)
        if isinstance(target, Module) and not isinstance(node.ctx, ast.Load) and len(parts) == 1:
            raise FactrankError(
                f"{target}: expected that only it sets its names, found {node.attr} set elsewhere"
            )
        return self.told(target, base.id, parts[::-1])

    def _Call(self, node: ast.Call) -> str:
        """A call; files of a package, and ``vars`` of something, are allowed in no other use."""
        at, text = len(self.foreign), self.plain(node)
        name = self.foreign[at] if at < len(self.foreign) else ""
        home, _, what = name.rpartition(".")
        if name == "builtins.vars" and text.startswith("(Call func=vars args="):
            del self.foreign[at]
        called = text.startswith((f"(Call func=<{name}> ", f"(Call func=<{name}>)"))
        if called and home == "importlib.resources" and what in FILES:
            del self.foreign[at]
            self.folders.add(_package(node))
        return text

    # ---- scopes -----------------------------------------------------------------------------

    def within(self, scope: Scope) -> None:
        for statement in scope.imports:
            scope.targets.update(self.meanings.imported(statement))
        self.scopes.append(scope)

    def _FunctionDef(self, node: ast.FunctionDef | ast.Lambda) -> str:
        of = node.args
        given = [*of.posonlyargs, *of.args, *filter(None, [of.vararg]), *of.kwonlyargs]
        scope = Scope({arg.arg for arg in [*given, *filter(None, [of.kwarg])]})
        parts = [type(node).__name__]
        if not isinstance(node, ast.Lambda):
            parts += [self.told(self.target(node.name), node.name)]
            parts += [f"decorators={self.value(node.decorator_list)}"]
        parts.append(self.node(of))
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        self.within(bound(body, scope))
        parts.append(self.block(body))
        self.scopes.pop()
        return f"({' '.join(parts)})"

    _AsyncFunctionDef = _Lambda = _FunctionDef

    def _ClassDef(self, node: ast.ClassDef) -> str:
        name = self.told(self.target(node.name), node.name)
        head = [node.decorator_list, node.bases, node.keywords]
        parts = ["ClassDef", name, *(self.value(part) for part in head)]
        self.within(bound(node.body, Scope(of_class=True)))
        parts.append(self.block(node.body))
        self.scopes.pop()
        return f"({' '.join(parts)})"

    def _ListComp(self, node: ast.ListComp) -> str:
        first = self.node(node.generators[0].iter)  # it is read outside
        self.within(bound(generator.target for generator in node.generators))
        parts = [type(node).__name__, first]
        for n, one in enumerate(node.generators):
            parts.append("for" if not one.is_async else "async for")
            parts += [self.node(one.target), self.node(one.iter) if n else "", self.value(one.ifs)]
        parts += [self.node(getattr(node, f)) for f in ("elt", "key", "value") if hasattr(node, f)]
        self.scopes.pop()
        return f"({' '.join(filter(None, parts))})"

    _SetComp = _DictComp = _GeneratorExp = _ListComp

    # ---- what is written otherwise than it stands ---------------------------------------------

    def block(self, statements: Sequence[ast.AST]) -> str:
        """Statements without those that do nothing."""
        return f"[{' '.join(self.node(one) for one in self.doing(statements))}]"

    def doing(self, statements: Sequence[ast.AST]) -> Iterator[ast.AST]:
        in_class = bool(self.scopes) and self.scopes[-1].of_class
        for node in statements:
            nothing = isinstance(node, ast.Pass | ast.Global) or (
                isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            )
            bare = isinstance(node, ast.AnnAssign) and node.value is None and not in_class
            if for_types(node):
                yield from self.doing(node.orelse)
            elif not (nothing or bare or (self.scopes and isinstance(node, IMPORTS))):
                yield node

    def bound_import(self, node: Import) -> str:
        """One of several statements that bind a top-level name."""
        targets = self.meanings.imported(node).items()
        told = (f"{self.told(self.target(name), name)}={self.told(t, name)}" for name, t in targets)
        return f"(Import {' '.join(told)})"

    def _Import(self, node: Import) -> str:
        """Inside of another top-level statement, which decides whether it is done."""
        parts = []
        for name, target in self.meanings.imported(node).items():
            if not isinstance(target, Foreign):
                raise FactrankError(
                    f"{name}: expected an import of ours at the top or in a function, found one "
                    "under a condition"
                )
            parts.append(f"{self.told(self.target(name), name)}=<{target}>")
        return f"(Import {' '.join(parts)})"

    _ImportFrom = _Import

    def _AnnAssign(self, node: ast.AnnAssign) -> str:
        """A field of a class; of its type only what changes the class."""
        names = {name for part in ast.walk(node.annotation) if (name := last(part))}
        if isinstance(node.annotation, ast.Constant):
            names.update(name for name in SPECIAL if name in str(node.annotation.value))
        parts = [self.node(node.target), *sorted(names & set(SPECIAL))]
        if node.value is not None:
            parts.append(f"value={self.node(node.value)}")
        return f"(Annotated {' '.join(parts)})"

    def _Constant(self, node: ast.Constant) -> str:
        return f"{type(node.value).__name__}:{node.value!a}"

    def _JoinedStr(self, node: ast.JoinedStr) -> str:
        """Pieces of text in a row as one, an empty piece as none: Pythons cut them otherwise."""
        parts: list[str | ast.AST] = []
        for piece in node.values:
            if not isinstance(piece, ast.Constant):
                parts.append(piece)
            elif parts and isinstance(before := parts[-1], str):
                parts[-1] = before + str(piece.value)
            elif piece.value:
                parts.append(str(piece.value))
        told = [ascii(p) if isinstance(p, str) else self.node(p) for p in parts]
        return f"(JoinedStr {' '.join(told)})" if told else "(JoinedStr)"

    def _FormattedValue(self, node: ast.FormattedValue) -> str:
        spec = self.node(node.format_spec) if node.format_spec else "(JoinedStr)"
        parts = [self.node(node.value), *([chr(node.conversion)] if node.conversion > 0 else [])]
        return f"({' '.join(['Formatted', *parts, *([spec] if spec != '(JoinedStr)' else [])])})"

    # ---- the rest -------------------------------------------------------------------------------

    def node(self, node: ast.AST) -> str:
        return getattr(self, f"_{type(node).__name__}", self.plain)(node)

    def plain(self, node: ast.AST) -> str:
        """A node by its kind and its fields, without the empty ones."""
        parts = [type(node).__name__]
        for name in node._fields:
            value = getattr(node, name, None)
            if name not in SILENT and value is not None and value != []:
                parts.append(f"{name}={self.value(value)}")
        return f"({' '.join(parts)})" if len(parts) > 1 else parts[0]

    def value(self, value: object) -> str:
        if isinstance(value, ast.AST):
            return self.node(value)
        if isinstance(value, list):
            if value and isinstance(value[0], ast.stmt):
                return self.block(value)
            return f"[{' '.join(self.value(one) for one in value)}]"
        return str(value)
