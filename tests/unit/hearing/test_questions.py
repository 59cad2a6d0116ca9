import asyncio

import numpy as np

from fakes import ScriptedTranscriber
from virtual_time import run
from warmline.events import ANYTHING
from warmline.hearing.questions import Questions

AUDIO = np.zeros(160, dtype=np.int16)


def test_without_a_turn_model_nobody_tells_of_the_voice() -> None:
    async def main() -> None:
        questions = Questions(ScriptedTranscriber(), None)
        assert questions.voice(AUDIO, lambda _: None) is None
        await questions.close()

    run(main())


def test_closing_takes_all_questions_back() -> None:
    async def main() -> None:
        questions = Questions(ScriptedTranscriber(takes_s=1_000), None)
        asked = [questions.words(AUDIO, ANYTHING) for _ in range(3)]
        await asyncio.sleep(1)
        await questions.close()
        await questions.close()
        assert all(task.cancelled() for task in asked)

    run(main())


def test_a_failure_that_nobody_asks_about_makes_no_noise() -> None:
    async def main() -> None:
        questions = Questions(ScriptedTranscriber(failures=1), None)
        questions.words(AUDIO, ANYTHING)
        await asyncio.sleep(1)
        await questions.close()

    run(main())
