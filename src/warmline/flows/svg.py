"""Draws a flowchart as SVG, with nothing but text, boxes and curves. Pure."""

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from warmline.flows.chart import Arrow, Box, Chart
from warmline.flows.layout import Layout, layout

BOX_W, BOX_H = 230, 58
GAP_X, GAP_Y = 26, 64
THREAD = 34
"""Room for a road that passes beside boxes."""
MARGIN = 24
_TOP: Final = 40
_LETTER: Final = 6.2
"""Mean width of a letter at 11 px, for the plates behind labels."""
_COLOURS: Final = {
    "say": "#e8f0fe",
    "ask": "#e6f4ea",
    "menu": "#e6f4ea",
    "answer": "#e6f4ea",
    "consent": "#fef7e0",
    "secure_input": "#fef7e0",
    "call": "#f3e8fd",
    "look_up": "#f3e8fd",
    "set": "#f1f3f4",
    "branch": "#f1f3f4",
    "escalate": "#fce8e6",
    "handback": "#fce8e6",
    "end": "#e8eaed",
}
_STYLE: Final = (
    "text{font-family:system-ui,'DejaVu Sans',sans-serif;fill:#202124}"
    ".name{font-size:13px;font-weight:600}.kind{font-size:11px;fill:#5f6368}"
    ".text,.label{font-size:11px}.title{font-size:16px;font-weight:600}"
    ".road{fill:none;stroke:#80868b;stroke-width:1.4}.plate{fill:#fff;fill-opacity:.88}"
)

_Xy = tuple[float, float]


def svg(shown: Chart) -> str:
    """One document, readable without any other file."""
    first = [*dict.fromkeys(shown.doors)]
    names = [*first, *(box.name for box in shown.boxes if box.name not in first)]
    roads = [(arrow.source, arrow.target) for arrow in shown.arrows]
    placed = layout(names, roads, BOX_W + GAP_X, THREAD)
    width = placed.width + 2 * MARGIN + BOX_W / 4
    height = _TOP + placed.layers * (BOX_H + GAP_Y) - GAP_Y + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">',
        f"<title>{escape(shown.title)}</title><style>{_STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#80868b"/></marker></defs>',
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f'<text class="title" x="{MARGIN}" y="{MARGIN + 8}">{escape(shown.title)}</text>',
    ]
    drawn = [_Road(arrow, placed) for arrow in shown.arrows]
    parts += [road.curve() for road in drawn]
    parts += [part for box in shown.boxes for part in _box(box, placed, box.name in first)]
    parts += [road.label() for road in drawn if road.arrow.label]
    return "\n".join([*parts, "</svg>", ""])


def _xy(place: tuple[float, int]) -> _Xy:
    """The middle of a place on the page."""
    return MARGIN + place[0], _TOP + MARGIN + place[1] * (BOX_H + GAP_Y) + BOX_H / 2


def _box(box: Box, placed: Layout, door: bool) -> Iterator[str]:
    x, y = _xy(placed.places[box.name])
    left, top = x - BOX_W / 2, y - BOX_H / 2
    stroke = 'stroke="#1a73e8" stroke-width="2.5"' if door else 'stroke="#bdc1c6"'
    yield (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{BOX_W}" height="{BOX_H}" rx="8" '
        f'fill="{_COLOURS[box.kind]}" {stroke}/>'
    )
    yield f'<text class="name" x="{left + 10:.1f}" y="{top + 20:.1f}">{_short(box.name, 22)}</text>'
    yield (
        f'<text class="kind" x="{left + BOX_W - 10:.1f}" y="{top + 20:.1f}" '
        f'text-anchor="end">{box.kind}</text>'
    )
    yield f'<text class="text" x="{left + 10:.1f}" y="{top + 42:.1f}">{_short(box.text, 34)}</text>'


def _short(text: str, most: int) -> str:
    return escape(text if len(text) <= most else text[: most - 1].rstrip() + "…")


class _Road:
    """An arrow, from the lower edge of its box to the upper edge of the next."""

    def __init__(self, arrow: Arrow, placed: Layout) -> None:
        self.arrow = arrow
        a, b = _xy(placed.places[arrow.source]), _xy(placed.places[arrow.target])
        self._loop = arrow.source == arrow.target
        bends = [] if self._loop else list(placed.bends[arrow.source, arrow.target])
        up = b[1] < a[1]
        step = -BOX_H / 2 if up else BOX_H / 2
        beside = [(x, y + half) for x, y in map(_xy, bends) for half in (-step, step)]
        points = [a, *beside, b]
        begin = _edge(a, points[1], BOX_H / 2, up)
        end = _edge(b, points[-2], -BOX_H / 2, up)
        self._points = [begin, *points[1:-1], end]

    def curve(self) -> str:
        return f'<path class="road" d="{self._path()}" marker-end="url(#tip)"/>'

    def _path(self) -> str:
        (x, y), *rest = self._points
        if self._loop:
            right, middle = x + BOX_W / 2, y - BOX_H / 2
            return (
                f"M{right:.1f} {middle + 12:.1f}C{right + 40:.1f} {middle + 30:.1f} "
                f"{right + 40:.1f} {middle - 30:.1f} {right:.1f} {middle - 12:.1f}"
            )
        path = f"M{x:.1f} {y:.1f}"
        for next_x, next_y in rest:
            middle = (y + next_y) / 2
            path += f"C{x:.1f} {middle:.1f} {next_x:.1f} {middle:.1f} {next_x:.1f} {next_y:.1f}"
            x, y = next_x, next_y
        return path

    def label(self) -> str:
        """On the first piece of the road, past its middle, where roads have parted."""
        (x, y), (next_x, next_y), *_ = self._points
        at = 0.55
        lx, ly = x + (next_x - x) * _eased(at), y + (next_y - y) * at
        if self._loop:
            lx, ly = x + BOX_W / 2 + 34, y - BOX_H / 2
        text = _short(self.arrow.label, 28)
        wide = len(self.arrow.label[:28]) * _LETTER + 6
        return (
            f'<rect class="plate" x="{lx - wide / 2:.1f}" y="{ly - 9:.1f}" width="{wide:.1f}" '
            f'height="15" rx="3"/><text class="label" x="{lx:.1f}" y="{ly + 3:.1f}" '
            f'text-anchor="middle">{text}</text>'
        )


def _edge(box: _Xy, other: _Xy, below: float, up: bool) -> _Xy:
    """Where a road leaves or meets a box. Roads back do at a side, not to hide those down."""
    x, y = box
    side = BOX_W / 2 - 14 if up else 0
    return x + (side if other[0] >= x else -side), y + (-below if up else below)


def _eased(at: float) -> float:
    """How far a curve has come sideways when it has come `at` of its way down: its control
    points lie above and below its ends."""
    return 3 * at**2 - 2 * at**3
