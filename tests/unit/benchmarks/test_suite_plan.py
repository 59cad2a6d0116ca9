"""The plan of the suite: what runs together, and that it keeps to its minutes."""

from pathlib import Path

import pytest

from plan import (
    FULL_MINUTES,
    MEASURES,
    QUICK_MINUTES,
    Inputs,
    Measure,
    chosen,
    minutes,
    rounds,
    total,
)

GIVEN = Inputs(
    open_speech=[Path("said")],
    numbers=[Path("digits")],
    every=[Path("said"), Path("digits")],
    noises=[Path("kitchen.flac"), Path("music.wav")],
)


@pytest.mark.parametrize(("quick", "most"), [(False, FULL_MINUTES), (True, QUICK_MINUTES)])
def test_the_suite_keeps_to_its_minutes(quick: bool, most: float) -> None:
    assert total(chosen(quick, (), peers=True), quick) <= most


def test_names_are_unique() -> None:
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_arguments_are_texts(measure: Measure) -> None:
    for quick in (False, True):
        given = Inputs(
            open_speech=GIVEN.open_speech,
            numbers=GIVEN.numbers,
            every=GIVEN.every,
            noises=GIVEN.noises,
            quick=quick,
        )
        assert all(isinstance(argument, str) for argument in measure.arguments(given))


def test_what_needs_the_machine_alone_is_alone() -> None:
    for some in rounds(MEASURES):
        assert len(some) == 1 or not any(measure.alone for measure in some)
    assert sorted(measure.name for some in rounds(MEASURES) for measure in some) == sorted(
        measure.name for measure in MEASURES
    )


def test_measures_beside_each_other_share_two_lanes() -> None:
    def taking(full: float) -> Measure:
        return Measure(
            name=str(full), title="", program="", arguments=lambda _: [], full=full, quick=0
        )

    assert minutes([taking(3), taking(2), taking(2)], quick=False) == 4
    assert minutes([taking(3)], quick=False) == 3


def test_only_what_is_asked_for() -> None:
    assert [m.name for m in chosen(True, ["scheduler"], peers=False)] == ["scheduler"]
    assert not [m for m in chosen(False, (), peers=False) if m.peer]
    assert [m for m in chosen(False, (), peers=True) if m.peer]
