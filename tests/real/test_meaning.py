"""The sentence model, intents by it, and what callers ask of the loyalty programme."""

from pathlib import Path
from typing import Final

import numpy as np
import pytest

from warmline.errors import ModelError
from warmline.meaning.articles import Passage, read_articles
from warmline.meaning.embedder import DIMENSIONS, MODEL, Embedder
from warmline.meaning.intents import Decision, IntentMatcher, decide
from warmline.meaning.knowledge import Knowledge
from warmline.modelstore import ModelStore

pytestmark = pytest.mark.real

ARTICLES = Path(__file__).parents[2] / "voice_flows" / "loyalty_faq" / "knowledge"
PAIR = ["That is a happy person", "That is a very happy person"]


@pytest.fixture(scope="module")
def folder() -> Path:
    try:
        return ModelStore().path(MODEL)
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def embedder(folder: Path) -> Embedder:
    return Embedder(folder)


def test_it_computes_what_its_authors_publish(folder: Path) -> None:
    one, other = Embedder(folder, precision="float32").embed(PAIR)
    assert one @ other == pytest.approx(0.9429, abs=2e-4)


def test_eight_bits_are_near_enough(folder: Path, embedder: Embedder) -> None:
    exact = Embedder(folder, precision="float32").embed(PAIR)
    assert np.einsum("ij,ij->i", embedder.embed(PAIR), exact).min() > 0.99


def test_rows_have_length_one_whatever_the_text(embedder: Embedder) -> None:
    rows = embedder.embed(["hello", "", "日本", "word " * 500, "hello", "\x00 é ß"])
    assert rows.shape == (6, DIMENSIONS)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(6), abs=1e-5)
    assert (rows[0] == rows[4]).all()
    assert embedder.embed([]).shape == (0, DIMENSIONS)


def test_a_batch_gives_what_single_texts_give(folder: Path, embedder: Embedder) -> None:
    texts = [f"{'please ' * size}cancel my order" for size in range(12)]
    together = Embedder(folder).embed(texts)
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    assert np.einsum("ij,ij->i", together, alone).min() > 0.999


def test_what_was_not_used_for_long_is_forgotten(folder: Path) -> None:
    small = Embedder(folder, cached=2)
    first = small.embed(["one", "two", "three"])
    assert small.embed(["one", "two", "three"]) == pytest.approx(first, abs=1e-2)


def test_a_folder_without_the_model(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"warmline models pull {MODEL}"):
        Embedder(tmp_path)
    for name, content in {
        "tokenizer.json": (folder / "tokenizer.json").read_bytes(),
        "config.json": (folder / "config.json").read_bytes(),
        "model.safetensors": b"\xff" * 64,
    }.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.safetensors: not a safetensors file"):
        Embedder(tmp_path)


EXAMPLES: Final = {
    "where": ["where is my order", "has my parcel shipped", "I'm still waiting for my delivery"],
    "address": ["I moved", "change the delivery address", "I have a new address"],
    "cancel": ["cancel my order", "I don't want my order anymore", "I changed my mind"],
    "broken": ["it arrived broken", "the item does not work", "damaged goods"],
}


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("uh when is my package going to be here", "where"),
        ("it still hasn't come", "where"),
        ("we live somewhere else now", "address"),
        ("I'd like to call the purchase off", "cancel"),
        ("my toaster came with a crack in it", "broken"),
    ],
)
def test_other_words_for_an_intent(embedder: Embedder, said: str, intent: str) -> None:
    guesses = IntentMatcher(EXAMPLES, embedder.embed).match(said)
    assert guesses[0].intent == intent
    assert decide(guesses) is not Decision.NOTHING


@pytest.mark.parametrize(
    "said",
    [
        "I do not want to cancel my order",
        "please don't cancel my order",
        "don't terminate my purchase",
        "I'm not calling to cancel",
    ],
)
def test_no_wish_to_cancel(embedder: Embedder, said: str) -> None:
    found = {g.intent: g.confidence for g in IntentMatcher(EXAMPLES, embedder.embed).match(said)}
    assert found["cancel"] < 0.6


@pytest.mark.parametrize("said", ["what's the weather like", "tell me a joke", "how old are you"])
def test_none_of_the_intents(embedder: Embedder, said: str) -> None:
    assert IntentMatcher(EXAMPLES, embedder.embed).match(said)[0].confidence < 0.3


