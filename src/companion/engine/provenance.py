"""The source of a record: a digest of every definition that its ``work`` may reach, and no other.

From the function of an experiment names are followed to the top-level functions, classes and
constants that they mean, through imports of every kind, and from these on. What counts is what the
definitions say (``canonical``), not where they stand or what they are called: moving one to another
file, joining two files, renaming, comments and annotations change nothing, and a changed line does.
What importing a module does besides (``effects``: a call, a loop, a registration) counts where
importing it is part of the work, and so does the order in which it is done. Where a definition
opens files of a package (``importlib.resources.files``) or beside its module (``__file__``) all
files of that folder and of those in it count by content, but Python and Markdown. Other packages
count by name alone: their versions stand in the record.

What cannot be followed is refused. Not noticed are: a file that is opened by another path; what a
value says of its class (``type(x).__name__``, ``repr``) and a module of its own (``__name__``); a
name in a text (``getattr(x, name)``). And of a name that is set at import (``x = call()``), if the
work reads another: what the call changes of ours where a class or another package makes it, or a
function under a second name.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from functools import cache, partial
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TypeGuard

from companion.engine.canonical import Meanings, Written, written
from companion.engine.names import (
    IMPORTS,
    Definition,
    Effects,
    Foreign,
    Import,
    Module,
    Target,
    bound,
    for_types,
)
from factrank.errors import FactrankError

OURS = ("factrank", "companion")
BESIDE = ("builtins.__file__", "builtins.__path__")
HIDDEN = (  # what names cannot be followed through
    "builtins.__annotations__", "builtins.__doc__", "builtins.__import__", "builtins.__loader__",
    "builtins.__spec__", "builtins.eval", "builtins.exec", "builtins.globals", "builtins.locals",
    "builtins.vars", "importlib.import_module", "importlib.reload", "importlib.resources",
    "importlib.util", "inspect", "pkgutil", "runpy", "sys._getframe", "sys.modules",
)  # fmt: skip
# whether a module is there, of which nothing is run; a path to a file that was opened by name
ASKS = ("importlib.util.find_spec", "importlib.resources.as_file")
PARSED = cache(ast.parse)  # a content once, whoever asks for it: nobody changes what comes of it


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
    world = World({*OURS, start.module.split(".")[0]})
    colours = _coloured(world.reached(start))
    said = [colours[start], *sorted({*colours.values()}), *world.order(colours)]
    return sha256("\n".join(said).encode()).hexdigest()[:16]


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
        self.packages, self._files, self._imported = packages, dict[str, File](), set[str]()
        self._done: list[Definition] = []  # what importing defines and does, in this order
        self._lazily: list[Module] = []  # what functions import
        self._effects = Effects(self.means, lambda one: self.file(one.module).statements(one.name))

    def reached(self, start: Definition) -> dict[Definition, Written]:
        """What a definition may reach, with what importing the modules of all that does, which has
        a number in place of a name.

        >>> start = Definition("factrank.facts.bits", "onto")
        >>> [one.name for one in World({*OURS}).reached(start)]
        ['onto', 'FactrankError']
        """
        found: dict[Definition, Written] = {}
        todo = [start]
        while todo:
            one = todo.pop()
            if one not in found:
                todo += self.on_import(Module(one.module))
                found[one] = self.told(one)
                while self._lazily:
                    todo += self.on_import(self._lazily.pop(0))
                todo += found[one].marks
        return found

    def order(self, colours: Mapping[Definition, str]) -> list[str]:
        """What importing does, as it is done, and what is defined before, between and after."""
        parts: list[list[str]] = [[]]
        for one in self._done:
            if one.name.isdigit():
                parts += [[colours[one]], []]
            elif one in colours:
                parts[-1].append(colours[one])
        return [" ".join(sorted(part)) for part in parts] if len(parts) > 1 else []

    def file(self, module: str) -> File:
        if module not in self._files:
            self._files[module] = File(module, _path_of(module))
        return self._files[module]

    def told(self, one: Definition) -> Written:
        """The text of a definition, with the data beside it where it opens such."""
        made, where = self.file(one.module).statements(one.name), f"{one.module}.{one.name}"
        if one.name.isdigit():
            where = f"{one.module}, line {made[0].lineno}"
        meanings = Meanings(
            partial(self.named, one.module), self.member, partial(self.imported, one.module)
        )
        try:
            found = written(made, meanings)
        except FactrankError as error:
            raise FactrankError(f"{where}: {error}") from None
        for name in sorted(found.foreign - {*ASKS}):
            if any(name == it or name.startswith(f"{it}.") for it in HIDDEN):
                raise FactrankError(f"{where}: expected names that can be followed, found {name}")
        beside = {""} if found.foreign & {*BESIDE} else set()
        data = [self.data(one.module, name) for name in sorted(found.folders | beside)]
        return found._replace(text="\n".join([found.text, *data]))

    def data(self, module: str, package: str) -> str:
        """The files of a package and of folders in it, by place and content; line ends may differ.

        Without a package those beside the module; none of another package than ours.
        """
        if package and package.split(".")[0] not in self.packages:
            return ""
        place = _path_of(package or module)
        if place is None:
            raise FactrankError(f"{module}: expected a package of ours, found {package}")
        home, said = place.parent if place.is_file() else place, []
        for path in sorted(home.rglob("*")):
            built = "__pycache__" in path.parts
            if path.is_file() and not built and path.suffix not in (".py", ".pyc", ".md"):
                content = path.read_bytes().replace(b"\r\n", b"\n")
                said.append(f"{path.relative_to(home).as_posix()} {sha256(content).hexdigest()}")
        return "\n".join(said)

    def named(self, module: str, name: str) -> Target | None:
        """What a global name of a module means; None for a builtin."""
        bindings = self.file(module).bindings
        for star in bindings.get("*", ()):
            if isinstance(star, IMPORTS):
                self.imports(module, star)  # says that it cannot be followed
        made = bindings.get(name, ())
        imports = [node for node in made if isinstance(node, IMPORTS)]
        if made and len(imports) == len(made):
            targets = {self.imports(module, node)[name] for node in imports}
            if len(targets) == 1:
                return targets.pop()
        return Definition(module, name) if made else None

    def means(self, module: str, node: ast.expr) -> Target | None:
        """What a dotted name means in a module; None for an attribute of ours and other values."""
        if isinstance(node, ast.Name):
            return self.named(module, node.id) or Foreign(f"builtins.{node.id}")
        if not isinstance(node, ast.Attribute):
            return None
        base = self.means(module, node.value)
        if isinstance(base, Module):
            return self.member(base, node.attr)
        return Foreign(f"{base}.{node.attr}") if isinstance(base, Foreign) else None

    def member(self, module: Module, name: str) -> Target:
        """What an attribute of a module means."""
        found = self.named(module, name)
        if found is None and _path_of(f"{module}.{name}"):
            return Module(f"{module}.{name}")
        if found is None:
            raise FactrankError(f"{module}: expected it to define {name}, found no such name")
        return found

    def imports(self, module: str, node: Import) -> dict[str, Target]:
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

    def imported(self, module: str, node: Import) -> dict[str, Target]:
        """The same inside of a definition, whose work then runs what is imported."""
        self._lazily += self.modules(module, node)
        return self.imports(module, node)

    def modules(self, module: str, node: ast.stmt) -> list[Module]:
        """The modules of ours, and names that may be such, that a statement imports."""
        names = [alias.name for alias in node.names] if isinstance(node, IMPORTS) else []
        if isinstance(node, ast.ImportFrom):
            source = self.file(module).source(node)
            names = [source, *(f"{source}.{name}" for name in names)]
        return [Module(name) for name in names if name.split(".")[0] in self.packages]

    def on_import(self, module: Module) -> list[Definition]:
        """What the first import of a module does, that of its packages and what it imports too."""
        if module in self._imported or not _path_of(module):
            return []
        self._imported.add(module)
        found = self.on_import(Module(module.rpartition(".")[0])) if "." in module else []
        for n, (node, names) in enumerate(self.file(module).steps):
            for other in self.modules(module, node):
                found += self.on_import(other)
            self._done += [Definition(module, name) for name in names]
            if not isinstance(node, IMPORTS) and self._effects.acts(module, node):
                found.append(Definition(module, str(n)))
                self._done.append(found[-1])
        return found


class File:
    """One module: its statements in order, and those that bind each name."""

    def __init__(self, module: str, path: Path | None) -> None:
        if path is None:
            raise FactrankError(f"{module}: expected a module of ours, found no such file")
        self.module, self.path = module, path
        self.package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        self.bindings: dict[str, list[ast.stmt]] = {}
        body = PARSED(path.read_bytes()).body if path.is_file() else []
        self.steps = [(node, self._bind(node)) for node in _run(body)]

    def _bind(self, node: ast.stmt) -> list[str]:
        """The names that a statement binds; an import is taken apart, name by name."""
        if isinstance(node, IMPORTS):
            made: dict[str, ast.stmt] = {_given(a): _only(node, a) for a in node.names}
        else:
            scope = bound([node])
            within = (_given(alias) for one in scope.imports for alias in one.names)
            made = dict.fromkeys([*scope.names, *within], node)
        for name, one in made.items():
            self.bindings.setdefault(name, []).append(one)
        return list(made)

    def statements(self, name: str) -> list[ast.stmt]:
        if name.isdigit():
            return [self.steps[int(name)][0]]
        if name not in self.bindings:
            raise FactrankError(f"{self.module}.{name}: expected a definition, found none")
        return self.bindings[name]

    def source(self, node: ast.ImportFrom) -> str:
        """The module that a ``from`` statement names, dots in front resolved."""
        above = self.package.split(".")
        above = above[: len(above) - node.level + 1] if node.level else []
        return ".".join([*above, *filter(None, [node.module])])


def _given(alias: ast.alias) -> str:
    """The name that an import binds."""
    return alias.asname or alias.name.split(".")[0]


def _only(node: Import, alias: ast.alias) -> ast.stmt:
    one = copy(node)
    one.names = [alias]
    return one


def _run(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that are run when the module is imported and do something."""
    for node in body:
        if for_types(node) or _as_program(node):
            yield from _run(node.orelse)
        elif not (isinstance(node, ast.Pass) or _is_text(node)):
            yield node


def _as_program(node: ast.stmt) -> TypeGuard[ast.If]:
    """Whether this is run only as a program, which is not the work of an experiment."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


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
