"""One peer that flows may call: its URL, its headers, its limits. Pure.

The configuration is the allow-list: a flow names an endpoint and never a URL. Knows no flow and
no network; the process's variables are given to it.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from warmline.errors import ConfigError

FIELD: Final = re.compile(r"\{([a-z][a-z0-9_]{0,63})\}")
"""A place for a value, by its name in the flow's `with`."""
URL: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>\d{1,5}))?"
    r"(?P<path>/[^?#\\\s]*)?"
    r"(?:\?(?P<query>[^#\\\s]*))?",
    re.ASCII,
)
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_PRINTABLE: Final = re.compile(r"[ -~]*")
_VARIABLE: Final = re.compile(r"(?<!\S)env:([A-Za-z_][A-Za-z0-9_]*)")
_OURS: Final = frozenset(
    {
        *("host", "connection", "upgrade", "te", "expect", "content-length", "content-type"),
        *("transfer-encoding", "accept", "accept-encoding", "idempotency-key"),
    }
)
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


def _url(template: str) -> str:
    url = URL.fullmatch(template)
    if url is None or not template.isascii() or not template.isprintable():
        raise ValueError(
            "expected https://host/path?query without user, fragment, spaces or backslashes; "
            "{name} stands only in the path and the query"
        )
    if not 0 < int(url["port"] or 1) < 65_536:
        raise ValueError("expected a port from 1 to 65535")
    if any(brace in FIELD.sub("", template) for brace in "{}"):
        raise ValueError("expected {name} with a lower-case name, as in /orders/{order_id}")
    return template


def _header(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise ValueError("expected a header's name, as in Authorization")
    if name.lower() in _OURS:
        raise ValueError(f"expected no {name} header: the connector sets it")
    return name


def _header_value(value: str) -> str:
    if not _PRINTABLE.fullmatch(value):
        raise ValueError("expected one line of printable ASCII characters")
    return value


class EndpointSettings(BaseModel):
    """`[endpoints.NAME]` of the configuration. The frozen values hold no secret."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(_url)] = Field(
        max_length=2_000,
        description="https://host/path, with {name} in path or query for a value of the flow",
    )
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(
        "GET", description="GET, POST, PUT, PATCH or DELETE"
    )
    headers: Mapping[
        Annotated[str, AfterValidator(_header)], Annotated[str, AfterValidator(_header_value)]
    ] = Field(
        default_factory=dict,
        description="headers to send; env:NAME in a value stands for a variable's content",
    )
    body: Mapping[str, str] | None = Field(
        None,
        description="for POST, PUT, PATCH: JSON key = name of the value; default: all values",
    )
    timeout_s: float = Field(
        5.0, gt=0, le=60, description="seconds for all of it: waiting, tries and the pauses between"
    )
    try_timeout_s: float | None = Field(
        None, gt=0, le=60, description="seconds for one try; default: all that is left"
    )
    retries: int = Field(
        2, ge=0, le=5, description="tries after the first, if the peer is away or overloaded"
    )
    max_bytes: int = Field(
        256 * 1024, ge=1, le=4 * 1024 * 1024, description="bytes of a reply, at most"
    )
    not_found: tuple[Annotated[int, Field(ge=400, le=599)], ...] = Field(
        (404,), description="HTTP statuses that mean: there is no such thing"
    )
    allow_private: bool = Field(
        False, description="the host may be this machine or in a private network"
    )
    ca_file: Path | None = Field(
        None, description="PEM file of the authority that signs the host's certificate"
    )

    @model_validator(mode="after")
    def _body_has_a_method(self) -> Self:
        if self.body is not None and self.method not in _WITH_BODY:
            raise ValueError(f"expected no body with {self.method}")
        return self

    @property
    def sends_body(self) -> bool:
        return self.method in _WITH_BODY

    @property
    def in_url(self) -> frozenset[str]:
        """Names of the values that stand in the URL."""
        return frozenset(FIELD.findall(self.url))

    @property
    def needs(self) -> frozenset[str]:
        """Names of the values that a flow must send."""
        return self.in_url | frozenset((self.body or {}).values())


def endpoints(tables: Mapping[str, object]) -> dict[str, EndpointSettings]:
    """The endpoints by name, of the configuration's `[endpoints.NAME]` tables.

    Raises ConfigError with a line for each thing that is wrong.
    """
    made: dict[str, EndpointSettings] = {}
    problems: list[str] = []
    for name, table in tables.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
            problems.append(f"endpoints.{name}: expected a lower-case name, as in orders")
        try:
            made[name] = EndpointSettings.model_validate(table)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                key = ".".join(("endpoints", name, *map(str, problem["loc"])))
                problems.append(f"{key}: {problem['msg'].removeprefix('Value error, ')}")
    if problems:
        raise ConfigError("\n".join(problems))
    return made


def resolved_headers(
    name: str, settings: EndpointSettings, env: Mapping[str, str]
) -> dict[str, str]:
    """The headers of the endpoint `name`, with each `env:NAME` replaced.

    Raises ConfigError for a variable that is missing, or cannot stand in a header.
    """

    def content(variable: re.Match[str]) -> str:
        value = env.get(variable[1], "")
        if not value or not _PRINTABLE.fullmatch(value):
            raise ConfigError(
                f"endpoints.{name}.headers: the variable {variable[1]} "
                + ("must be one line of printable ASCII characters" if value else "is not set")
            )
        return value

    return {header: _VARIABLE.sub(content, value) for header, value in settings.headers.items()}
