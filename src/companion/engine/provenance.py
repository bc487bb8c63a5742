"""The source of a record: a digest of every definition that its ``work`` may reach, and no other.

From the function of an experiment names are followed to the top-level functions, classes and
constants that they mean, through imports of every kind, and from these on. What counts is what the
definitions say (``canonical``), not where they stand or what they are called: moving one to another
file, joining two files, renaming, comments and annotations change nothing, and a changed line does.
A module's statements that define nothing (a call, a registration) count where importing it is part
of the work. Where a definition opens files beside its module (``importlib.resources.files``,
``__file__``) all files of that folder count by content, but Python and Markdown. Other packages
count by name alone: their versions stand in the record.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from companion.engine.canonical import (
    IMPORTS,
    Definition,
    Foreign,
    Meanings,
    Module,
    Target,
    Written,
    bound,
    for_types,
    written,
)
from factrank.errors import FactrankError

OURS = ("factrank", "companion")
BESIDE = ("importlib.resources.files", "builtins.__file__")
HIDDEN = (  # what names cannot be followed through
    "builtins.__import__", "builtins.eval", "builtins.exec", "builtins.globals",
    "importlib.import_module", "importlib.reload", "importlib.util",
    "pkgutil", "runpy", "sys.modules",
)  # fmt: skip
ASKS = ("importlib.util.find_spec",)  # whether a module is there: nothing of it is run


def digest_of(work: Callable[..., object]) -> str:
    """SHA-256 (hex, 16 digits) of all that a function of a module may reach in our packages.

    Errors: ``FactrankError`` for a function inside of another one, and where a name cannot be
    followed: an import by a computed name, a module used as a value, a star import.

    >>> len(digest_of(_coloured)), digest_of(_coloured) == digest_of(partial(_coloured))
    (16, True)
    """
    while isinstance(work, partial):
        work = work.func
    name = getattr(work, "__qualname__", "")
    if not name.isidentifier():
        raise FactrankError(f"work: expected a function of a module, found {name or work!r}")
    return digest(Definition(work.__module__, name))


def digest(start: Definition) -> str:
    """The digest of what a definition may reach, itself included."""
    colours = _coloured(reached(start))
    return sha256("\n".join([colours[start], *sorted({*colours.values()})]).encode()).hexdigest()[
        :16
    ]


def reached(start: Definition) -> dict[Definition, Written]:
    """What a definition may reach, each with its text; statements that define nothing have a
    number in place of a name.

    >>> [one.name for one in reached(Definition("factrank.facts.bits", "onto"))]
    ['onto', 'FactrankError']
    """
    world, found = World({*OURS, start.module.split(".")[0]}), {}
    todo: list[Definition] = [start]
    while todo:
        one = todo.pop()
        if one not in found:
            found[one] = world.told(one)
            todo += found[one].marks
            todo += world.on_import(Module(one.module))
    return found


def _coloured(found: Mapping[Definition, Written]) -> dict[Definition, str]:
    """A digest for each definition that depends on what its marks stand for, and on no name.

    Two definitions get the same one if they say the same and all that they reach does: each round
    looks one step further, until no two more are told apart.
    """
    texts = {one: sha256(told.text.encode()).hexdigest() for one, told in found.items()}
    colours, before = dict(texts), 0
    while len({*colours.values()}) > before:
        before = len({*colours.values()})
        colours = {
            one: sha256(
                " ".join(
                    [texts[one], *("self" if m == one else colours[m] for m in told.marks)]
                ).encode()
            ).hexdigest()
            for one, told in found.items()
        }
    return colours


class World:
    """Our packages as files, each read once; what their names mean."""

    def __init__(self, packages: set[str]) -> None:
        self.packages, self._files, self._imported = packages, {}, set()

    def file(self, module: str) -> File:
        if module not in self._files:
            self._files[module] = File(module, _path_of(module))
        return self._files[module]

    def told(self, one: Definition) -> Written:
        """The text of a definition, with the data beside it where it opens such."""
        file = self.file(one.module)
        meanings = Meanings(
            partial(self.named, one.module), self.member, partial(self.imports, one.module)
        )
        try:
            found = written(file.statements(one.name), meanings)
        except FactrankError as error:
            raise FactrankError(f"{one.module}.{one.name}: {error}") from None
        for name in sorted(found.foreign - {*ASKS}):
            if any(name == it or name.startswith(f"{it}.") for it in HIDDEN):
                raise FactrankError(
                    f"{one.module}.{one.name}: expected names that can be followed, found {name}"
                )
        if found.foreign & {*BESIDE}:
            return found._replace(text=f"{found.text}\n{file.data()}")
        return found

    def named(self, module: str, name: str) -> Target | None:
        """What a global name of a module means; None for a builtin."""
        file = self.file(module)
        if name in file.imports:
            return self.imports(module, file.imports[name])[name]
        if name not in file.definitions and "*" in file.imports:
            self.imports(module, file.imports["*"])  # says that it cannot be followed
        return Definition(module, name) if name in file.definitions else None

    def member(self, module: Module, name: str) -> Target:
        """What an attribute of a module means."""
        found = self.named(module, name)
        if found is None and _path_of(f"{module}.{name}"):
            return Module(f"{module}.{name}")
        if found is None:
            raise FactrankError(f"{module}: expected it to define {name}, found no such name")
        return found

    def imports(self, module: str, node: ast.stmt) -> dict[str, Target]:
        """What each name means that an import statement binds."""
        found: dict[str, Target] = {}
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.name if alias.asname else alias.name.split(".")[0]
                ours = name.split(".")[0] in self.packages
                found[alias.asname or name] = Module(name) if ours else Foreign(name)
            return found
        source = self.file(module).source(node)
        for alias in node.names:
            if alias.name == "*":
                raise FactrankError(f"{module}: expected names to import, found * from {source}")
            if source.split(".")[0] not in self.packages:
                found[alias.asname or alias.name] = Foreign(f"{source}.{alias.name}")
            else:
                found[alias.asname or alias.name] = self.member(Module(source), alias.name)
        return found

    def on_import(self, module: Module) -> Iterator[Definition]:
        """The statements that define nothing, of a module, of its packages, of what it imports."""
        todo = [module]
        while todo:
            one = todo.pop()
            if one in self._imported or not _path_of(one):
                continue
            self._imported.add(one)
            todo += [Module(one.rpartition(".")[0])] if "." in one else []
            file = self.file(one)
            for node in file.imports.values():
                names = [alias.name for alias in node.names]
                if isinstance(node, ast.ImportFrom):
                    source = file.source(node)
                    names = [source, *(f"{source}.{name}" for name in names)]
                todo += [Module(name) for name in names if name.split(".")[0] in self.packages]
            yield from (Definition(one, str(n)) for n in range(len(file.effects)))


class File:
    """One module: which statements bind each name, which import it, which bind nothing."""

    def __init__(self, module: str, path: Path | None) -> None:
        if path is None:
            raise FactrankError(f"{module}: expected a module of ours, found no such file")
        self.module, self.path = module, path
        self.package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        self.imports: dict[str, ast.Import | ast.ImportFrom] = {}
        self.definitions: dict[str, list[ast.stmt]] = {}
        self.effects: list[ast.stmt] = []
        for node in _run(ast.parse(path.read_bytes()).body if path.is_file() else []):
            self._take(node)

    def _take(self, node: ast.stmt) -> None:
        if isinstance(node, IMPORTS):
            for alias in node.names:
                whole = alias.name if isinstance(node, ast.ImportFrom) else alias.name.split(".")[0]
                self.imports[alias.asname or whole] = node
            return
        scope = bound([node])
        names = scope.names | {
            alias.asname or alias.name.split(".")[0] for one in scope.imports for alias in one.names
        }
        for name in names:
            self.definitions.setdefault(name, []).append(node)
        if not names:
            self.effects.append(node)

    def statements(self, name: str) -> list[ast.stmt]:
        if name.isdigit():
            return [self.effects[int(name)]]
        if name not in self.definitions:
            raise FactrankError("expected a definition, found none")
        return self.definitions[name]

    def source(self, node: ast.ImportFrom) -> str:
        """The module that a ``from`` statement names, dots in front resolved."""
        above = self.package.split(".")
        above = above[: len(above) - node.level + 1] if node.level else []
        return ".".join([*above, *filter(None, [node.module])])

    def data(self) -> str:
        """The files beside the module, by name and content; line ends may differ."""
        said = []
        for path in sorted(self.path.parent.iterdir()):
            if path.is_file() and path.suffix not in (".py", ".pyc", ".md"):
                content = path.read_bytes().replace(b"\r\n", b"\n")
                said.append(f"{path.name} {sha256(content).hexdigest()}")
        return "\n".join(said)


def _run(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that are run when the module is imported and do something."""
    for node in body:
        if for_types(node):
            yield from _run(node.orelse)
        elif isinstance(node, ast.If) and "__name__" in ast.dump(node.test):
            continue  # as a program it is not the work of an experiment
        elif not (isinstance(node, ast.Pass) or _is_text(node)):
            yield node


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _path_of(module: str) -> Path | None:
    """The file of a module, the folder of a package without one, None for neither."""
    top, *rest = module.split(".")
    spec = find_spec(top)
    for home in (spec and spec.submodule_search_locations) or ():
        place = Path(home, *rest)
        for path in (place / "__init__.py", place.with_suffix(".py"), place):
            if path.is_file() or (path == place and path.is_dir()):
                return path
    return None
