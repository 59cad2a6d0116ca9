from pathlib import Path

import numpy as np
import pytest
import soundfile

from warmline.audio import files
from warmline.errors import AudioError


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_any_rate_and_channel_count(tmp_path: Path, rate: int, channels: int, kind: str) -> None:
    file = tmp_path / f"clip.{kind}"
    tone = 0.5 * np.sin(np.arange(rate) / rate * 2 * np.pi * 440)
    soundfile.write(file, np.stack([tone] * channels, axis=1), rate)
    pcm = files.read(file, 16_000)
    assert pcm.dtype == np.int16
    assert abs(pcm.size - 16_000) <= 1
    assert 11_000 < pcm[2_000:14_000].astype(float).std() < 12_000


@pytest.mark.parametrize("content", [b"", b"RIFF\x00\x00", b"plain text\n" * 99])
def test_what_is_no_sound_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "clip.wav"
    file.write_bytes(content)
    with pytest.raises(AudioError, match=r"clip\.wav: .*libsndfile") as caught:
        files.read(file, 16_000)
    assert "\n" not in str(caught.value)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="there is no such file"):
        files.read(tmp_path / "nowhere.wav", 16_000)


def test_a_file_without_samples_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 8_000)
    with pytest.raises(AudioError, match="no samples"):
        files.read(tmp_path / "empty.wav", 16_000)


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    pcm = np.arange(-8_000, 8_000, dtype=np.int16)
    files.write_wav(tmp_path / "out.wav", pcm, 16_000)
    assert abs(files.read(tmp_path / "out.wav", 16_000).astype(int) - pcm).max() <= 1
    with pytest.raises(AudioError, match="cannot be written"):
        files.write_wav(tmp_path / "no" / "out.wav", pcm, 16_000)
