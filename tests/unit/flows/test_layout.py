"""Places of boxes: none overlaps, roads go down, and any graph ends."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from warmline.flows.layout import Layout, Pair, layout

BOX, THREAD = 100.0, 20.0
NAMES = [f"n{at}" for at in range(12)]
ROADS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), unique=True)


def placed(names: list[str], roads: list[Pair]) -> Layout:
    return layout(names, roads, BOX, THREAD)


def test_a_chain_is_a_column() -> None:
    found = placed(["a", "b", "c"], [("a", "b"), ("b", "c")])
    assert found.places == {"a": (50, 0), "b": (50, 1), "c": (50, 2)}
    assert (found.layers, found.width) == (3, 100)


def test_a_long_road_has_a_bend_in_each_layer() -> None:
    found = placed(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c"), ("c", "a")])
    (down,) = found.bends["a", "c"]
    (up,) = found.bends["c", "a"]
    assert down[1] == up[1] == 1
    assert abs(down[0] - found.places["b"][0]) >= (BOX + THREAD) / 2


def test_children_of_one_are_side_by_side_under_it() -> None:
    found = placed(["a", "b", "c"], [("a", "b"), ("a", "c")])
    middle = (found.places["b"][0] + found.places["c"][0]) / 2
    assert found.places["a"] == (middle, 0)


def test_crossings_that_can_be_avoided_are() -> None:
    roads = [("a", "x"), ("b", "y"), ("x", "q"), ("y", "p")]
    found = placed(["a", "b", "y", "x", "p", "q"], roads)
    across = [found.places[one][0] < found.places[two][0] for one, two in ("ab", "xy", "qp")]
    assert len(set(across)) == 1


@given(ROADS)
def test_whatever_the_roads_boxes_do_not_overlap(roads: list[Pair]) -> None:
    found = placed(NAMES, roads)
    assert found.places.keys() == set(NAMES)
    for layer in range(found.layers):
        row = sorted(x for x, at in found.places.values() if at == layer)
        assert all(right - left >= BOX - 1e-6 for left, right in pairwise(row))
        assert not row or (row[0] >= BOX / 2 - 1e-6 and row[-1] <= found.width - BOX / 2 + 1e-6)


@given(ROADS)
def test_each_road_crosses_the_layers_between_its_ends(roads: list[Pair]) -> None:
    found = placed(NAMES, roads)
    assert found.bends.keys() == {(a, b) for a, b in roads if a != b}
    for (a, b), bends in found.bends.items():
        top, low = found.places[a][1], found.places[b][1]
        step = 1 if low > top else -1
        assert top != low
        assert [at for _, at in bends] == list(range(top + step, low, step))
