"""How tests read the API of a server that they started."""

from typing import Any

import httpx

KEY = "a key that only tests have"


def get(url: str, **params: Any) -> httpx.Response:
    return httpx.get(url, params=params, headers={"Authorization": f"Bearer {KEY}"})
