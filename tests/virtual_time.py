"""Virtual time as replays of recorded calls use it; here no task may be left over."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from warmline.trial.virtual_time import VirtualLoop

Result = TypeVar("Result")


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        result = runner.run(main)
        left = asyncio.all_tasks(runner.get_loop())
        assert not left, f"tasks left over: {left}"
        return result
