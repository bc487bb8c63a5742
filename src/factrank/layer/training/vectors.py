"""Products and exponentials over many layers at once, compiled by numba.

A number that each layer has is a *row* of lanes: 64 bytes, 16 layers in float32, 8 in float64. An
array holds rows, and the place of an entry is a base and one stride for each index, all in rows:
so one product serves a matrix, its transpose and the part of it that belongs to one head.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

BYTES = 64  # of a row: one vector register of the widest machines
HOW = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract", "nsz"}}


def _tile(tall: int, wide: int):
    """The inner loop of a product, compiled once: ``tall`` x ``wide`` entries stay in registers
    while the sum runs, so that a step loads tall + wide rows for tall * wide multiply-adds. Of a
    loop over entries numba makes three loads for each."""

    @intrinsic
    def tile(_, C, c, c0, c1, A, a, a0, a1, B, b, b0, b1, n):
        number = types.intp
        at = (number, number, number)
        return types.void(C, *at, A, *at, B, *at, number), emit

    def emit(context, builder, signature, given):
        element = context.get_data_type(signature.args[0].dtype)
        vector = ir.VectorType(element, BYTES // context.get_abi_sizeof(element))
        arguments = list(given)
        for place in (0, 4, 8):
            array = context.make_array(signature.args[place])(context, builder, given[place])
            arguments[place] = builder.bitcast(array.data, vector.as_pointer())
        name = f"factrank_{tall}x{wide}_{element}"
        known = builder.module.globals.get(name)
        builder.call(known or _loop(builder.module, name, vector, given[-1].type), arguments)
        return context.get_dummy_value()

    def _loop(module, name, vector, index):
        pointer, at = vector.as_pointer(), (index, index, index)
        kind = ir.FunctionType(ir.VoidType(), (pointer, *at, pointer, *at, pointer, *at, index))
        function = ir.Function(module, kind, name)
        function.linkage = "linkonce_odr"
        function.attributes.add("noinline")
        given = function.args
        builder = ir.IRBuilder(function.append_basic_block())
        fused = {"flags": ("contract",)}  # a product and a sum in one rounding, where there is one

        def rows(place: int, first: int, second: int):
            """The pointer to entry (first, second) of one of the arrays, from its base on."""
            base, start, one, other = given[place : place + 4]
            steps = (builder.mul(one, index(first)), builder.mul(other, index(second)))
            return builder.gep(base, [builder.add(start, builder.add(*steps))])

        def load(place):
            found = builder.load(place)
            found.align = 8  # rows of an array need not begin at a multiple of their length
            return found

        entries = [(t, w) for t in range(tall) for w in range(wide)]
        sums = [rows(0, t, w) for t, w in entries]
        left = [rows(4, t, 0) for t in range(tall)]
        right = [rows(8, 0, w) for w in range(wide)]
        before, loop = builder.block, builder.append_basic_block()
        after = builder.append_basic_block()
        start = [load(place) for place in sums]
        builder.branch(loop)
        builder.position_at_end(loop)
        k = builder.phi(index)
        k.add_incoming(index(0), before)
        totals = [builder.phi(vector) for _ in entries]
        a = [load(builder.gep(place, [builder.mul(k, given[7])])) for place in left]
        b = [load(builder.gep(place, [builder.mul(k, given[10])])) for place in right]
        added = [
            builder.fadd(total, builder.fmul(a[t], b[w], **fused), **fused)
            for total, (t, w) in zip(totals, entries, strict=True)
        ]
        following = builder.add(k, index(1))
        k.add_incoming(following, loop)
        for total, first, new in zip(totals, start, added, strict=True):
            total.add_incoming(first, before)
            total.add_incoming(new, loop)
        builder.cbranch(builder.icmp_signed("<", following, given[12]), loop, after)
        builder.position_at_end(after)
        for place, total in zip(sums, added, strict=True):
            builder.store(total, place).align = 8
        builder.ret_void()
        return function

    return tile


_8x2, _8x1, _2x2, _1x1 = (_tile(*shape) for shape in ((8, 2), (8, 1), (2, 2), (1, 1)))


@njit(**HOW)
def product(C, c, c0, c1, A, a, a0, a1, B, b, b0, b1, m, n, k):
    """C[i, j] += sum_l A[i, l] B[l, j] for i < m, j < n, l < k, in each lane; k at least 1.

    Entry (i, j) of C is its row ``c + i c0 + j c1``; A and B likewise.
    """
    i = 0
    while i < m:
        tall = 8 if i + 8 <= m else 2 if i + 2 <= m else 1
        j = 0
        while j < n:
            wide = 2 if j + 2 <= n and tall > 1 else 1
            x, y, z = c + i * c0 + j * c1, a + i * a0, b + j * b1
            if tall == 8 and wide == 2:
                _8x2(C, x, c0, c1, A, y, a0, a1, B, z, b0, b1, k)
            elif tall == 8:
                _8x1(C, x, c0, c1, A, y, a0, a1, B, z, b0, b1, k)
            elif wide == 2:
                _2x2(C, x, c0, c1, A, y, a0, a1, B, z, b0, b1, k)
            else:
                for t in range(tall):
                    _1x1(C, x + t * c0, c0, c1, A, y + t * a0, a0, a1, B, z, b0, b1, k)
            j += wide
        i += tall


# exp(x) = 2^n exp(r) with |r| <= log(2) / 2, exp(r) by its Taylor sum, 2^n by its bits. log(2) is
# taken off in two parts, of which the first has few bits, so that n times it is exact.
_LOG2E, _HIGH, _LOW = 1.4426950408889634, 0.693359375, -2.1219444005469057e-4
_HIGH64, _LOW64 = 0.6931471803691238, 1.9082149292705877e-10


@njit(**HOW)
def _exp32(x, bits, powers):
    f = np.float32
    for i in range(len(x)):
        v = min(max(x[i], f(-87.0)), f(88.0))
        n = np.int32(v * f(_LOG2E) + f(127.5))  # plus 127: the sign is gone, and the bias is in
        r = v - f(n - 127) * f(_HIGH)
        r = r - f(n - 127) * f(_LOW)
        p = f(1 / 5040)
        p = p * r + f(1 / 720)
        p = p * r + f(1 / 120)
        p = p * r + f(1 / 24)
        p = p * r + f(1 / 6)
        p = p * r + f(1 / 2)
        x[i] = f(1) + (r + r * r * p)
        bits[i] = n << np.int32(23)
    for i in range(len(x)):
        x[i] *= powers[i]


@njit(**HOW)
def _exp64(x, bits, powers):
    for i in range(len(x)):
        v = min(max(x[i], -700.0), 700.0)
        n = np.int64(v * _LOG2E + 1023.5)
        r = v - (n - 1023) * _HIGH64
        r = r - (n - 1023) * _LOW64
        p = 1 / 6227020800
        p = p * r + 1 / 479001600
        p = p * r + 1 / 39916800
        p = p * r + 1 / 3628800
        p = p * r + 1 / 362880
        p = p * r + 1 / 40320
        p = p * r + 1 / 5040
        p = p * r + 1 / 720
        p = p * r + 1 / 120
        p = p * r + 1 / 24
        p = p * r + 1 / 6
        p = p * r + 1 / 2
        x[i] = 1.0 + (r + r * r * p)
        bits[i] = n << 52
    for i in range(len(x)):
        x[i] *= powers[i]


@njit(**HOW)
def exponential(x, bits, powers):
    """x = exp(x) in place, a flat array; below -87 (-700 in float64) as there, above likewise.

    ``bits`` holds whole numbers of as many bytes, ``powers`` is the same memory as floats.
    The relative error is below 3e-7 in float32, below 4e-16 in float64.
    """
    if x.itemsize == 4:
        _exp32(x, bits, powers)
    else:
        _exp64(x, bits, powers)
