"""What does the intent matcher understand? Few examples, strangers among the callers, noise.

Draws a dozen intents and a few example phrases of each, again and again, and asks three
matchers what other callers of those intents meant, and callers who want something else. Knows
texts only; no server, no call, no sound.
"""

import csv
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer

import stats
from warmline.cli.screen import errors_in_a_line
from warmline.errors import FlowError
from warmline.meaning.embedder import MODEL, Embedder
from warmline.meaning.intents import ACCEPT, Guess, IntentMatcher
from warmline.meaning.normal import normal
from warmline.meaning.vectors import Embed
from warmline.modelstore import ModelStore
from warmline.spoken import words

OOS: Final = "oos"
"""The category of rows that belong to no intent of their set."""
WORD_ERRORS: Final = 0.1
IN_SCOPE: Final = 100
STRANGERS: Final = 40
"""Queries of each draw: callers of the drawn intents; of each kind of others."""
HEADING: Final = (
    "",
    "right %",
    "AUROC near",
    "AUROC far",
    "accept %",
    "wrong %",
    "near %",
    "far %",
    "gap",
    "p50 ms",
    "p95 ms",
    "build ms",
)

Row = tuple[str, str]
"""Text, category."""
Match = Callable[[str], Sequence[Guess]]
Way = Callable[[Mapping[str, Sequence[str]]], Match]

# --- the texts ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    name: str
    examples: list[Row]
    queries: list[Row]
    far: list[Row]
    """Callers who want something of another kind altogether."""


def corpora(folder: Path) -> list[Corpus]:
    """NAME_train.csv with NAME_test.csv, or NAME_val.csv for both; columns text, category.

    Far out of scope are a set's own rows of category `oos`, else all rows of the other sets.
    """
    files = {path.stem: _rows(path) for path in sorted(folder.glob("*.csv"))}
    found = []
    for stem, rows in files.items():
        name, _, part = stem.rpartition("_")
        if part not in ("train", "val"):
            continue
        others = [r for other, rows in files.items() if not other.startswith(name) for r in rows]
        queries = files.get(f"{name}_test", rows)
        far = [row for row in queries if row[1] == OOS] or others
        found.append(Corpus(name=name, examples=rows, queries=queries, far=far))
    if not found:
        raise FlowError(f"{folder}:1: no sets: NAME_train.csv and NAME_test.csv, or NAME_val.csv")
    return found


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def misheard(text: str, vocabulary: Sequence[str], chance: random.Random) -> str:
    """Lower case, no punctuation, and one word in ten is another, one more or one less."""
    heard: list[str] = []
    for word in words(text):
        if chance.random() >= WORD_ERRORS:
            heard.append(word)
            continue
        error = chance.choice(("other", "more", "less"))
        heard += [word] if error == "more" else []
        heard += [chance.choice(vocabulary)] if error != "less" else []
    return " ".join(heard) or text


# --- the ways to match --------------------------------------------------------------------------


def ways(embed: Embed) -> dict[str, Way]:
    """TF-IDF alone; the nearest example by cosine alone; what is shipped."""
    return {
        "TF-IDF": lambda examples: IntentMatcher(examples, None).match,
        "MiniLM": lambda examples: nearest(examples, embed),
        "both": lambda examples: IntentMatcher(examples, embed).match,
    }


def nearest(examples: Mapping[str, Sequence[str]], embed: Embed) -> Match:
    """Confidence is the bare cosine."""
    owners = [intent for intent, phrases in examples.items() for _ in phrases]
    vectors = embed([normal(text) for phrases in examples.values() for text in phrases])

    def match(text: str) -> list[Guess]:
        cosine = vectors @ embed([normal(text)])[0]
        best = int(cosine.argmax())
        return [Guess(owners[best], max(0.0, float(cosine[best])))]

    return match


# --- measuring ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    kind: str
    """`in`, `near` or `far`."""
    right: bool
    confidence: float
    ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    examples: dict[str, list[str]]
    queries: list[tuple[str, str, str]]
    """Kind, text, category."""


def draw(corpus: Corpus, intents: int, phrases: int, noisy: bool, seed: int) -> Draw:
    """The same for all ways, and for clean and noisy."""
    chance = random.Random(f"{corpus.name} {seed}")
    by_intent = defaultdict[str, list[str]](list)
    for text, category in corpus.examples:
        by_intent[category].append(text)
    chosen = chance.sample(sorted(by_intent.keys() - {OOS}), intents)
    examples = {intent: chance.sample(by_intent[intent], phrases) for intent in chosen}
    used = {text for texts in examples.values() for text in texts}
    rows = [row for row in corpus.queries if row[0] not in used]
    kinds = {
        "in": [row for row in rows if row[1] in examples],
        "near": [row for row in rows if row[1] not in examples and row[1] != OOS],
        "far": corpus.far,
    }
    queries = [
        (kind, text, category)
        for kind, some in kinds.items()
        for text, category in chance.sample(
            some, min(len(some), IN_SCOPE if kind == "in" else STRANGERS)
        )
    ]
    if noisy:
        vocabulary = sorted({word for text, _ in corpus.examples for word in words(text)})
        queries = [(k, misheard(text, vocabulary, chance), c) for k, text, c in queries]
    return Draw(examples=examples, queries=queries)


