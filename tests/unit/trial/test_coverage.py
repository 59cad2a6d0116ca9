"""Which nodes and exits conversations exercise."""

from collections.abc import Callable

from warmline.flows.flow import Flow
from warmline.trial.coverage import coverage
from warmline.trial.outcome import Outcome

Play = Callable[..., Outcome]
SHIPPED = "endpoints: { orders: [ { ok: { status: shipped } } ] }\n"


def test_nothing_is_exercised_by_no_conversation(flow: Flow) -> None:
    found = coverage(flow, [])
    assert (found.node_percent, found.road_percent) == (0, 0)
    assert found.missed_nodes == tuple(flow.nodes)


def test_one_call_exercises_its_road(flow: Flow, play: Play) -> None:
    call = play(
        *('caller: "no"', 'caller: "my parcel"', 'caller: "four five two seven"'),
        *('caller: "yes"', 'caller: "no"', "bot: { ends: true }"),
        head=SHIPPED,
    )
    found = coverage(flow, [call])
    assert found.missed_nodes == ("card", "broken", "loans", "number_back", "call_back", "again")
    assert [road for road, _ in found.missed_roads] == [
        ("reason", ("on", "pay")),
        ("reason", ("on", "loan")),
        ("look_up", ("on", "not_found")),
        ("look_up", ("on", "error")),
        ("more", ("on", "yes")),
        ("card", ("on", "ok")),
        ("card", ("on", "error")),
        ("number_back", ("then",)),
        ("again", ("then",)),
    ]
    assert round(found.node_percent) == 57


def test_calls_add_up(flow: Flow, play: Play) -> None:
    head = "endpoints: { orders: [ not_found ], cards: [ error, ok ] }\n"
    lost = [
        *('caller: "no"', 'caller: "my parcel"', 'caller: "four five two seven"', 'caller: "yes"'),
        "bot: { node: order }",
    ]
    paid = ['caller: "no"', 'caller: "paying"', 'caller: { dtmf: "1234" }', "bot: { node: broken }"]
    found = coverage(flow, [play(*lost, head=head), play(*paid, head=head)])
    missed = {road for road, _ in found.missed_roads}
    assert not {("look_up", ("on", "not_found")), ("card", ("on", "error"))} & missed
    assert {("look_up", ("on", "ok")), ("card", ("on", "ok"))} <= missed


def test_a_person_on_request_is_no_exit_of_the_node(flow: Flow, play: Play) -> None:
    found = coverage(flow, [play('caller: "agent"', "bot: { ends: true }")])
    taken = len(found.missed_roads)
    assert taken == found.roads - 1
    assert found.missed_nodes == tuple(flow.nodes)[2:]
