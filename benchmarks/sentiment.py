"""Does the mood follow the voice? Any labelled folder, by a protocol that leaves speakers out.

Each speaker is measured against their own calm clips only (a calm clip against the others), as
in a call; nothing is fitted but one threshold, on all other speakers. Folders without emotions
count as calm: what is judged in them is a false alarm. Knows no server and no recogniser.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer

import stats
import voices
from arousals import ANGRY, CALM, HIGH, LOW, Clip, Scored, auc, left_out, look, scores, speakers
from voices import Row
from warmline.assist.mood import MoodMeter
from warmline.audio import files
from warmline.audio.frame import RATE, Pcm
from warmline.cli.screen import errors_in_a_line
from warmline.events import SentimentChanged, UtteranceHeard

ALARM: Final = -0.5
_ORDERS: Final = 5


def turn(number: int, clip: Clip) -> UtteranceHeard:
    return UtteranceHeard(
        turn=number,
        text=clip.row.text,
        confidence=1.0,
        started_at=0.0,
        audio_at=clip.samples.size / RATE,
    )


def call(clips: Sequence[Clip]) -> list[SentimentChanged]:
    """The clips as the turns of one call, in this order."""
    meter = MoodMeter()
    return [meter.utterance(clip.samples, turn(n, clip)) for n, clip in enumerate(clips, start=1)]


def labelled(name: str, band: str, clips: Sequence[Clip]) -> dict[str, Any]:
    scored: list[Scored] = []
    angry: list[float] = []
    calm_moods: list[float] = []
    for mine in speakers(clips).values():
        calm = [clip for clip in mine if clip.row.emotion in CALM]
        scored += scores(calm, mine)
        for clip in mine:
            if clip.row.emotion in ANGRY | CALM:
                before = [other for other in calm if other is not clip]
                mood = call([*before, clip])[-1].mood
                (angry if clip.row.emotion in ANGRY else calm_moods).append(-mood)
    by: dict[str, list[float]] = defaultdict(list)
    for one in scored:
        by[one.clip.row.emotion].append(one.score)

    def of(labels: set[str]) -> list[float]:
        return [score for label in labels for score in by.get(label, [])]

    return {
        "folder": name,
        "band": band,
        "clips": len(clips),
        "speakers": len(speakers(clips)),
        "auc_high_low": auc(of(HIGH), of(LOW)),
        "auc_angry_calm": auc(of(ANGRY), of(CALM)),
        "auc_mood_angry_calm": auc(angry, calm_moods),
        "left_out_high_low": left_out(scored, HIGH, LOW),
        "abstained": 1 - len(scored) / len(clips),
        "ms_per_s": float(np.median([clip.cost for clip in clips])),
    }


def false_alarms(name: str, band: str, clips: Sequence[Clip]) -> dict[str, Any]:
    """Calm people, each called up in several orders; and each clip against their others."""
    turns: list[SentimentChanged] = []
    scored: list[Scored] = []
    for mine in speakers(clips).values():
        scored += scores(mine, mine)
        for start in range(0, len(mine), max(1, len(mine) // _ORDERS)):
            turns += call([*mine[start:], *mine[:start]])
    return alarms(name, band, turns) | {
        "raised": share([one.raised > 0 for one in scored]),
        "raised_half": share([one.raised > 0.5 for one in scored]),
        "ms_per_s": float(np.median([clip.cost for clip in clips])),
    }


def alarms(name: str, band: str, turns: Sequence[SentimentChanged]) -> dict[str, Any]:
    moods = [turn.mood for turn in turns]
    return {
        "folder": name,
        "band": band,
        "turns": len(turns),
        "judged": share([not turn.abstained for turn in turns]),
        "below_alarm": share([mood < ALARM for mood in moods]),
        "below_0.3": share([mood < -0.3 for mood in moods]),
        "voice": share([turn.voice < 0 for turn in turns]),
        "mean": float(np.mean(moods)),
        "lowest": min(moods),
        "abstained": {
            why: share([turn.abstained == why for turn in turns])
            for why in sorted({turn.abstained for turn in turns} - {""})
        },
    }


def share(hits: Sequence[bool]) -> float:
    return float(np.mean(hits)) if hits else float("nan")


def real_calls(rows: Sequence[Row], change: Callable[[Pcm], Pcm]) -> list[SentimentChanged]:
    """The callers of recorded calls, turn by turn, without words; others' turns are overlaps."""
    found: list[SentimentChanged] = []
    for caller in (row for row in rows if row.role == "caller"):
        others = [row for row in rows if row.call == caller.call and row.role != "caller"]
        overlaps = [
            span for row in others for span in voices.turns(change(files.read(row.path, RATE)))
        ]
        samples = change(files.read(caller.path, RATE))
        meter = MoodMeter()
        for number, (begin, end) in enumerate(voices.turns(samples), start=1):
            fact = UtteranceHeard(
                turn=number, text="", confidence=0.0, started_at=begin, audio_at=end
            )
            cut = samples[int(begin * RATE) : int(end * RATE)]
            found.append(meter.utterance(cut, fact, overlaps))
    return found


