"""Places for the boxes of a flowchart: layers from top to bottom, few crossings. Pure.

The method of Sugiyama, Tagawa and Toda (1981): roads that go back are turned round, boxes are
put into layers by the longest way from the start, long roads get a point in each layer between,
the layers are sorted by the middle of their neighbours, and each takes the place nearest to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SWEEPS: Final = 12
"""Times that the layers are sorted, down and up in turn; more changes little."""
Pair = tuple[str, str]
_Point = tuple[str, str, int] | tuple[str]
"""A box (its name), or where a long road crosses a layer (its ends and the layer)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    layers: int
    places: Mapping[str, tuple[float, int]]
    """Of each box: the middle (in the widths' unit, from 0) and the layer (from 0)."""
    bends: Mapping[Pair, tuple[tuple[float, int], ...]]
    """Of each road: its points between the boxes, from the source on."""
    width: float
    """The right edge of the widest layer."""


def layout(names: Sequence[str], roads: Sequence[Pair], box: float, thread: float) -> Layout:
    """Places for boxes of the width `box`, with room of `thread` for each road that passes.

    `names` begin with the boxes to be at the top; roads are pairs of names, each once. Roads
    from a box to itself need no place and are left out.
    """
    straight = [pair for pair in roads if pair[0] != pair[1]]
    back = _backward(names, straight)
    down = list(dict.fromkeys((b, a) if (a, b) in back else (a, b) for a, b in straight))
    layer = _layers(names, down)
    grid: list[list[_Point]] = [[] for _ in range(max(layer.values(), default=0) + 1)]
    for name in names:
        grid[layer[name]].append((name,))
    links: list[tuple[_Point, _Point]] = []
    for a, b in down:
        points: list[_Point] = [(a,)]
        for at in range(layer[a] + 1, layer[b]):
            points.append((a, b, at))
            grid[at].append((a, b, at))
        links += zip(points, [*points[1:], (b,)], strict=True)
    middles = _middles(grid, links, box, thread)
    return Layout(
        layers=len(grid),
        places={name: (middles[name,], layer[name]) for name in names},
        bends={(a, b): _bends(a, b, layer, middles, (a, b) in back) for a, b in straight},
        width=max(
            (x + (box if len(p) == 1 else thread) / 2 for p, x in middles.items()), default=0
        ),
    )


def _bends(
    a: str, b: str, layer: Mapping[str, int], middles: Mapping[_Point, float], back: bool
) -> tuple[tuple[float, int], ...]:
    top, low = (b, a) if back else (a, b)
    points = [(middles[top, low, at], at) for at in range(layer[top] + 1, layer[low])]
    return tuple(reversed(points) if back else points)


def _backward(names: Sequence[str], roads: Sequence[Pair]) -> set[Pair]:
    """The roads that lead back to a box above: without them there are no circles."""
    ahead: dict[str, list[str]] = {name: [] for name in names}
    for a, b in roads:
        ahead[a].append(b)
    back: set[Pair] = set()
    done: set[str] = set()
    for name in names:
        way: dict[str, int] = {name: 0}  # from the top to here, and how many roads were tried
        while way:
            here, tried = next(reversed(way.items()))
            if here in done or tried == len(ahead[here]):
                done.add(here)
                del way[here]
                continue
            way[here] = tried + 1
            if (target := ahead[here][tried]) in way:
                back.add((here, target))
            elif target not in done:
                way[target] = 0
    return back


def _layers(names: Sequence[str], down: Sequence[Pair]) -> dict[str, int]:
    """Each box below all that lead to it."""
    above: dict[str, list[str]] = {name: [] for name in names}
    for a, b in down:
        above[b].append(a)
    layer: dict[str, int] = {}
    waiting = list(names)
    while waiting:
        name = waiting[-1]
        missing = [other for other in above[name] if other not in layer]
        if missing:
            waiting += missing
        else:
            layer[waiting.pop()] = max((layer[other] + 1 for other in above[name]), default=0)
    return layer


def _middles(
    grid: list[list[_Point]], links: Sequence[tuple[_Point, _Point]], box: float, thread: float
) -> dict[_Point, float]:
    """Where the middle of each point is, after sorting the layers."""
    above: dict[_Point, list[_Point]] = {point: [] for row in grid for point in row}
    below: dict[_Point, list[_Point]] = {point: [] for row in grid for point in row}
    for a, b in links:
        below[a].append(b)
        above[b].append(a)
    width = {point: box if len(point) == 1 else thread for point in above}
    middles: dict[_Point, float] = {}
    for row in grid:
        middles |= _spread(row, {}, width)
    for sweep in range(SWEEPS):
        rows, beside = (grid, above) if sweep % 2 == 0 else (grid[::-1], below)
        for row in rows:
            wish = {
                point: sum(middles[other] for other in beside[point]) / len(beside[point])
                for point in row
                if beside[point]
            }
            row.sort(key=lambda point: wish.get(point, middles[point]))
            middles |= _spread(row, {point: middles[point] for point in row} | wish, width)
    left = min((middles[point] - width[point] / 2 for point in middles), default=0)
    return {point: middle - left for point, middle in middles.items()}


def _spread(
    row: Sequence[_Point], wish: Mapping[_Point, float], width: Mapping[_Point, float]
) -> dict[_Point, float]:
    """Side by side without overlap, in order, with the least squared distance to the wishes.

    Points that would overlap are joined to a block, whose best place is the mean of theirs.
    """
    blocks: list[tuple[float, float, list[_Point]]] = []  # sum of left edges wished, width, points
    for point in row:
        total, size, points = wish.get(point, 0.0) - width[point] / 2, width[point], [point]
        while blocks and blocks[-1][0] / len(blocks[-1][2]) + blocks[-1][1] > total / len(points):
            before, wide, others = blocks.pop()
            total, size, points = before + total - wide * len(points), wide + size, others + points
        blocks.append((total, size, points))
    middles: dict[_Point, float] = {}
    for total, _, points in blocks:
        edge = total / len(points)
        for point in points:
            middles[point] = edge + width[point] / 2
            edge += width[point]
    return middles
