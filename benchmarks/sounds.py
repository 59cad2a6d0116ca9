"""Sounds that are no caller: songs, tones, crowds, lines; and rooms and lines to put callers in.

Made here, so that anybody hears the same. Knows audio only: no recogniser, no server.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from warmline.audio.frame import RATE, Pcm

Wave = npt.NDArray[np.float64]
"""Full scale 1.0, 16 kHz."""

_SCALE: Final = (0, 2, 4, 5, 7, 9, 11, 12)
"""Major, in semitones."""
_CHORDS: Final = (0, 5, 7, 9)


def at_level(wave: Wave, dbfs: float) -> Pcm:
    """Scaled to this root mean square."""
    scaled = wave / max(rms(wave), 1e-9) * 10 ** (dbfs / 20)
    return np.clip(scaled * 32_767, -32_768, 32_767).astype(np.int16)


def rms(wave: Wave) -> float:
    return float(np.sqrt(np.mean(wave**2)))


def as_wave(samples: Pcm) -> Wave:
    return samples / 32_768


def mix(front: Wave, behind: Wave, snr_db: float) -> Wave:
    """`behind` is so many dB weaker than `front`, and as long."""
    behind = np.resize(behind, front.size)
    return front + behind * (rms(front) / max(rms(behind), 1e-9)) * 10 ** (-snr_db / 20)


def quieter(samples: Pcm, db: float) -> Pcm:
    return (samples * 10 ** (-db / 20)).astype(np.int16)


def in_a_room(samples: Pcm, seconds: float, seed: int = 0) -> Pcm:
    """Heard by a speakerphone: as much reverberation (RT60 `seconds`) as direct sound."""
    rng = np.random.default_rng(seed)
    size = int(seconds * RATE)
    echo = rng.normal(0, 1, size) * 10 ** (-3 * np.arange(size) / size)
    echo /= np.sqrt(np.sum(echo**2))
    echo[0] += 1
    length = samples.size + size
    wave = np.fft.irfft(np.fft.rfft(as_wave(samples), length) * np.fft.rfft(echo, length), length)
    return at_level(wave[: samples.size], 20 * np.log10(max(rms(as_wave(samples)), 1e-6)))


# --- lines and machines ---------------------------------------------------------------------------


def tones(seconds: float, hertz: Sequence[float], on_s: float, off_s: float) -> Pcm:
    """A cadence of one or two tones, as exchanges send them."""
    time = _time(seconds)
    wave = np.sum([np.sin(2 * np.pi * f * time) for f in hertz], axis=0)
    return at_level(wave * (time % (on_s + off_s) < on_s), -18)


def comfort_noise(seconds: float, dbfs: float, *, steps_db: float, gaps: float, seed: int) -> Pcm:
    """Noise whose level jumps every two seconds, by up to `steps_db` up or down, and of whose
    20 ms packets a share of `gaps` is missing."""
    rng = np.random.default_rng(seed)
    size = int(seconds * RATE)
    jumps = 10 ** (rng.uniform(-steps_db, steps_db, int(seconds / 2) + 1) / 20)
    kept = rng.random(int(seconds * 50) + 1) >= gaps
    level = np.repeat(jumps, 2 * RATE)[:size] * np.repeat(kept, RATE // 50)[:size]
    return np.asarray(rng.normal(0, 32_768 * 10 ** (dbfs / 20), size) * level).astype(np.int16)


def traffic(seconds: float, seed: int) -> Pcm:
    """Rumble that swells and fades."""
    rng = np.random.default_rng(seed)
    time = _time(seconds)
    spectrum = np.fft.rfft(rng.normal(0, 1, time.size))
    spectrum /= np.maximum(np.fft.rfftfreq(time.size, 1 / RATE), 60) ** 0.8
    swell = 0.4 + 0.6 * np.abs(np.sin(2 * np.pi * time / 7 + np.sin(time)))
    return at_level(np.fft.irfft(spectrum, time.size) * swell, -22)


def crowd(seconds: float, voices: Sequence[Pcm], size: int, seed: int) -> Pcm:
    """`size` people at once, equally loud, each saying one recording after the other."""
    rng = np.random.default_rng(seed)
    wave = np.zeros(int(seconds * RATE))
    for _ in range(size):
        said: list[Wave] = []
        while sum(part.size for part in said) < wave.size:
            part = as_wave(voices[int(rng.integers(len(voices)))])
            said.append(part / max(rms(part), 1e-9))
        wave += np.concatenate(said)[: wave.size]
    return at_level(wave, -26)


# --- music ----------------------------------------------------------------------------------------


def _plucked(hertz: float, seconds: float) -> Wave:
    time = _time(seconds)
    partials = [
        np.sin(2 * np.pi * hertz * k * time) / k**1.3 * np.exp(-(3 + k) * time) for k in range(1, 9)
    ]
    return np.asarray(np.sum(partials, axis=0) * np.minimum(1, time / 0.01))


def _bowed(hertz: float, seconds: float) -> Wave:
    time = _time(seconds)
    phase = hertz * time + hertz * 0.003 / (2 * np.pi * 5) * np.sin(2 * np.pi * 5 * time)
    wave = np.sum([np.sin(2 * np.pi * k * phase) / k for k in range(1, 16)], axis=0)
    return np.asarray(wave * np.minimum(1, time / 0.08) * np.minimum(1, (seconds - time) / 0.08))


Instrument = Callable[[float, float], Wave]
PIANO: Final[Instrument] = _plucked
STRINGS: Final[Instrument] = _bowed


def melody(seconds: float, instrument: Instrument, seed: int) -> Wave:
    rng = np.random.default_rng(seed)
    notes: list[Wave] = []
    while sum(note.size for note in notes) < seconds * RATE:
        pitch = 262 * 2 ** (rng.choice(_SCALE) / 12)
        notes.append(instrument(pitch, 0.4 * rng.choice([0.5, 1, 1, 2])))
    return np.concatenate(notes)[: int(seconds * RATE)]


def band(seconds: float, seed: int) -> Wave:
    """Chords of strings over drums."""
    rng = np.random.default_rng(seed)
    chords: list[Wave] = []
    while len(chords) * 1.6 < seconds:
        root = 131 * 2 ** (rng.choice(_CHORDS) / 12)
        chords.append(np.sum([_bowed(root * 2 ** (k / 12), 1.6) for k in (0, 4, 7, 12)], axis=0))
    return np.concatenate(chords)[: int(seconds * RATE)] + drums(seconds, seed)


def drums(seconds: float, seed: int) -> Wave:
    rng = np.random.default_rng(seed)
    wave, time = np.zeros(int(seconds * RATE)), _time(0.15)
    hits = {0: np.sin(2 * np.pi * 60 * time * np.exp(-5 * time)) * np.exp(-20 * time) * 1.5}
    for beat, at in enumerate(range(0, wave.size - time.size, int(0.27 * RATE))):
        noise = rng.normal(0, 1, time.size)
        snare = (
            0.5 * noise * np.exp(-25 * time) if beat % 4 == 2 else 0.25 * noise * np.exp(-80 * time)
        )
        wave[at : at + time.size] += hits.get(beat % 4, snare)
    return wave


def sung(samples: Pcm, seed: int, *, hertz: float = 165.0, stretch: float = 2.0) -> Wave:
    """The words of a recording, sung: its vocal tract (linear prediction), longer vowels, and
    the pitch of a melody with a singer's vibrato."""
    filters, gains = _vocal_tract(as_wave(samples))
    hop = RATE // 100
    frames = int(len(filters) * stretch)
    source = _glottis(frames * hop, hertz, np.random.default_rng(seed))
    order = filters.shape[1]
    wave = np.zeros(order + frames * hop)
    for frame in range(frames):
        at = min(len(filters) - 1, int(frame / stretch))
        coefficients, gain = filters[at][::-1], gains[at]
        for n in range(order + frame * hop, order + (frame + 1) * hop):
            wave[n] = gain * source[n - order] + coefficients @ wave[n - order : n]
    return _integrated(wave[order:])