def made_up(rows: Sequence[Row], band: Callable[[Pcm], Pcm]) -> list[dict[str, Any]]:
    """Calm voices changed: what each change does to the judgement."""
    calm = speakers([look(row, lambda s: band(voices.CALM(s))) for row in rows])
    low = [one.score for mine in calm.values() for one in scores(mine, mine)]
    results = []
    for name, change in voices.MADE_UP.items():
        changed: list[Scored] = []
        total = 0
        for mine in calm.values():
            rows_ = [clip.row for clip in mine]
            clips = [look(row, lambda s: band(change(voices.CALM(s)))) for row in rows_]  # noqa: B023
            total += len(clips)
            changed += scores(mine, clips)
        results.append(
            {
                "change": name,
                "auc": auc([one.score for one in changed], low),
                "score": float(np.median([one.score for one in changed])) if changed else 0.0,
                "raised": share([one.raised > 0 for one in changed]),
                "raised_half": share([one.raised > 0.5 for one in changed]),
                "abstained": 1 - len(changed) / total,
            }
        )
    return results


BANDS: Final[dict[str, Callable[[Pcm], Pcm]]] = {"16 kHz": lambda s: s, "8 kHz": voices.telephone}


def _table(title: str, results: Sequence[dict[str, Any]]) -> None:
    if not results:
        return
    heading = [key for key, value in results[0].items() if not isinstance(value, dict)]
    lines = [[_cell(result.get(key, "")) for key in heading] for result in results]
    stats.table(title, heading, lines)


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def main(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="With index.tsv.")],
    made: Annotated[
        bool, typer.Option("--made-up", help="Change the first folder's calm voices.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Write all results here.")] = None,
) -> None:
    """AUC of arousal and mood where emotions are labelled, false alarms where they are not."""
    with errors_in_a_line():
        run(folders, made, json)


def run(folders: Sequence[Path], made: bool, json: Path | None) -> None:
    emotions: list[dict[str, Any]] = []
    calm: list[dict[str, Any]] = []
    changed: dict[str, list[dict[str, Any]]] = {}
    for folder in folders:
        rows = voices.read(folder)
        for band, change in BANDS.items():
            if any(row.call for row in rows):
                calm.append(alarms(folder.name, band, real_calls(rows, change)))
                continue
            clips = [look(row, change) for row in rows]
            if any(row.emotion not in CALM for row in rows):
                emotions.append(labelled(folder.name, band, clips))
            else:
                calm.append(false_alarms(folder.name, band, clips))
    if made:
        changed = {band: made_up(voices.read(folders[0]), how) for band, how in BANDS.items()}
    _table("Emotions, speaker by speaker", emotions)
    _table("Calm callers: false alarms", calm)
    for band, results in changed.items():
        _table(f"Voices made up from calm ones, {band}", results)
    if json:
        result = {"machine": stats.machine(), "labelled": emotions, "calm": calm}
        stats.write_json(json, result | {"made_up": changed})


if __name__ == "__main__":
    typer.run(main)
