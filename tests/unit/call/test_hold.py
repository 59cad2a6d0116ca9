"""Hold music on a real leg, in virtual time."""

import asyncio
import itertools
from pathlib import Path

import numpy as np
import pytest

import virtual_time
from legs import Person
from warmline.audio import files, music
from warmline.audio.frame import Pcm
from warmline.call.hold import AHEAD_S, HoldMusic
from warmline.errors import AudioError

RATE = 8000


def frames(hold: HoldMusic, count: int) -> Pcm:
    return np.concatenate(list(itertools.islice(hold, count)))


def test_it_is_endless_frames_of_20_ms() -> None:
    piece = music.piece(RATE)
    first = list(itertools.islice(HoldMusic(RATE), 1280 + 3))
    assert {frame.size for frame in first} == {160}
    assert np.array_equal(np.concatenate(first), np.concatenate([piece, piece[:480]]))


def test_a_file_of_the_operator(tmp_path: Path) -> None:
    wav = tmp_path / "ours.wav"
    tone = (20_000 * np.sin(np.arange(3 * 44_100) / 20)).astype(np.int16)
    files.write_wav(wav, tone, 44_100)
    played = frames(HoldMusic(RATE, wav), 500)
    level = 10 * np.log10(np.mean((played / 32_768) ** 2))
    assert level == pytest.approx(music.LEVEL_DBFS, abs=0.5)


@pytest.mark.parametrize(
    ("samples", "why"), [(0, "there is no such file"), (400, r"at least 1 s long, not 0\.05 s")]
)
def test_a_wrong_file(tmp_path: Path, samples: int, why: str) -> None:
    wav = tmp_path / "wrong.wav"
    if samples:
        files.write_wav(wav, np.ones(samples, dtype=np.int16), RATE)
    with pytest.raises(AudioError, match=rf"wrong\.wav: .*{why}"):
        HoldMusic(RATE, wav)


def test_it_runs_little_ahead_and_stops_at_once() -> None:
    async def main() -> None:
        async with Person("caller", RATE) as caller:
            playing = asyncio.create_task(HoldMusic(RATE).play(caller.line))
            ahead = []
            for _ in range(300):
                await asyncio.sleep(0.1)
                ahead.append((caller.line.queued - caller.line.played) / RATE)
            assert min(ahead) >= AHEAD_S - 0.1 - 1e-3, "it never runs dry"
            assert max(ahead) <= 0.4
            assert caller.line.stats.underruns == 0
            playing.cancel()
            await asyncio.wait([playing])
            heard = caller.heard.size
            assert caller.line.queued == caller.line.played
            assert caller.cleared == 1
            await asyncio.sleep(1.0)
            assert caller.heard.size == heard
            tune = frames(HoldMusic(RATE), heard // 160)
            assert np.array_equal(caller.heard[800:], tune[800:])
            assert abs(caller.heard[0]) <= 1, "it fades in"

    virtual_time.run(main())


def test_it_waits_for_what_is_said_before() -> None:
    async def main() -> None:
        async with Person("caller", RATE) as caller:
            await caller.line.play(np.full(3 * RATE, 700, dtype=np.int16))
            playing = asyncio.create_task(HoldMusic(RATE).play(caller.line))
            await asyncio.sleep(2.0)
            assert caller.line.queued == 3 * RATE
            await asyncio.sleep(2.0)
            assert caller.line.stats.underruns == 0
            tune = caller.heard[3 * RATE :]
            assert np.array_equal(tune[800:1600], frames(HoldMusic(RATE), 10)[800:])
            playing.cancel()

    virtual_time.run(main())


def test_it_takes_no_words_away_that_came_while_it_was_stopped() -> None:
    async def main() -> None:
        async with Person("caller", RATE) as caller:
            playing = asyncio.create_task(HoldMusic(RATE).play(caller.line))
            await asyncio.sleep(1.0)
            playing.cancel()
            await caller.line.play(np.full(RATE, 700, dtype=np.int16))
            await asyncio.wait([playing])
            assert caller.cleared == 0
            await asyncio.sleep(2.0)
            assert np.count_nonzero(caller.heard == 700) >= RATE

    virtual_time.run(main())


def test_it_ends_with_the_line() -> None:
    async def main() -> None:
        async with Person("caller", RATE) as caller:
            playing = asyncio.create_task(HoldMusic(RATE).play(caller.line))
            await asyncio.sleep(1.0)
            caller.hang_up()
            await asyncio.wait_for(playing, 1.0)

    virtual_time.run(main())
