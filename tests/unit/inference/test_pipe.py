import asyncio
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.inference import pipe
from warmline.inference.pipe import Message

HEADS = st.dictionaries(st.text(max_size=8), st.integers() | st.text() | st.booleans(), max_size=4)


@given(st.lists(st.builds(Message, HEADS, st.binary(max_size=200)), max_size=5))
def test_messages_survive_the_pipe(messages: list[Message]) -> None:
    stream = io.BytesIO(b"".join(message.pack() for message in messages))
    read = []
    while (message := pipe.read(stream)) is not None:
        read.append(message)
    assert read == messages


def test_an_end_within_a_message_is_an_error() -> None:
    data = Message({"id": 1}, b"12345").pack()
    with pytest.raises(EOFError):
        pipe.read(io.BytesIO(data[:-1]))


async def test_something_else_in_the_pipe_is_noticed() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"Downloading model: 100%")
    with pytest.raises(EOFError, match="something else"):
        await pipe.read_async(reader)


@given(st.lists(st.builds(Message, HEADS, st.binary(max_size=200)), min_size=1, max_size=5))
def test_what_travels_together_comes_apart_as_it_was(messages: list[Message]) -> None:
    stream = io.BytesIO(pipe.together(messages).pack())
    whole = pipe.read(stream)
    assert whole is not None
    assert pipe.apart(whole) == messages
