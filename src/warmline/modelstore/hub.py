"""Downloads from the model hub: streaming, resumed where a broken one stopped.

The only module that knows the hub's address. Knows nothing of packages and of the store.
"""

import os
from http import HTTPStatus
from typing import Final, Self
from urllib.parse import quote

import httpx

from warmline.modelstore.catalog import HubFile
from warmline.modelstore.part import Part, SourceFailed, Unreachable, WrongBytes
from warmline.modelstore.progress import Progress, Report

HUB: Final = "https://huggingface.co"
"""Base address; the variable WARMLINE_HUB names another."""
_TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)
"""Seconds. Connecting is short: a machine without internet goes on to the packages quickly."""
_ATTEMPTS: Final = 5
"""Connections for one file, as long as each brings it forward."""


class Hub:
    """One run's connection to the hub. Once it could not be reached, it is not tried again."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._base = os.environ.get("WARMLINE_HUB", "").rstrip("/") or HUB
        self._client = httpx.Client(
            timeout=_TIMEOUT,
            follow_redirects=True,
            headers={"Accept-Encoding": "identity"},  # positions count the file's own bytes
        )
        self._unreachable = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def fetch(self, source: HubFile, part: Part) -> None:
        """Fill `part` with right bytes. Raises SourceFailed; what arrived until then is kept."""
        resumed = part.size > 0
        with self._progress.transfer(part.label) as report:
            try:
                self._fill(source, part, report)
                part.check()
            except WrongBytes:
                if not resumed:
                    raise
                self._fill(source, part, report)  # the old bytes may have been the bad ones
                part.check()

    def _fill(self, source: HubFile, part: Part, report: Report) -> None:
        repository, _, revision = source.hub.partition("@")
        url = f"{self._base}/{repository}/resolve/{revision}/{quote(source.path)}"
        for attempt in range(1, _ATTEMPTS + 1):
            before = part.size
            if before == part.file.size:
                return
            if self._unreachable:
                raise Unreachable(self._unreachable)
            try:
                return self._stream(url, part, report)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
                self._unreachable = f"cannot be reached ({_reason(error)})"
                self._progress.note(f"{httpx.URL(url).host} {self._unreachable}")
                raise Unreachable(self._unreachable) from error
            except httpx.TransportError as error:
                if part.size <= before or attempt == _ATTEMPTS:
                    raise SourceFailed(f"broke off ({_reason(error)})") from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise SourceFailed(_reason(error)) from error

    def _stream(self, url: str, part: Part, report: Report) -> None:
        headers = {"Range": f"bytes={part.size}-"} if part.size else {}
        with self._client.stream("GET", url, headers=headers) as response:
            match response.status_code:
                case HTTPStatus.PARTIAL_CONTENT:
                    pass
                case HTTPStatus.OK:  # the whole file, whatever was asked for
                    part.restart()
                case HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE if headers:
                    part.restart()
                    return self._stream(url, part, report)
                case status:
                    raise SourceFailed(f"answers HTTP {status}")
            for data in response.iter_bytes():
                part.write(data)
                report(part.size, part.file.size)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
