import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from warmline.audio.frame import Frame
from warmline.audio.rechunk import Rechunker


@given(st.lists(st.integers(min_value=0, max_value=900), max_size=20))
def test_nothing_is_lost_or_moved(sizes: list[int]) -> None:
    chunker = Rechunker(512)
    signal = np.arange(sum(sizes), dtype=np.int16)
    position, chunks = 0, []
    for size in sizes:
        chunks += chunker.push(Frame(signal[position : position + size], position))
        position += size
    assert all(chunk.samples.size == 512 for chunk in chunks)
    assert [chunk.position for chunk in chunks] == [512 * n for n in range(len(signal) // 512)]
    if chunks:
        joined = np.concatenate([chunk.samples for chunk in chunks])
        np.testing.assert_array_equal(joined, signal[: joined.size])


def test_no_chunk_spans_a_gap() -> None:
    chunker = Rechunker(512)
    frame = np.ones(320, dtype=np.int16)
    assert list(chunker.push(Frame(frame, 0))) == []
    assert list(chunker.push(Frame(frame, 6_400))) == []
    (chunk,) = chunker.push(Frame(frame, 6_720))
    assert chunk.position == 6_400
