"""Owns how many calls this machine can lead at once: set, measured here, or by its cores.

`warmline capacity` measures and writes, the server reads. A figure counts only on the machine
and with the recognition that it was measured with; all else is another machine's figure.
"""

import hashlib
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from platformdirs import user_data_path
from pydantic import TypeAdapter, ValidationError

from warmline.config.sections import Settings
from warmline.errors import ConfigError
from warmline.machine import cores, processor

CALLS_PER_CORE: Final = 4
"""Until it is measured. A turn costs a core about 0.3 s (two decodes, partials, the turn model,
the voice), and a caller in conversation takes a turn every 5 s: at four calls a core a quarter of
it serves the turns, and one turn in four finds it taken. Vosk's makers count 4.2 calls a core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a figure is true of."""

    processor: str
    cores: int
    """That this process may use."""
    hearing: str
    """Fingerprint of the settings of recognition and of turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """So many calls at once were answered within the target."""

    calls: int
    target_ms: float
    """95 of 100 answers began so soon after the caller's voice, in milliseconds."""
    measured_at: str
    """ISO 8601, UTC."""
    machine: Machine


@dataclass(frozen=True, slots=True)
class Limit:
    calls: int
    because: str
    """Where the figure comes from, for people."""


def this_machine(settings: Settings) -> Machine:
    hearing = settings.model_dump_json(include={"hearing", "endpoint"})
    fingerprint = hashlib.sha256(hearing.encode()).hexdigest()[:16]
    return Machine(processor=processor(), cores=cores(), hearing=fingerprint)


def call_limit(settings: Settings, file: Path | None = None) -> Limit:
    """How many calls this server leads at once, and why. Never raises: a file that cannot be read
    or is not of this machine is as good as none, and `because` says so."""
    if settings.call.max_calls:
        return Limit(settings.call.max_calls, "call.max_calls")
    here = this_machine(settings)
    by_cores = CALLS_PER_CORE * here.cores
    guess = f"{CALLS_PER_CORE} for each of {here.cores} cores; `warmline capacity` measures it"
    try:
        found = read(file)
    except ConfigError as error:
        return Limit(by_cores, f"{guess} ({error})")
    if found is None:
        return Limit(by_cores, guess)
    if found.machine != here:
        what = "with other recognition" if _only_hearing(found.machine, here) else "elsewhere"
        return Limit(by_cores, f"{guess} (a figure of {found.measured_at} was measured {what})")
    target = f"{found.target_ms:.0f} ms"
    return Limit(found.calls, f"measured {found.measured_at}, 95 % of answers within {target}")


def read(file: Path | None = None) -> Capacity | None:
    """What was measured last; None when nothing was. Raises ConfigError."""
    file = file or default_file()
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
        found = TypeAdapter(Capacity).validate_python(values)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError):
        raise ConfigError(
            f"{file}: no measured capacity can be read from it; "
            "`warmline capacity --write` makes it anew"
        ) from None
    if found.calls < 1:
        raise ConfigError(f"{file}: calls: expected 1 or more, not {found.calls}")
    return found


def write(capacity: Capacity, file: Path | None = None) -> Path:
    """Have servers go by this figure from their next start on. Raises ConfigError."""
    file = file or default_file()
    machine = "".join(
        f"{key} = {_toml(value)}\n" for key, value in asdict(capacity.machine).items()
    )
    text = (
        "# Written by `warmline capacity`.\n"
        f"calls = {capacity.calls}\n"
        f"target_ms = {float(capacity.target_ms)}\n"
        f"measured_at = {_toml(capacity.measured_at)}\n\n[machine]\n{machine}"
    )
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = file.with_suffix(".part")
        half.write_text(text, encoding="utf-8")
        half.replace(file)
    except OSError as error:
        raise ConfigError(f"{file}: the capacity cannot be written: {error.strerror}") from None
    return file


def default_file() -> Path:
    return user_data_path("warmline") / "capacity.toml"


def _toml(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    safe = "".join(c for c in value if c.isprintable())
    return '"' + safe.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _only_hearing(one: Machine, other: Machine) -> bool:
    return (one.processor, one.cores) == (other.processor, other.cores)
