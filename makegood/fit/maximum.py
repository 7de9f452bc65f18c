"""The maximum of a function of a few numbers, by the simplex of Nelder and Mead (1965): no derivatives, no libraries."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Point = tuple[float, ...]
STEP, MOST_STEPS, FLAT = 0.5, 600, 1e-7


def maximum(value: Callable[[Point], float], start: Sequence[float], *, step: float = STEP) -> tuple[float, Point]:
    """(the value, the point) of the highest place found from `start`; ends where all corners are level, or after MOST_STEPS."""
    corners = _simplex(value, tuple(start), step)
    for _ in range(MOST_STEPS):
        corners.sort(key=lambda corner: -corner[0])
        best, worst = corners[0], corners[-1]
        if best[0] - worst[0] <= FLAT * (abs(best[0]) + FLAT):
            break
        _move(value, corners)
    return max(corners, key=lambda corner: corner[0])


def _simplex(value: Callable[[Point], float], start: Point, step: float) -> list[tuple[float, Point]]:
    points = [start, *(tuple(x + step * (n == axis) for n, x in enumerate(start)) for axis in range(len(start)))]
    return [(value(point), point) for point in points]


def _move(value: Callable[[Point], float], corners: list[tuple[float, Point]]) -> None:
    """Replace the worst corner, or draw all towards the best. `corners` is sorted, the best first."""
    (worst_value, worst), others = corners[-1], [point for _, point in corners[:-1]]
    centre = tuple(sum(xs) / len(others) for xs in zip(*others, strict=True))

    def at(share: float) -> tuple[float, Point]:
        point = tuple(c + share * (c - w) for c, w in zip(centre, worst, strict=True))
        return value(point), point

    reflected = at(1.0)
    if reflected[0] > corners[0][0]:
        corners[-1] = max(reflected, at(2.0), key=lambda corner: corner[0])
    elif reflected[0] > corners[-2][0]:
        corners[-1] = reflected
    else:
        inside = at(0.5 if reflected[0] > worst_value else -0.5)
        if inside[0] > max(reflected[0], worst_value):
            corners[-1] = inside
        else:
            _shrink(value, corners)


def _shrink(value: Callable[[Point], float], corners: list[tuple[float, Point]]) -> None:
    best = corners[0][1]
    for n, (_, point) in enumerate(corners[1:], 1):
        nearer = tuple((x + b) / 2 for x, b in zip(point, best, strict=True))
        corners[n] = value(nearer), nearer