def ask(way: Way, drawn: Draw) -> tuple[list[Answer], float]:
    """The answers, and the milliseconds that building took."""
    begin = time.perf_counter()
    match = way(drawn.examples)
    built = (time.perf_counter() - begin) * 1000
    answers = []
    for kind, text, category in drawn.queries:
        begin = time.perf_counter()
        guesses = match(text)
        took = (time.perf_counter() - begin) * 1000
        best = guesses[0] if guesses else Guess("", 0.0)
        answers.append(Answer(kind, best.intent == category, best.confidence, took))
    return answers, built


def summary(answers: Sequence[Answer], built: Sequence[float]) -> dict[str, Any]:
    sure = {
        kind: [a.confidence for a in answers if a.kind == kind] for kind in ("in", "near", "far")
    }
    known = [answer for answer in answers if answer.kind == "in"]
    accepted = [answer for answer in known if answer.confidence >= ACCEPT]
    ms = stats.spread([answer.ms for answer in answers])
    return {
        "right_percent": percent([answer.right for answer in known]),
        "auroc_near": auroc(sure["in"], sure["near"]),
        "auroc_far": auroc(sure["in"], sure["far"]),
        "accepted_percent": percent([c >= ACCEPT for c in sure["in"]]),
        "wrong_of_accepted_percent": percent([not answer.right for answer in accepted]),
        "near_accepted_percent": percent([c >= ACCEPT for c in sure["near"]]),
        "far_accepted_percent": percent([c >= ACCEPT for c in sure["far"]]),
        "calibration_error": calibration_error(answers),
        "ms": ms and asdict(ms),
        "build_ms": round(float(np.median(built)), 1),
    }


def percent(values: Sequence[bool]) -> float:
    return round(100 * float(np.mean(values)), 1) if values else 0.0


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """How often a caller in scope gets more confidence than one out of it; ties count half."""
    below = np.sort(outside)
    ranks = np.searchsorted(below, inside, "left") + np.searchsorted(below, inside, "right")
    return round(float(ranks.mean()) / 2 / len(below), 3)


def calibration_error(answers: Sequence[Answer]) -> float:
    """Mean gap of confidence and share of right guesses in ten bins, over all callers; a guess
    about somebody out of scope is wrong."""
    tenths = defaultdict[int, list[float]](list)
    for answer in answers:
        tenths[min(9, int(answer.confidence * 10))].append(answer.confidence - answer.right)
    return round(sum(abs(sum(gaps)) for gaps in tenths.values()) / len(answers), 3)


# --- the program --------------------------------------------------------------------------------


def rows(results: Mapping[str, dict[str, Any]]) -> Iterator[list[str]]:
    for way, of in results.items():
        ms, built = of["ms"], of["build_ms"]
        figures = [value for name, value in of.items() if name not in ("ms", "build_ms")]
        yield [way, *map(str, figures), f"{ms['p50']:.1f}", f"{ms['p95']:.1f}", f"{built:.0f}"]


def main(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="With the sets' CSV files.")],
    intents: Annotated[int, typer.Option(min=1, help="Intents of a draw.")] = 12,
    phrases: Annotated[int, typer.Option(min=1, help="Examples of each.")] = 8,
    draws: Annotated[int, typer.Option(min=1, help="Draws of each set.")] = 20,
    precision: Annotated[str, typer.Option(help="Of the embeddings: int8 or float32.")] = "int8",
    json: Annotated[Path | None, typer.Option(help="Write the figures here.")] = None,
) -> None:
    """Measure intents from few examples: accuracy, strangers refused, calibration, time."""
    machine = stats.machine()
    batches = []
    with errors_in_a_line():
        embedder = Embedder(ModelStore().path(MODEL), precision=precision, cached=0)
        for corpus in corpora(folder):
            for noisy in (False, True):
                title = f"{corpus.name}, {'misheard' if noisy else 'clean'}"
                stats.err.print(f"{title}: {draws} draws ...")
                asked: dict[str, tuple[list[Answer], list[float]]] = {}
                for seed in range(draws):
                    drawn = draw(corpus, intents, phrases, noisy, seed)
                    for name, way in ways(embedder.embed).items():
                        answers, built = ask(way, drawn)
                        past = asked.setdefault(name, ([], []))
                        past[0].extend(answers)
                        past[1].append(built)
                results = {name: summary(*of) for name, of in asked.items()}
                stats.table(f"{title}, {intents} x {phrases}", HEADING, list(rows(results)))
                batches.append({"corpus": corpus.name, "misheard": noisy, "ways": results})
    if json:
        options = {"intents": intents, "phrases": phrases, "draws": draws, "precision": precision}
        stats.write_json(json, {"machine": machine, **options, "batches": batches})


if __name__ == "__main__":
    typer.run(main)
