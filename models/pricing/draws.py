"""Scenarios in machine code: draws made where they are used, never stored.

A normal draw is a function of the seed, of what it moves (a group of a factor, or a
claim's own noise) and of the scenario: SplitMix64 (Steele, Lea and Flood 2014) over a
counter, then Box and Muller (1958). No thread has a state, so no number of threads
changes a draw; no library function is called that differs between machines. Products
that are added to something are not rounded first. All compiled functions share this
file because numba's cache on disk notices a change of a function's own file only.

Polynomials are Chebyshev interpolations in single precision.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core.cgutils import get_item_pointer
from numba.extending import intrinsic

from features.compiled import compiled, fused
from features.package import Floats, Ints

Singles = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

# A scenario's level is kept in a byte.
MOST_POINTS = 256
# Claims that are added at once: the sums are read and written once for all of them.
TOGETHER = 4
FOUR = ir.VectorType(ir.DoubleType(), 4)
# Number of a claim's own noise among what moves it; factors count from 0.
OWN = 99
# Scenarios come in strides, the second half of which mirrors the first: all of their
# draws have the other sign. Half of the first half takes the sines, half the cosines.
STRIDE = 256
DRAWN = STRIDE // 2
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
TWO, HALF, ONE = np.float32(2.0), np.float32(0.5), np.float32(1.0)
LOG_2 = np.float32(0.6931471805599453)
RADIANS = np.float32(np.pi / 2**32)
# Beyond it a normal's level is the first or the last of MOST_POINTS.
FARTHEST = np.float32(3.3)
CENTRE_SQUARE = np.float32(2.0 / 3.3**2)
# A float's bits less those of the root of a half hold its exponent.
ROOT_HALF_BITS, MANTISSA_BITS = np.int32(0x3F3504F3), np.int32(23)

# log(1 + x) / x between the roots of a half and of two.
L0, L1 = np.float32(0.99999994), np.float32(-0.50000376)
L2, L3 = np.float32(0.33334607), np.float32(-0.24968907)
L4, L5 = np.float32(0.19913349), np.float32(-0.17278206)
L6, L7 = np.float32(0.16126248), np.float32(-0.09895351)
# sin(x) / x and cos(x) in the square of x, up to a right angle.
S1, S2 = np.float32(-0.16666658), np.float32(0.00833305)
S3, S4 = np.float32(-0.00019809), np.float32(2.6051077e-06)
C0, C1 = np.float32(0.99999994), np.float32(-0.49999905)
C2, C3 = np.float32(0.041663572), np.float32(-0.0013853629)
C4 = np.float32(2.3152417e-05)
# (Phi(x) - 1/2) / x up to FARTHEST, in the square of x scaled to -1 and 1.
P0, P1 = np.float32(0.2100698), np.float32(-0.09192758)
P2, P3 = np.float32(0.051102273), np.float32(-0.026394)
P4, P5 = np.float32(0.012083054), np.float32(-0.004868082)
P6, P7 = np.float32(0.0017137055), np.float32(-0.0005494636)
P8, P9 = np.float32(0.00018662616), np.float32(-4.7675538e-05)


@compiled
def mixed(bits: np.uint64) -> np.uint64:
    """SplitMix64's finaliser: every bit of the result hangs on every bit."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@compiled
def _stream(seed: int, kind: int, number: int) -> np.uint64:
    """Where the counter of one thing's draws starts."""
    of_kind = mixed(mixed(np.uint64(seed) + GOLDEN) + np.uint64(kind) * GOLDEN)
    return mixed(of_kind + np.uint64(number) * GOLDEN)


@fused
def _radius(bits: np.int32) -> np.float32:
    """Distance from nothing of two normal draws, from 24 random bits."""
    uniform = np.float32(np.float32(bits) + HALF)
    whole = uniform.view(np.int32)
    exponent = np.int32(np.int32(whole - ROOT_HALF_BITS) >> MANTISSA_BITS)
    scaled = np.int32(whole - np.int32(exponent << MANTISSA_BITS)).view(np.float32)
    x = scaled - ONE
    log = x * (
        L0 + x * (L1 + x * (L2 + x * (L3 + x * (L4 + x * (L5 + x * (L6 + x * L7))))))
    )
    radius: np.float32 = np.sqrt(
        TWO * ((np.float32(24) - np.float32(exponent)) * LOG_2 - log)
    )
    return radius