def _vocal_tract(wave: Wave, order: int = 18) -> tuple[Wave, Wave]:
    """Prediction coefficients and gains of each 10 ms."""
    size, hop = RATE * 3 // 100, RATE // 100
    flat = np.append(wave[0], wave[1:] - 0.95 * wave[:-1])
    filters, gains, lags = [], [], np.abs(np.subtract.outer(np.arange(order), np.arange(order)))
    for at in range(0, flat.size - size, hop):
        frame = flat[at : at + size] * np.hanning(size)
        auto = np.correlate(frame, frame, "full")[size - 1 : size + order]
        auto[0] = auto[0] * 1.001 + 1e-9
        filters.append(np.linalg.solve(auto[lags], auto[1:]))
        gains.append(np.sqrt(max(auto[0] - filters[-1] @ auto[1:], 0.0) / size))
    return np.array(filters), np.array(gains)


def _glottis(size: int, hertz: float, rng: np.random.Generator) -> Wave:
    pitch: list[Wave] = []
    while sum(note.size for note in pitch) < size:
        time = _time(0.45 * rng.choice([0.5, 1, 1, 2]))
        vibrato = 1 + 0.012 * np.sin(2 * np.pi * 5.5 * time) * np.minimum(1, time / 0.2)
        pitch.append(hertz * 2 ** (rng.choice(_SCALE) / 12) * vibrato)
    phase = np.cumsum(np.concatenate(pitch)[:size]) / RATE
    pulses = np.diff(np.floor(phase), prepend=0.0)
    return np.asarray(pulses * np.sqrt(RATE / hertz) + rng.normal(0, 0.12, size))


def _integrated(wave: Wave) -> Wave:
    out, last = np.empty_like(wave), 0.0
    for n, value in enumerate(wave):
        last = out[n] = value + 0.95 * last
    return out


def _time(seconds: float) -> Wave:
    return np.arange(int(seconds * RATE)) / RATE
