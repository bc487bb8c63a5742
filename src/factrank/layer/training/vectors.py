"""Rows of numbers, compiled by numba: one instruction serves a whole row of layers.

A *row* is 64 bytes, one vector register of the widest machines: 16 layers in float32, 8 in float64.
What is written of a row reads as if it were one number; ``row`` and ``put`` take it from memory and
bring it back. numba itself turns loops into vectors only where it can show that no two arrays share
memory, and of a matrix product it makes three loads for each multiply-add.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import factorial
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import datamodel
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

BYTES = 64
HOW = {"nogil": True, "cache": True, "error_model": "numpy"}
FUSED = {"flags": ("contract",)}  # a product and a sum in one rounding, where there is one


class Row(types.Type):
    """The type of a row of ``element``."""

    def __init__(self, element: types.Float) -> None:
        self.element, self.lanes = element, BYTES * 8 // element.bitwidth
        super().__init__(name=f"Row({element})")


@register_model(Row)
class _RowModel(models.PrimitiveModel):
    def __init__(self, manager: datamodel.DataModelManager, row: Row) -> None:
        super().__init__(manager, row, ir.VectorType(_scalar(row.element), row.lanes))


def _scalar(element: types.Float) -> ir.Type:
    return ir.DoubleType() if element.bitwidth == 64 else ir.FloatType()


def _all(builder: ir.IRBuilder, number: Any, lanes: int) -> Any:
    """That number in every lane."""
    kind = ir.VectorType(number.type, lanes)
    one = builder.insert_element(kind(ir.Undefined), number, ir.IntType(32)(0))
    return builder.shuffle_vector(one, one, ir.VectorType(ir.IntType(32), lanes)([0] * lanes))


# ---- arithmetic: + - * / of two rows, or of a row and a number ------------------------------

_SIGNS = {
    operator.add: ir.IRBuilder.fadd,
    operator.sub: ir.IRBuilder.fsub,
    operator.mul: ir.IRBuilder.fmul,
    operator.truediv: ir.IRBuilder.fdiv,
}


class _Two(AbstractTemplate):
    def generic(self, given: tuple, named: dict) -> Any:
        rows = [it for it in given if isinstance(it, Row)]
        if rows and all(isinstance(it, Row | types.Float | types.Integer) for it in given):
            return signature(
                rows[0], *(it if isinstance(it, Row) else rows[0].element for it in given)
            )
        return None


def _lower(sign: Callable, emit: Callable) -> None:
    infer_global(sign)(type(f"_Two_{sign.__name__}", (_Two,), {}))

    def lowered(context, builder, sig, args):
        lanes = sig.return_type.lanes
        both = [
            arg if isinstance(kind, Row) else _all(builder, arg, lanes)
            for arg, kind in zip(args, sig.args, strict=True)
        ]
        return emit(builder, *both, **FUSED)

    for kinds in ((Row, Row), (Row, types.Float), (types.Float, Row)):
        lower_builtin(sign, *kinds)(lowered)


for _sign, _emit in _SIGNS.items():
    _lower(_sign, _emit)


# ---- between rows and memory ----------------------------------------------------------------


def _place(context, builder, kind, memory, at) -> Any:
    """The pointer to row ``at`` of an array of rows, and the type of the row."""
    row = Row(kind.dtype)
    vector = ir.VectorType(_scalar(row.element), row.lanes)
    first = context.make_array(kind)(context, builder, memory).data
    return builder.gep(builder.bitcast(first, vector.as_pointer()), [at])


@intrinsic
def row(typing, memory, at):
    """memory[at], all lanes at once; the memory is an array (rows, lanes)."""

    def emit(context, builder, sig, args):
        found = builder.load(_place(context, builder, sig.args[0], *args))
        found.align = 8  # an array of rows need not begin at a multiple of their length
        return found

    return signature(Row(memory.dtype), memory, types.intp), emit


@intrinsic
def put(typing, memory, at, value):
    """memory[at] = value."""

    def emit(context, builder, sig, args):
        place = _place(context, builder, sig.args[0], *args[:2])
        builder.store(args[2], place).align = 8
        return context.get_dummy_value()

    return signature(types.void, memory, types.intp, value), emit


@intrinsic
def whole(typing, value, like):
    """The number ``value`` in all lanes of a row like another."""

    def emit(context, builder, sig, args):
        return _all(builder, args[0], sig.return_type.lanes)

    return signature(like, like.element, like), emit


# ---- functions of a row ---------------------------------------------------------------------


def _call(builder, name, *rows) -> Any:
    """LLVM's own function of that name on vectors."""
    vector = rows[0].type
    kind = ir.FunctionType(vector, [vector] * len(rows))
    full = f"llvm.{name}.v{vector.count}f{64 if vector.element == ir.DoubleType() else 32}"
    known = builder.module.globals.get(full)
    return builder.call(known or ir.Function(builder.module, kind, full), rows)


@intrinsic
def root(typing, value):
    """The square root."""
    return signature(value, value), lambda _, builder, sig, args: _call(builder, "sqrt", args[0])


@intrinsic
def larger(typing, a, b):
    """The larger of two rows, lane by lane."""
    return signature(a, a, a), lambda _, builder, sig, args: _call(builder, "maxnum", *args)