@fused
def _draw_stride(counter: np.uint64, drawn: Singles) -> None:
    pairs = len(drawn) // 2
    for i in range(pairs):
        bits = mixed(counter + np.uint64(i) * GOLDEN)
        radius = _radius(np.int32(bits >> np.uint64(40)))
        angle = np.float32(np.int32(bits & np.uint64(0xFFFFFFFF))) * RADIANS
        square = angle * angle
        sine = angle * (
            ONE + square * (S1 + square * (S2 + square * (S3 + square * S4)))
        )
        cosine = C0 + square * (C1 + square * (C2 + square * (C3 + square * C4)))
        drawn[i] = radius * TWO * sine * cosine
        drawn[pairs + i] = radius * (ONE - TWO * sine * sine)


@compiled
def _draw_firsts(seed: int, kind: int, number: int, start: int, drawn: Singles) -> None:
    """Fill the scenarios that others mirror; arguments as of ``draw_normals``."""
    key = _stream(seed, kind, number)
    for first in range(0, len(drawn), DRAWN):
        counter = key + np.uint64(start // 4 + first // 2) * GOLDEN
        _draw_stride(counter, drawn[first : first + DRAWN])


@compiled
def draw_normals(seed: int, kind: int, number: int, start: int, drawn: Singles) -> None:
    """Fill scenarios with the normal draws of one thing that moves claims.

    Args:
        seed: Seed of all scenarios.
        kind: Number of the factor, or OWN for the noise of a claim.
        number: Group of the factor, or the claim.
        start: First scenario, a multiple of STRIDE.
        drawn: What is filled, a multiple of STRIDE long.
    """
    strides = drawn.reshape(-1, 2, DRAWN)
    firsts = np.empty(len(drawn) // 2, np.float32)
    _draw_firsts(seed, kind, number, start, firsts)
    strides[:, 0] = firsts.reshape(-1, DRAWN)
    strides[:, 1] = -strides[:, 0]


@fused
def _read_levels(
    shared: Singles, own: np.float32, noise: Singles, points: int, levels: Bytes
) -> None:
    """Number of the point that each scenario's latent recovery falls on.

    Its mirror's is as far from the other end.
    """
    count = np.float32(points)
    for i in range(len(levels)):
        latent = min(max(shared[i] + own * noise[i], -FARTHEST), FARTHEST)
        x = latent * latent * CENTRE_SQUARE - ONE
        slope = P4 + x * (P5 + x * (P6 + x * (P7 + x * (P8 + x * P9))))
        slope = P0 + x * (P1 + x * (P2 + x * (P3 + x * slope)))
        levels[i] = np.int32(count * (HALF + latent * slope))


@fused
def _share_down(
    groups: Ints, shares: Floats, changed: int, seed: int, start: int, shared: Singles
) -> None:
    """Add up a claim's factors, from the first that changed on.

    Row f of ``shared`` is the sum of the first f factors in each scenario, shape
    (factors + 1, scenarios).
    """
    for f in range(changed, len(shares)):
        upper, lower = shared[f], shared[f + 1]
        if groups[f] < 0:
            lower[:] = upper
            continue
        _draw_firsts(seed, f, groups[f], start, lower)
        part = np.float32(np.sqrt(shares[f]))
        for i in range(len(lower)):
            lower[i] = upper[i] + part * lower[i]


@compiled
def _own_deviation(groups: Ints, shares: Floats) -> np.float32:
    """Standard deviation of what a claim shares with no other."""
    variance = 1.0
    for f in range(len(shares)):
        if groups[f] >= 0:
            variance -= shares[f]
    return np.float32(np.sqrt(variance))


@compiled
def _first_change(groups: Ints, before: Ints) -> int:
    for f in range(len(groups)):
        if groups[f] != before[f]:
            return f
    return len(groups)


def _rows_added(_: Any, sums: Any, scenario: Any, told: Any, levels: Any) -> Any:
    """Add to a row of sums what each of a few claims is worth there, four at a time.

    Numba makes no vector of neighbours that loops do not run over: one by one they take
    twice as long.
    """

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        def cell(number: int, *index: Any) -> Any:
            kind = signature.args[number]
            array = context.make_array(kind)(context, builder, given[number])
            return get_item_pointer(context, builder, kind, array, index)  # type: ignore[no-untyped-call]

        def row(number: int, *index: Any) -> Any:
            first = cell(number, *index, place_of(0))
            return builder.bitcast(first, FOUR.as_pointer())

        place_of = partial(context.get_constant, types.intp)
        place = given[1]
        total = builder.load(row(0, place), align=8)
        for claim in map(place_of, range(TOGETHER)):
            level = builder.load(cell(3, claim, place))
            worth = row(2, claim, builder.zext(level, place.type))
            total = builder.fadd(total, builder.load(worth, align=8))
        builder.store(total, row(0, place), align=8)
        return context.get_dummy_value()

    return types.void(sums, scenario, told, levels), code


_add_rows = cast(Callable[[Floats, int, Floats, Bytes], None], intrinsic(_rows_added))


@compiled
def _tell_worth(points: Floats, worth: Floats, told: Floats) -> None:
    """What two kinds of worth are at each level, and at its mirror, (points, 4)."""
    for level in range(len(points)):
        for kind in range(2):
            told[level, kind] = worth[kind] * points[level]
            told[level, 2 + kind] = worth[kind] * points[len(points) - 1 - level]


@compiled
def _add_told(told: Floats, levels: Bytes, sums: Floats) -> None:
    """Add a few claims to the sums of a block; they are told of nothing any more."""
    for pair in range(len(sums)):
        for scenario in range(sums.shape[1]):
            _add_rows(sums[pair], scenario, told[pair], levels)
    told[:] = 0.0


@compiled
def _in_strides(sums: Floats) -> Floats:
    """Sums of scenarios and of their mirrors in the order of scenarios."""
    pairs, count = sums.shape[:2]
    told = np.empty((pairs, 2, count // DRAWN, 2, DRAWN))
    for pair in range(pairs):
        for kind in range(2):
            for half in range(2):
                drawn = sums[pair, :, 2 * half + kind].copy().reshape(-1, DRAWN)
                told[pair, kind, :, half] = drawn
    return told.reshape(2 * pairs, -1)


@compiled
def draw_block(
    points: Floats,
    worth: Floats,
    groups: Ints,
    shares: Floats,
    order: Ints,
    seed: int,
    start: int,
    size: int,
) -> Floats:
    """Draw a block of scenarios.

    Args:
        points: Equally likely recovery rates of each claim, ascending, (n, points).
        worth: What a recovery rate of 1 is worth, shape (n, kinds), kinds even.
        groups: Group of each claim by factor, -1 where it stands alone, shape
            (n, factors).
        shares: Share of each factor, shape (factors,).
        order: Claims in the order of their groups, shape (n,).
        seed: Seed of all scenarios.
        start: First scenario, a multiple of STRIDE.
        size: How many scenarios.

    Returns:
        Sums over the claims by kind of worth, shape (kinds, size).
    """
    wide = (size + STRIDE - 1) // STRIDE * DRAWN
    shared = np.zeros((len(shares) + 1, wide), np.float32)
    noise, levels = np.empty(wide, np.float32), np.zeros((TOGETHER, wide), np.uint8)
    pairs = worth.shape[1] // 2
    told = np.zeros((pairs, TOGETHER, points.shape[1], 4))
    sums = np.zeros((pairs, wide, 4))
    for j in range(len(order)):
        claim, beside = order[j], j % TOGETHER
        own, changed = groups[claim], 0
        if j > 0:
            changed = _first_change(own, groups[order[j - 1]])
        _share_down(own, shares, changed, seed, start, shared)
        _draw_firsts(seed, OWN, claim, start, noise)
        deviation = _own_deviation(own, shares)
        _read_levels(shared[-1], deviation, noise, points.shape[1], levels[beside])
        for pair in range(pairs):
            two = worth[claim, 2 * pair : 2 * pair + 2]
            _tell_worth(points[claim], two, told[pair, beside])
        if beside == TOGETHER - 1 or j == len(order) - 1:
            _add_told(told, levels, sums)
    return _in_strides(sums)[:, :size].copy()
