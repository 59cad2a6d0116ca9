"""A server that does not start says why."""

import pytest

from warmline.caller.own_server import own_server
from warmline.errors import WarmlineError


async def test_its_own_words_are_the_error() -> None:
    with pytest.raises(WarmlineError, match=r"did not start:\n.*WARMLINE_SERVER_PORT") as caught:
        async with own_server({"WARMLINE_SERVER_PORT": "many"}):
            pass
    assert "Traceback" not in str(caught.value)