@intrinsic
def exponential(typing, value):
    """exp; values below -87 or above 88 (-700, 700 in float64) are taken to be these.

    exp(x) = 2^n exp(r) with |r| <= log(2) / 2; exp(r) by its Taylor sum, 2^n by its bits. log(2) is
    taken off in two parts, of which the first has few bits, so that n times it is exact. The
    relative error is below 3e-7 in float32 and below 4e-16 in float64.
    """
    single = value.element.bitwidth == 32
    low, high, terms, digits, bias = (
        (-87.0, 88.0, 7, 23, 127) if single else (-700.0, 700.0, 13, 52, 1023)
    )
    parts = (
        (0.693359375, -2.1219444005469057e-4)
        if single
        else (0.6931471803691238, 1.9082149292705877e-10)
    )

    def emit(context, builder, sig, args):
        vector, whole_numbers = args[0].type, ir.IntType(32 if single else 64)
        integers = ir.VectorType(whole_numbers, vector.count)

        def all_of(number: float) -> Any:
            return vector([number] * vector.count)

        x = _call(builder, "maxnum", args[0], all_of(low))
        x = _call(builder, "minnum", x, all_of(high))
        # with the bias added the number is positive, so that cutting its digits off rounds it
        shifted = builder.fadd(builder.fmul(x, all_of(1.4426950408889634)), all_of(bias + 0.5))
        n = builder.fptosi(shifted, integers)
        times = builder.fsub(builder.sitofp(n, vector), all_of(bias))
        r = builder.fsub(
            builder.fsub(x, builder.fmul(times, all_of(parts[0]))),
            builder.fmul(times, all_of(parts[1])),
        )
        total = all_of(1 / factorial(terms))
        for k in range(terms - 1, 1, -1):
            total = builder.fadd(builder.fmul(total, r, **FUSED), all_of(1 / factorial(k)), **FUSED)
        square = builder.fmul(builder.fmul(r, r), total)
        found = builder.fadd(all_of(1.0), builder.fadd(r, square))
        power = builder.bitcast(builder.shl(n, integers([digits] * vector.count)), vector)
        return builder.fmul(found, power)

    return signature(value, value), emit


# ---- matrix products ------------------------------------------------------------------------


def _tile(tall: int, wide: int) -> Any:
    """The inner loop of a product: ``tall`` x ``wide`` entries stay in registers while the sum
    runs, so that a step loads tall + wide rows for tall * wide multiply-adds."""

    @intrinsic
    def tile(typing, M, c, c0, c1, a, a0, a1, b, b0, b1, n):
        return types.void(M, *[types.intp] * 10), emit

    def emit(context, builder, sig, given):
        _, c, c0, c1, a, a0, a1, b, b0, b1, n = given
        kind, memory, index = sig.args[0], given[0], given[1].type

        def rows(start, step, number):
            ats = [builder.add(start, builder.mul(step, index(t))) for t in range(number)]
            return [_place(context, builder, kind, memory, at) for at in ats]

        def load(place):
            found = builder.load(place)
            found.align = 8
            return found

        sums = [
            place
            for t in range(tall)
            for place in rows(builder.add(c, builder.mul(c0, index(t))), c1, wide)
        ]
        left, right, start = rows(a, a0, tall), rows(b, b1, wide), [load(it) for it in sums]
        before, loop, after = (
            builder.block,
            builder.append_basic_block(),
            builder.append_basic_block(),
        )
        builder.branch(loop)
        builder.position_at_end(loop)
        k = builder.phi(index)
        k.add_incoming(index(0), before)
        totals = [builder.phi(it.type) for it in start]
        x = [load(builder.gep(place, [builder.mul(k, a1)])) for place in left]
        y = [load(builder.gep(place, [builder.mul(k, b0)])) for place in right]
        pairs = [(s, t) for s in x for t in y]
        added = [
            builder.fadd(total, builder.fmul(s, t, **FUSED), **FUSED)
            for total, (s, t) in zip(totals, pairs, strict=True)
        ]
        following = builder.add(k, index(1))
        k.add_incoming(following, loop)
        for total, first, new in zip(totals, start, added, strict=True):
            total.add_incoming(first, before)
            total.add_incoming(new, loop)
        builder.cbranch(builder.icmp_signed("<", following, n), loop, after)
        builder.position_at_end(after)
        for place, total in zip(sums, added, strict=True):
            builder.store(total, place).align = 8
        return context.get_dummy_value()

    return tile


_8x2, _8x1, _1x2, _1x1 = (_tile(*shape) for shape in ((8, 2), (8, 1), (1, 2), (1, 1)))


@njit(**HOW)
def products(M, plan):
    """For each line of the plan C[i, j] += sum_l A[i, l] B[l, j], in all lanes.

    A line holds how many i, j and l there are, at least one each, and of C, A and B the row of
    entry (0, 0) and the steps in rows to the next i and j: so one product serves a matrix, its
    transpose and a part of it.
    """
    for line in range(len(plan)):
        m, n, k, c, c0, c1, a, a0, a1, b, b0, b1 = plan[line]
        i = 0
        while i < m:
            tall = 8 if i + 8 <= m else 1
            for j in range(0, n - 1, 2):
                x, y, z = c + i * c0 + j * c1, a + i * a0, b + j * b1
                if tall == 8:
                    _8x2(M, x, c0, c1, y, a0, a1, z, b0, b1, k)
                else:
                    _1x2(M, x, c0, c1, y, a0, a1, z, b0, b1, k)
            if n % 2:
                x, y, z = c + i * c0 + (n - 1) * c1, a + i * a0, b + (n - 1) * b1
                if tall == 8:
                    _8x1(M, x, c0, c1, y, a0, a1, z, b0, b1, k)
                else:
                    _1x1(M, x, c0, c1, y, a0, a1, z, b0, b1, k)
            i += tall
