"""What the sentence model makes of callers' words, and what a flow that ships finds in them."""

from pathlib import Path

import pytest

from warmline.assist.playbook import Playbook, load_playbook
from warmline.assist.triggers import said_words, spans
from warmline.errors import ModelError
from warmline.flows.loader import load_flow
from warmline.meaning.embedder import MODEL, Embedder
from warmline.modelstore import ModelStore

pytestmark = pytest.mark.real

CARE = Path(__file__).parents[3] / "voice_flows" / "customer_care"


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    try:
        embed = Embedder(ModelStore().path(MODEL)).embed
    except ModelError as error:
        pytest.skip(str(error))
    return load_playbook(CARE, load_flow(CARE, embed), embed)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("when will I get the money back", "refund_policy"),
        ("so how long until I see that on my card again", "refund_policy"),
        ("your colleague said it was done and it is not", "third_contact"),
        ("I spoke to you people twice already about this", "third_contact"),
        ("I'm never ordering anything here again", "leaving"),
        (
            "Hi, um, so I ordered a lamp on the third of October, and it came, fine, but then I "
            "looked at my bill and I paid for it twice, and I don't know what to do about that.",
            "second_charge_pending",
        ),
    ],
)
def test_other_words_for_a_rule(playbook: Playbook, text: str, rule: str) -> None:
    said = said_words(text)
    assert rule in playbook.triggers.topics(said, spans(said))


@pytest.mark.parametrize(
    "text",
    [
        "I don't want a refund",
        "it's the first time I call",
        "what are your opening hours",
        "yes, that is right",
        "my name is John Smith and my order is four five two seven",
        "I've got the parcel now",
        "can you repeat that please",
    ],
)
def test_nothing_of_the_kind(playbook: Playbook, text: str) -> None:
    said = said_words(text)
    assert playbook.triggers.topics(said, spans(said)) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("you will have the money back on your card within five working days", True),
        ("it takes about five days", True),
        ("I will refund the second charge to your card right away", False),
        ("you will have it on your card within ten working days", False),
        ("let me have a look at that", False),
    ],
)
def test_the_deadline_is_said_or_not(playbook: Playbook, text: str, said: bool) -> None:
    found = list(playbook.items.said(text, ["refund_deadline"]))
    rule = playbook.file.hints["promise_refund"]
    told = playbook.triggers.says((rule.text, *rule.said), spans(said_words(text)))
    assert (bool(found), told) == (said, said)
