"""`warmline capacity` with real models: one caller, for a moment."""

import json
import subprocess
import sys

import pytest

from warmline.errors import ModelError
from warmline.modelstore import ModelStore

NEEDED = ("whisper-base", "whisper-tiny.en", "en_US-joe-medium", "beckett")


def test_one_call_is_answered() -> None:
    try:
        for name in NEEDED:
            ModelStore().path(name)
    except ModelError as error:
        pytest.skip(str(error))
    arguments = ("--minutes", "0.1", "--most", "1", "--target-ms", "9000", "--json")
    done = subprocess.run(
        [sys.executable, "-m", "warmline", "capacity", *arguments],
        capture_output=True,
        text=True,
        timeout=200,
    )
    result = json.loads(done.stdout)
    (tried,) = result["tried"]
    assert tried["turns"] >= 2, done.stderr
    assert tried["missed"] < tried["turns"]
    assert result["burst"]["calls"] == 5
