"""A state machine of hypothesis for a whole door: what a call and time may do to it.

In virtual time, without a network. What the peers of a door do is told by those who test it.
Whatever happens, a door must end its call, leave no task, and log no error that is not ours.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from strangers import Desk, broken, refused
from virtual_time import VirtualLoop
from warmline.ports import Caption, Handover

PATIENCE_S = 300.0
"""Longer than any door waits for anything."""


class Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class Machine(RuleBasedStateMachine):
    """What a call and time do; the peer's side is the subclass's."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        self.loop = self.runner.get_loop()
        self.loop_errors: list[dict[str, Any]] = []
        self.loop.set_exception_handler(lambda _, context: self.loop_errors.append(context))
        self.log = Warnings()
        logging.getLogger("warmline").addHandler(self.log)
        self.broken = False
        self.wishes: list[asyncio.Task[Any]] = []
        self.marks = 0

    def now(self, act: Callable[[], Any] = lambda: None, seconds: float = 0.001) -> None:
        """Let the peer or the call do something, and a little time pass."""

        async def acting() -> None:
            act()
            await asyncio.sleep(seconds)

        self.runner.run(acting())

    def wish(self, wished: Callable[[], Awaitable[Any]]) -> None:
        """Something that the call waits for, while all else goes on."""

        async def wait() -> None:
            await wished()

        self.now(lambda: self.wishes.append(asyncio.create_task(wait())))

    def in_a_call(self) -> bool:
        return self.desk.line is not None

    # --- the call and time ----------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.02, 0.3, 1.0, 6.0, 40.0]))
    def time_passes(self, seconds: float) -> None:
        self.now(seconds=seconds)

    @precondition(in_a_call)
    @rule(seconds=st.sampled_from([0.01, 0.5, 25.0]))
    def the_call_speaks(self, seconds: float) -> None:
        assert (line := self.desk.line) is not None
        samples = np.full(round(seconds * line.info.rate), 7000, dtype=np.int16)
        self.wish(lambda: line.play(samples))

    @precondition(in_a_call)
    @rule(what=st.sampled_from(["mark", "clear", "duck", "show"]))
    def the_call_says_aside(self, what: str) -> None:
        assert (line := self.desk.line) is not None
        self.marks += 1
        match what:
            case "mark":
                self.now(lambda: line.mark(f"mark-{self.marks}"))
            case "clear":
                self.now(line.clear)
            case "duck":
                self.now(lambda: line.duck(-12.0))
            case _:
                shown = Caption(who="bot", key=str(self.marks), text="words", final=True)
                self.now(lambda: line.show(shown))

    @precondition(in_a_call)
    @rule()
    def the_call_hangs_up(self) -> None:
        assert (line := self.desk.line) is not None
        self.wish(lambda: line.hang_up("completed"))

    @precondition(in_a_call)
    @rule()
    def the_call_transfers(self) -> None:
        assert (line := self.desk.line) is not None
        self.wish(lambda: line.transfer(Handover("billing", "asked", "c1")))

    @rule()
    def the_call_waits_no_longer(self) -> None:
        waiting = [task for task in self.wishes if not task.done()]
        if waiting:
            self.wishes.remove(waiting[0])
            self.now(waiting[0].cancel)

    @precondition(in_a_call)
    @rule(error=st.sampled_from([broken, refused]))
    def the_call_breaks(self, error: Callable[[], Exception]) -> None:
        self.broken = self.broken or not self.desk.over.is_set()
        self.now(lambda: self.desk.breaks(error))

    # --- the end -------------------------------------------------------------------------------

    desk: Desk

    def leave(self) -> None:
        raise NotImplementedError

    def check_over(self) -> None:
        """The door has done with its peer, and did it well."""
        raise NotImplementedError

    def teardown(self) -> None:
        try:
            self.now(self.leave, PATIENCE_S)
            self.check_over()
            assert self.desk.line is None or (self.desk.over.is_set() and self.desk.line.gone)
            left = [task for task in self.wishes if not task.done()]
            assert not left, "a call waits for ever for its line"
            for task in self.wishes:
                task.result()
            del left
            assert not asyncio.all_tasks(self.loop), "tasks are left over"
            self._check_log()
        finally:
            logging.getLogger("warmline").removeHandler(self.log)
            self.runner.close()
            errors = self.loop_errors
            vars(self).clear()  # hypothesis keeps the machine, and it would keep the call
        assert errors == []

    def _check_log(self) -> None:
        for record in self.log.records:
            assert record.exc_info is None, "a traceback is in the log"
            assert "5550100" not in record.getMessage()
            assert self.broken or record.levelno < logging.ERROR, record.getMessage()
            assert "failed: " not in record.getMessage() or "RuntimeError" in record.getMessage()
