"""The picture of a flow: well-formed, with every node and label, and nothing that runs."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from warmline.flows.chart import Arrow, Box, Chart, chart
from warmline.flows.flow import FlowFile
from warmline.flows.includes import read_source
from warmline.flows.nodes import NODE_KINDS
from warmline.flows.svg import svg

FLOWS = Path(__file__).parents[3] / "voice_flows"
TEXT = "{http://www.w3.org/2000/svg}text"


def texts(drawn: str) -> list[str]:
    return [found.text or "" for found in ElementTree.fromstring(drawn).iter(TEXT)]


@pytest.mark.parametrize("path", sorted(FLOWS.glob("*/flow.yaml")), ids=lambda p: p.parent.name)
def test_shipped_flows_are_drawn(path: Path) -> None:
    file = FlowFile.model_validate(read_source(path).value)
    found = texts(svg(chart(file)))
    assert {name if len(name) <= 22 else name[:21] + "…" for name in file.nodes} <= set(found)
    assert file.flow in found


def test_texts_are_no_markup() -> None:
    evil = "</text><script>alert(1)</script>&\"'"
    boxes = tuple(
        Box(name=f"n{number}", kind=kind, text=evil) for number, kind in enumerate(NODE_KINDS)
    )
    arrows = (
        Arrow(source="n0", target="n1", label=evil),
        Arrow(source="n1", target="n0", label=""),
        Arrow(source="n2", target="n2", label="again"),
    )
    drawn = svg(Chart(title=evil, doors=("n0",), boxes=boxes, arrows=arrows))
    found = texts(drawn)
    assert "<script" not in drawn
    assert found[0] == evil and "again" in found
    assert drawn.count('class="road"') == 3
