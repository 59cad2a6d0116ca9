"""What each measure's result file says, as figures. Pure.

Owns the figures' names, which are those of the field, and knows the JSON that the measures
write; no program, no clock, no layout of a report.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import bounds
from bounds import Bound
from figures import Figure, Json, joined, of_values, spread, value

KINDS: Final = {
    "talk": ("V2V, cached prompt", bounds.CACHED),
    "numbers": ("V2V, number read back", bounds.SYNTHESIZED),
    "echo": ("V2V, synthesized reply", bounds.SYNTHESIZED),
}


def _answers(result: Json) -> Iterator[Figure]:
    batches = {batch["corpus"]: batch for batch in result["batches"]}
    calls = [call for batch in batches.values() for call in batch["calls"]]
    for flow, (name, budget) in KINDS.items():
        of = batches.get(flow)
        if of is None:
            yield Figure(measure="", name=name, failure="there was no clip for it")
            continue
        yield spread(name, joined(of["calls"], "v2v_ms"), bounds=budget)
    talk = batches.get("talk") or next(iter(batches.values()))
    yield spread("greeting latency", joined(calls, "greeting_ms"))
    yield spread("endpointing delay, open question", talk["summary"]["endpoint_ms"])
    if "numbers" in batches:
        of = batches["numbers"]["summary"]["endpoint_ms"]
        yield spread("endpointing delay, number of known length", of)
    yield spread("TTFS", joined(calls, "ttfs_ms"), bounds=bounds.TTFS)
    silent = sum(bool(call["failure"]) for call in calls)
    yield value("missed replies", silent, n=len(calls), bounds=bounds.NONE)
    noticed = sum(call["turns"] > 1 or call["over_ms"] > 300 for call in calls)
    share = 100 * noticed / len(calls)
    note = "several turns made of a clip, or talked over for more than 300 ms"
    yield value("false cut-offs in these calls", share, "%", n=len(calls), note=note,
                 bounds=bounds.CUT_OFFS)  # fmt: skip
    undone = sum(call["resumed"] for call in calls)
    yield value("undone turns in these calls", 100 * undone / len(calls), "%", n=len(calls))
    right = [batch["summary"]["word_errors_percent"] for batch in batches.values()]
    for flow, percent in zip(batches, right, strict=True):
        if percent is not None and flow != "echo":
            what = "digit" if flow == "numbers" else "word"
            yield value(f"{what} errors of the whole path", percent, "%")
    late = talk["summary"]["pacing_error_ms"]
    yield spread("the caller's own pacing error", late)
    yield from _emission(result.get("emission"))
    yield from _costs(result.get("costs"))


def _emission(of: Json | None) -> Iterator[Figure]:
    if not of or not of["shown"]:
        yield Figure(measure="", name="word emission", failure="no partial transcripts came")
        return
    yield spread("first partial, from the first word's end", of["first_ms"])
    yield spread("word emission, from the word's end", of["word_ms"], bounds=bounds.WORD,
                  note=f"{of['only_final']} more words came only with the final text")  # fmt: skip
    share = 100 * of["revised"] / of["shown"]
    yield value("partial revision rate", share, "% of words", n=of["shown"])
    yield spread("partial cadence", of["cadence_ms"])


def _costs(of: Json | None) -> Iterator[Figure]:
    if of:
        yield value("ready after the start", of["start_s"], "s")
        yield value("CPU per minute of call", of["cpu_s_per_call_minute"], "s")
        if of["idle_percent"] is not None:
            yield value("CPU of a silent call", of["idle_percent"], "% of a core")
        memory = of["memory"]
        note = f"{memory['pss_mb']:.0f} MB with shared pages counted once"
        yield value("memory, all processes", memory["rss_mb"], "MB", note=note)


def _startup(result: Json) -> Iterator[Figure]:
    for start in result["starts"]:
        note = f"{start['cpu_s']:.1f} s of CPU until {start['settled_s']:.0f} s after the start"
        yield value(f"ready after a {start['name']} start", start["ready_s"], "s", note=note)


def _accuracy(result: Json) -> Iterator[Figure]:
    for batch in result["batches"]:
        of = batch["summary"]["all"]
        way = "expected" if "expected" in of else "short"
        gap = of[way]["word_errors_percent"] - of["plain"]["word_errors_percent"]
        name = "digit errors" if way == "expected" else "WER"
        percent = of[way]["word_errors_percent"]
        note = f"the same model at 30 s: {of['plain']['word_errors_percent']} %"
        where = f"{batch['corpus']}, {batch['band']}"
        yield value(f"{name}, {where}", percent, "%", n=of["clips"], note=note)
        yield value(f"{name}, gap to 30 s, {where}", round(gap, 2), "points", bounds=bounds.WER_GAP)
        yield value(f"whole decode, faster than 30 s, {where}", of[way]["times_faster"], "times")
    for name, encoder in (result.get("encoder") or {}).items():
        if encoder:
            note = f"{encoder['clips']} clips of 2 to 8 s, CPU time"
            times = encoder["times_less"]
            yield value(f"encoder, less than 30 s takes, {name}", times, "times",
                        note=note, bounds=bounds.ENCODE)  # fmt: skip


def _invented(result: Json) -> Iterator[Figure]:
    """Per minute of non-speech, by what the flow waits for."""
    for awaited in dict.fromkeys(sound["awaited"] for sound in result["sounds"]):
        sounds = [sound for sound in result["sounds"] if sound["awaited"] == awaited]
        minutes = sum(sound["minutes"] for sound in sounds)
        words = sum(sound["words"] for sound in sounds)
        guilty = [f"{one['sound']}: {one['words']}" for one in sounds if one["words"]]
        note = f"{minutes:.0f} minutes of {len(sounds)} sounds; {', '.join(guilty) or 'none'}"
        yield value(f"invented words per minute, {awaited} awaited", words / minutes,
                    bounds=bounds.NONE, note=note)  # fmt: skip


def _barge_in(result: Json) -> Iterator[Figure]:
    for name, calls in result["scenarios"].items():
        stops = sorted(call["silent_ms"] for call in calls if call["silent_ms"] is not None)
        if name.startswith("speech into a question") and "echo" not in name:
            if not stops:
                yield Figure(measure="", name="barge-in stop", failure="it never stopped")
                continue
            yield spread("barge-in stop", of_values(stops), bounds=bounds.BARGE_IN,
                          note=f"{len(stops)} of {len(calls)} stopped")  # fmt: skip
        elif not name.startswith("speech"):
            yield value(f"false stops: {name}", len(stops), n=len(calls))


def _calls(result: Json) -> Iterator[Figure]:
    held = [step for step in result["ramp"] if step["within"]]
    most = max((step["calls"] for step in held), default=0)
    bound = result["target_ms"]
    tried = max((step["calls"] for step in result["ramp"]), default=0)
    note = f"V2V p95 within {bound} ms, no reply missed; tried up to {tried}"
    yield value("calls at SLO", most, "calls", bounds=bounds.CALLS, note=note)
    for step in result["ramp"]:
        note = "" if step["within"] else step["why"]
        yield spread(f"V2V with {step['calls']} calls", step["v2v_ms"], note=note)
        if step.get("cadence_ms"):
            yield spread(f"partial cadence with {step['calls']} calls", step["cadence_ms"])
    if burst := result.get("burst"):
        yield spread("V2V, burst of five calls", burst["v2v_ms"], note=burst["why"])
        yield spread("greeting latency, burst of five calls", burst["greeting_ms"])


def _flatness(result: Json) -> Iterator[Figure]:
    minutes = f"{result['minutes']:.0f} simulated minutes"
    last = "last quarter against the first"
    yield value(
        f"CPU per minute, {last}", result["cpu_ratio"], "times", bounds=bounds.FLAT, note=minutes
    )
    yield value(f"wait for an answer, {last}", result["latency_ratio"], "times", bounds=bounds.FLAT)
    yield value("memory, slope", result["rss_mb_per_10_min"], "MB per 10 min")
    yield value(f"memory, {last}", result["rss_ratio"], "times", bounds=bounds.FLAT)


def _endpointing(result: Json) -> Iterator[Figure]:
    """At the settings that ship, all corpora together, and what others would do."""
    for of in result["points"]:
        ships = of["shipped"] and of["corpus"] == "all"
        if ships and of["policy"] == "Warmline":
            note = f"{result['band']} band, offline, all corpora"
            yield spread("endpointing delay, offline", of["dead_air"], note=note)
            yield spread("V2V without the way, offline", of["reply"])
            paused = {"n": of["with_pauses"], "note": "of turns with inner pauses"}
            yield value("false cut-off rate", of["noticed_percent"], "%",
                        bounds=bounds.CUT_OFFS, **paused)  # fmt: skip
            yield value("undone turns", of["undone_percent"], "%", **paused)
            yield value("turns that were never ended", of["never"], bounds=bounds.NONE)
        elif ships or (of["corpus"] == "all" and of["policy"] == "timer" and of["value"] == 0.5):
            name = f"{of['policy']} {of['value']:g}"
            yield spread(f"endpointing delay, {name}", of["dead_air"])
            yield value(f"cut-off rate, {name}", of["cut_percent"], "%", n=of["with_pauses"])


def _peers(result: Json) -> Iterator[Figure]:
    """How many times as long as with us callers wait for Pipecat; the rest is in its tables."""
    compared = False
    for step in result["against_pipecat"]:
        for at in ("p50", "p95"):
            if of := step.get(at):
                compared = True
                least = (Bound(key="value", must=of["wanted"], least=True),)
                name = f"Pipecat's V2V {at} against ours, calls at once: {step['calls']}"
                yield value(name, of["times"], "times", bounds=least)
    if not compared and "pipecat" not in result["not_run"]:
        yield Figure(measure="", name="V2V against Pipecat's", failure="one of them was silent")
    for name, why in result["not_run"].items():
        yield Figure(measure="", name=name, failure=why)


def _speaking(result: Json) -> Iterator[Figure]:
    for name, of in result["first_byte_ms"].items():
        ready = any(word in name for word in ("in memory", "on disk", "foreseen"))
        budget = bounds.READY if ready else bounds.NEW if name == "cold, 8 words" else ()
        yield spread(f"TTFB, {name}", of, bounds=budget)
    for name, of in result["three_calls"].items():
        yield value(f"gaps in our speech, three calls, {name}", of["underruns"])
    for name, of in result["starts"].items():
        note = f"{of['cpu_s']} s of CPU, {of['synthesized']} clauses synthesized"
        yield value(f"prompts rendered, start {name}", of["prompts_s"], "s", note=note)


def _scheduler(result: Json) -> Iterator[Figure]:
    for row in result["rows"]:
        if row["means"] == "all":
            note = f"highest rung {row['highest_rung']}, {row['finals_failed']} failed"
            name = f"final decode, {row['calls']} simulated calls"
            yield spread(name, row["final_ms"], note=note)


def read(measure: str, result: Json) -> list[Figure]:
    """All figures of a result file; one that cannot be read is one that says why.

    Measures without a reader tell theirs themselves: `figures`, a list of name, unit, values
    (value, or p50, p95 …), n, must, goal and least (numbers by the values' names), note.
    """
    found: list[Figure] = []
    try:
        told = READERS[measure](result) if measure in READERS else _told(result)
        for figure in told:
            found.append(replace(figure, measure=measure))
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, StopIteration) as error:
        why = f"its result cannot be read: {type(error).__name__} {error}"
        found.append(Figure(measure=measure, name=measure, failure=why))
    return found


def _told(result: Json) -> Iterator[Figure]:
    for of in result["figures"]:
        must, goal = of.get("must") or {}, of.get("goal") or {}
        least = bool(of.get("least"))
        yield Figure(
            measure="",
            name=of["name"],
            unit=of.get("unit", ""),
            values={key: float(value) for key, value in of.get("values", {}).items()},
            n=int(of.get("n") or 0),
            bounds=tuple(
                Bound(key=key, must=must.get(key), goal=goal.get(key), least=least)
                for key in {**must, **goal}
            ),
            note=of.get("note", ""),
            failure=of.get("failure", ""),
        )


READERS: Final = {
    "answers": _answers,
    "startup": _startup,
    "accuracy": _accuracy,
    "invented": _invented,
    "barge_in": _barge_in,
    "calls": _calls,
    "flatness": _flatness,
    "endpointing": _endpointing,
    "speaking": _speaking,
    "scheduler": _scheduler,
    "peers": _peers,
}
"""By the measure's name."""
