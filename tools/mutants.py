"""Mutants of a source text: small changes of one place each, that a test should notice.

What carries no behaviour is left alone: docstrings, annotations, decorators, imports, f-strings and
the words of an error, `strict=` of zip.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult,
}  # fmt: skip
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
QUIET_KEYWORDS = {"strict", "help", "stacklevel"}


@dataclass(frozen=True)
class Mutant:
    """One change: the text between two offsets becomes ``new``.

    ``lines`` are those whose execution shows it: the statement's own, or for the default of an
    argument the body of its function; None where it runs at import.
    """

    line: int
    start: int
    end: int
    new: str
    lines: range | None
    change: str

    def of(self, text: str) -> str:
        """The mutated text."""
        raw = text.encode()
        return (raw[: self.start] + self.new.encode() + raw[self.end :]).decode()


def mutants(text: str) -> list[Mutant]:
    """Every mutant of a module's text, from its first line to its last.

    >>> [m.change for m in mutants("def f(a):\\n    return a < 1\\n")]
    ['return a < 1 => return None', 'return a < 1 => return a <= 1', \
'return a < 1 => return a < 2', 'return a < 1 => return a < 0']
    """
    raw = text.encode()
    starts = [0]
    for line in raw.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node, new, lines in _walk(ast.parse(text), None):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        head, tail = raw[starts[node.lineno - 1] : start], raw[end : starts[node.end_lineno]]
        old = raw[start:end].decode()
        if isinstance(node, ast.stmt) and new == "pass":
            tail = b""
        spelled = [" ".join((head.decode() + it + tail.decode()).split()) for it in (old, new)]
        if old != new:
            found.append(Mutant(node.lineno, start, end, new, lines, " => ".join(spelled)))
    return found


Found = Iterator[tuple[ast.AST, str, range | None]]


def _walk(node: ast.AST, lines: range | None) -> Found:
    """The changes at a node and below it, each with the text that takes the node's place."""
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom | ast.Assert):
        return
    if _of_types(node) or (isinstance(node, ast.keyword) and node.arg in QUIET_KEYWORDS):
        return
    if isinstance(node, ast.stmt) and lines is not None:
        lines = _head(node)
    for new in _changes(node):
        yield node, new, lines
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name | ast.Attribute | ast.Call):
        yield node.test, f"(not {ast.unparse(node.test)})", lines
    if isinstance(node, ast.Raise):  # its words
        return
    for child, within in _children(node, lines):
        yield from _walk(child, within)


def _head(node: ast.stmt) -> range:
    """The lines of a statement, of a compound one those before its first inner statement."""
    inner = [*getattr(node, "body", ()), *getattr(node, "cases", ())]
    first = inner[0].pattern if inner and isinstance(inner[0], ast.match_case) else None
    stop = (first or inner[0]).lineno if inner else node.end_lineno + 1
    return range(node.lineno, max(stop, node.lineno + 1))


def _children(node: ast.AST, lines: range | None) -> Iterator[tuple[ast.AST, range | None]]:
    if isinstance(node, FUNCTIONS):
        inner = range(node.body[0].lineno, node.end_lineno + 1)
        defaults = [it for it in (*node.args.defaults, *node.args.kw_defaults) if it]
        yield from ((child, inner) for child in (*defaults, *node.body))
    elif isinstance(node, ast.ClassDef):
        yield from ((child, lines) for child in node.body)
    elif isinstance(node, ast.AnnAssign):
        yield from ((child, lines) for child in (node.target, node.value) if child)
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Annotated":
        return
    else:
        yield from ((child, lines) for child in ast.iter_child_nodes(node))


def _of_types(node: ast.AST) -> bool:
    """True for `if TYPE_CHECKING`, `if __name__ == "__main__"` and `__all__`."""
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.unparse(node.test) or "__name__" in ast.unparse(node.test)
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def _changes(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=bool()):
            yield str(not node.value)
        case ast.Constant(value=int()):
            yield from (str(node.value + 1), str(node.value - 1))
        case ast.BinOp(op=op) if type(op) in SWAPS and not _text(node):
            yield _spelled(ast.BinOp(node.left, SWAPS[type(op)](), node.right))
        case ast.BoolOp(op=op):
            yield _spelled(ast.BoolOp(SWAPS[type(op)](), node.values))
        case ast.UnaryOp(op=ast.Not()):
            yield f"({ast.unparse(node.operand)})"
        case ast.Compare():
            yield from _comparisons(node)
        case ast.MatchValue(value=ast.Constant(value=str())):
            yield repr(node.value.value + "X")
        case ast.Call(args=[first, second, *rest]) if _plain(first) and _plain(second):
            yield ast.unparse(ast.Call(node.func, [second, first, *rest], node.keywords))
        case ast.Return(value=value) if value is not None and ast.unparse(value) != "None":
            yield "return None"
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.AugAssign() | ast.Delete():
            yield "pass"
        case ast.Continue() | ast.Break():
            yield "pass"
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            yield "pass"
        case ast.IfExp(test=test):
            yield f"({ast.unparse(ast.IfExp(test, node.orelse, node.body))})"


def _comparisons(node: ast.Compare) -> Iterator[str]:
    for i, op in enumerate(node.ops):
        ops = [*node.ops[:i], SWAPS[type(op)](), *node.ops[i + 1 :]]
        yield _spelled(ast.Compare(node.left, ops, node.comparators))
    for i, side in enumerate(node.comparators):
        if isinstance(side, ast.Constant) and isinstance(side.value, str):
            sides = list(node.comparators)
            sides[i] = ast.Constant(side.value + "X")
            yield _spelled(ast.Compare(node.left, node.ops, sides))


def _spelled(node: ast.expr) -> str:
    """Its text, in parentheses where the place may want them."""
    text = ast.unparse(node)
    return text if isinstance(node, ast.Compare) and len(node.ops) == 1 else f"({text})"


def _text(node: ast.BinOp) -> bool:
    sides = (node.left, node.right)
    return any(
        isinstance(it, ast.JoinedStr)
        or (isinstance(it, ast.Constant) and isinstance(it.value, str))
        for it in sides
    )


def _plain(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute | ast.Constant | ast.Subscript | ast.Call)