SUPPORTED: Final = {
    "How do I join?": [
        "how do i sign up for the rewards programme",
        "can i get one of those loyalty cards",
        "does it cost anything to be a member",
        "i want to become a member",
        "where can i register for a card",
        "is signing up free of charge",
        "can my fifteen year old have a card of his own",
    ],
    "How do I earn points?": [
        "how many points do i get per dollar",
        "do i collect points when i order on the website",
        "how does earning work",
        "what do i get for spending fifty dollars",
        "when do i have to show my card to get points",
        "do gift cards earn points",
    ],
    "When do my points expire?": [
        "do my points ever expire",
        "how long do i have to use up my points",
        "is there an end date on my points",
        "i have not been to the shop for a year are my points gone",
    ],
    "How do I check my balance?": [
        "how many points are on my account",
        "can you tell me my current balance",
        "where do i see how many points i've collected",
        "i'd like to know my points balance",
    ],
    "How do I use my points?": [
        "how do i spend my points",
        "what are a thousand points worth",
        "can i pay at the till with points",
        "i want to redeem my points",
        "how much money off do i get for my points",
        "what is the smallest number of points i can use",
    ],
    "What if points are missing?": [
        "i went shopping last week and my points still aren't there",
        "i bought something and did not get any points for it",
        "the cashier forgot to scan my card can i still get the points",
        "points from saturday are missing",
    ],
    "What are the membership levels?": [
        "what do i need to do to become a gold member",
        "what is the difference between silver and gold",
        "how do you get to the silver level",
        "what advantages do gold customers have",
    ],
    "I lost my card": [
        "i've lost my loyalty card",
        "someone stole my purse with the card in it",
        "my card is gone i think it fell out of my pocket",
        "i need a replacement card",
    ],
    "How do I change my address or e-mail?": [
        "i have moved and need to give you my new address",
        "my email address has changed",
        "i've got a new phone number",
        "we're moving next month where do i tell you the new address",
    ],
    "Can my family share an account?": [
        "can my husband and i put our points together",
        "can i add my daughter to my account",
        "is there such a thing as a family account",
        "my wife would like to use my points too",
    ],
    "Where else can I collect points?": [
        "which other shops can i use the card in",
        "do you get points at the gas station",
        "who are your partner stores",
        "can i collect points at the pharmacy",
    ],
    "How do I close my account?": [
        "please delete my account",
        "i don't want to be a member any more how do i get out",
        "i'd like to cancel my membership",
        "get rid of all the data you have about me",
    ],
}
UNSUPPORTED: Final = [
    "where is my order",
    "i want to return a pair of shoes",
    "what are your opening hours",
    "do you sell gift cards",
    "can i buy points with cash",
    "can i give my points to charity",
    "what is the interest rate on the credit card",
    "are you hiring",
    "my app keeps crashing",
    "i forgot my password",
    "what time does the shop in boston close",
    "is there a discount for students",
    "do you have this jacket in blue",
    "how do i pay my electricity bill",
    "what is the weather tomorrow",
    "tell me a joke",
    "i was charged twice for one purchase",
    "can i speak spanish with someone",
    "how do i unsubscribe from your newsletter",
    "does my insurance cover water damage",
    "book a table for two tonight",
    "can i use points to book flights",
    "do you deliver to canada",
    "who is the president of the company",
    "can i get a refund for a gift card",
    "my parcel arrived broken",
    "what is the warranty on a toaster",
    "can i park at the store",
    "has my package shipped yet",
    "how can i track my delivery",
    "are you open on sundays",
    "can i exchange a sweater without the receipt",
    "can i sell my points",
    "do you price match with other stores",
    "i would like a credit card with a higher limit",
    "the website does not load",
    "i can't log in",
    "is there a sale on right now",
    "do you have gluten free bread",
    "where is the nearest store",
    "can i bring my dog into the shop",
    "my discount code does not work",
    "what is the capital of france",
    "play some music",
    "my bank card was declined at the till",
    "how do i file a complaint about an employee",
    "can i pay with bitcoin",
    "do you rent out cars",
    "can i order by phone",
    "how do i wash this shirt",
    "can i get my receipt by e-mail",
    "what is the exchange rate for euros",
    "do you install kitchens",
    "is my data shared with advertisers",
    "can i work for you during the holidays",
    "how much is a cup of coffee at your cafe",
]
"""Most are what callers of a shop may well ask; none is answered by an article."""


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    return read_articles(ARTICLES)


def test_the_articles_are_short_for_the_ear(passages: list[Passage]) -> None:
    assert len(passages) == 12
    assert {passage.heading for passage in passages} == SUPPORTED.keys()
    assert max(len(passage.short.split()) for passage in passages) <= 40


def test_questions_of_callers(embedder: Embedder, passages: list[Passage]) -> None:
    """Of 55 that an article answers and 56 that none does. The bounds lie a little beside what
    was measured (80 %, 5 %, 2 %) and guard it; the weights were fitted on these questions."""
    knowledge = Knowledge(passages, embedder.embed)
    answers = [
        (heading, knowledge.answer(question))
        for heading, questions in SUPPORTED.items()
        for question in questions
    ]
    said = [(heading, found.passage.heading) for heading, found in answers if found]
    assert len(said) >= 0.72 * len(answers)
    assert sum(heading != found for heading, found in said) <= 0.07 * len(said)
    unsupported = [question for question in UNSUPPORTED if knowledge.answer(question)]
    assert len(unsupported) <= 0.04 * len(UNSUPPORTED), unsupported
