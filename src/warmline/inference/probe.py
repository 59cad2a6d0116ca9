"""What this machine can do: measured in less than a second, by a process of its own, and
remembered.

    python -m warmline.inference.probe 2

Multiplies single precision matrices, first in one thread, then in as many as there are cores
(numpy's BLAS, which keeps to one thread of its own there). The models' arithmetic is of the same
kind; to load one would take longer than the answer is worth.
"""

import json
import logging
import os
import platform
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np

from warmline.inference.layout import Probe
from warmline.machine import cores, processor

log = logging.getLogger(__name__)

_SIZE: Final = 384
_ALONE_S: Final = 0.15
_TOGETHER_S: Final = 0.25
_TIMEOUT_S: Final = 3.0
_VERSION: Final = 1
"""Of what is measured; figures of another one are not believed."""


def machine() -> str:
    """What tells this machine from another one, whose figures are worth nothing here."""
    return f"{platform.machine()} {processor()} x{cores()}"


def measured() -> Probe | None:
    """A new measurement; None where it cannot be had."""
    command = [sys.executable, "-m", "warmline.inference.probe", str(cores())]
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    try:
        done = subprocess.run(
            command, env={**os.environ, **one}, capture_output=True, timeout=_TIMEOUT_S, check=True
        )
        return Probe(**json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError) as error:
        log.warning("the machine could not be probed: %s", type(error).__name__)
        return None


def remembered(file: Path) -> Probe | None:
    """The best that was ever measured on this machine; None if nothing was."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if (content["machine"], content["version"]) != (machine(), _VERSION):
            return None
        return Probe(gflops=float(content["gflops"]), parallel=float(content["parallel"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(file: Path, probe: Probe) -> Probe:
    """Keep it, joined with what is known: whatever else ran meanwhile, no machine gets slower.
    A file that cannot be written is no failure."""
    if known := remembered(file):
        probe = Probe(
            gflops=max(known.gflops, probe.gflops), parallel=max(known.parallel, probe.parallel)
        )
    content = {"machine": machine(), "version": _VERSION, **asdict(probe)}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(content), encoding="utf-8")
        part.replace(file)
    except OSError as error:
        log.warning("the probe's figures were not kept: %s", error.strerror)
    return probe


def known(file: Path) -> Probe | None:
    """What is remembered, else a new measurement; blocks for a second at most."""
    if (probe := remembered(file)) is None and (probe := measured()) is not None:
        probe = remember(file, probe)
    return probe


def _multiply(seconds: float) -> float:
    """Operations in a second of this thread's CPU time, in 10^9. Others who run take nothing
    from it, but a hyperthread beside it does."""
    left = np.full((_SIZE, _SIZE), 0.5, dtype=np.float32)
    out = np.empty_like(left)
    done, used = 0, time.thread_time()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        np.matmul(left, left, out=out)
        done += 1
    return 2 * _SIZE**3 * done / max(1e-6, time.thread_time() - used) / 1e9


def _measure(threads: int) -> dict[str, float]:
    _multiply(_ALONE_S / 4)
    alone = _multiply(_ALONE_S)
    with ThreadPoolExecutor(threads) as pool:
        together = sum(pool.map(_multiply, [_TOGETHER_S] * threads))
    return {"gflops": round(alone, 1), "parallel": round(together / alone, 2)}


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))
