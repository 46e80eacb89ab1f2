"""A register of 512 bits as a type that compiled functions know.

numba has no type for vectors, and its loops over eight words keep them in memory. Here
one value is eight words of 64 bits, which LLVM holds in one register where the
processor has such, and in two or four elsewhere.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import datamodel
from numba.extending import intrinsic as untyped_intrinsic
from numba.extending import register_model

WORDS = 8
BITS = 64 * WORDS
_WORD = ir.IntType(64)
_VECTOR = ir.VectorType(_WORD, WORDS)


class _LanesType(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Lanes")


_LANES: Any = _LanesType()


def intrinsic(emitter: Any) -> Any:
    """A function whose machine code an emitter writes, once types are known."""
    return untyped_intrinsic(emitter)


@register_model(_LanesType)
class _LanesModel(datamodel.models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)  # type: ignore[no-untyped-call]


def _line_address(context: Any, builder: Any, kind: Any, array: Any, line: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.gep(builder.bitcast(data, _VECTOR.as_pointer()), [line])


@intrinsic
def all_ones(_context: Any) -> Any:
    """A register of ones."""

    def emit(_context: Any, _builder: Any, _signature: Any, _arguments: Any) -> Any:
        return ir.Constant(_VECTOR, [-1] * WORDS)

    return _LANES(), emit


@intrinsic
def meet(_context: Any, lanes: Any, lines: Any, line: Any) -> Any:
    """A register and a line of an array of words, bit by bit."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[1]
        address = _line_address(context, builder, kind, arguments[1], arguments[2])
        return builder.and_(arguments[0], builder.load(address, align=8))

    return _LANES(lanes, lines, line), emit


@intrinsic
def store(_context: Any, lines: Any, line: Any, lanes: Any) -> Any:
    """Write a register to a line of an array of words."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        address = _line_address(context, builder, kind, arguments[0], arguments[1])
        builder.store(arguments[2], address, align=8)
        return context.get_dummy_value()

    return types.void(lines, line, lanes), emit


@intrinsic
def trailing_zeros(_context: Any, word: Any) -> Any:
    """Position of the lowest bit that is set; some bit must be."""

    def emit(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(word), emit
