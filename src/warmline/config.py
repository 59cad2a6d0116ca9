"""Settings of the whole server: defaults, then a TOML file, then `WARMLINE_*` variables.

Read once at start. Unknown keys are refused with the nearest known one. `WARMLINE_SERVER_PORT`
sets `port` in `[server]`, and so on; `warmline config` prints every key with its meaning.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from warmline.errors import ConfigError

ENV_PREFIX: Final = "WARMLINE_"
OTHER_VARIABLES: Final = frozenset({"WARMLINE_MODELS", "WARMLINE_HUB", "WARMLINE_CONFIG"})
"""Variables with a meaning of their own: the model cache, its hub, the configuration file."""


NONE: Final = SecretStr("")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServerSettings(_Section):
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=0, le=65_535, description="port to listen on; 0 takes a free one")
    log_level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error"
    )


class FlowSettings(_Section):
    reload: bool = Field(True, description="load flows anew when their files change")
    folder: Path | None = Field(
        None, description="folder with one folder per voice flow; default: those that ship"
    )
    default: str = Field("order_status", description="flow for callers who ask for none")


class HearingSettings(_Section):
    final_model: str = Field("whisper-base", description="model for what the flow hears")
    final_workers: int = Field(1, ge=1, le=64, description="processes for it, one thread each")
    partials: bool = Field(True, description="transcribe while the caller still speaks")
    partial_model: str = Field("whisper-tiny.en", description="model for that")
    partial_workers: int = Field(1, ge=1, le=64, description="processes for it")


class SpeakingSettings(_Section):
    voices: tuple[str, ...] = Field(
        ("en_US-joe-medium",), min_length=1, description="Piper voices that flows may use"
    )


class AudioDoorSettings(_Section):
    start_timeout_s: float = Field(5.0, gt=0, description="seconds until `start` must have come")
    stall_timeout_s: float = Field(5.0, gt=0, description="seconds a client may leave us unread")
    lead_s: float = Field(
        0.06, ge=0.02, le=0.2, description="seconds of audio sent ahead of real time"
    )


class WebRtcDoorSettings(_Section):
    enabled: bool = Field(True, description="take calls of browsers: /call, /webrtc, /whip")
    api_key: SecretStr = Field(
        NONE, description="with it other sites' servers may fetch join tokens"
    )
    addresses: tuple[str, ...] = Field(
        (), description="this machine's addresses that browsers are told of; default: all"
    )
    ice_servers: tuple[str, ...] = Field(
        (), description="stun:HOST:PORT and turn:HOST:PORT for browsers behind routers"
    )
    turn_secret: SecretStr = Field(NONE, description="coturn's static-auth-secret")


class TwilioDoorSettings(_Section):
    """Twilio, and SignalWire, Telnyx and Plivo, which speak nearly the same."""

    public_url: str = Field("", description="this server as the provider sees it: https://…")
    account_sid: str = Field("", description="account of Twilio or SignalWire, for transfers")
    auth_token: SecretStr = Field(
        NONE, description="its secret; without any secret the door is closed"
    )
    api_url: str = Field(
        "https://api.twilio.com/2010-04-01", description="REST API that transfers calls"
    )
    plivo_auth_token: SecretStr = Field(NONE, description="Plivo's secret for its webhooks")
    stream_tokens: dict[str, SecretStr] = Field(
        default_factory=dict, description="signalwire, telnyx, plivo: the secret of its streams"
    )
    numbers: dict[str, str] = Field(
        default_factory=dict, description="called number to the flow that answers"
    )
    transfers: dict[str, str] = Field(
        default_factory=dict, description="queue, or default, to its people's number or SIP URI"
    )
    caller_id: str = Field("", description="number shown to them; empty: the caller's own")
    dial_timeout_s: int = Field(20, gt=0, description="seconds that their phone rings")
    rescue: str = Field("", description="the transfer that takes callers when we cannot")
    insecure_loopback: bool = Field(
        False, description="for simulators on this machine: no signatures"
    )


class AsteriskDoorSettings(_Section):
    audiosocket_host: str = Field("127.0.0.1", description="address for AudioSocket: a private one")
    audiosocket_port: int = Field(0, ge=0, le=65_535, description="its port, usually 9019; 0: off")
    user: str = Field("asterisk", description="Asterisk's name at /asterisk/media")
    password: SecretStr = Field(NONE, description="its password there; without one it is closed")
    secret: SecretStr = Field(
        NONE, description="what the dialplan shows at /asterisk/register and /next"
    )


class CallSettings(_Section):
    max_calls: int = Field(32, gt=0, description="calls at once; more are refused as busy")
    max_minutes: float = Field(240.0, gt=0, description="minutes after which a call is ended")


class RecordSettings(_Section):
    database: str = Field(
        "", description="SQLite file or SQLAlchemy URL; default: in the user's data folder"
    )

    def url_or_path(self) -> str:
        return self.database or str(user_data_path("warmline") / "warmline.db")


class Settings(_Section):
    server: ServerSettings = ServerSettings()
    flows: FlowSettings = FlowSettings()
    hearing: HearingSettings = HearingSettings()
    speaking: SpeakingSettings = SpeakingSettings()
    audio_door: AudioDoorSettings = AudioDoorSettings()
    webrtc: WebRtcDoorSettings = WebRtcDoorSettings()
    twilio: TwilioDoorSettings = TwilioDoorSettings()
    asterisk: AsteriskDoorSettings = AsteriskDoorSettings()
    call: CallSettings = CallSettings()
    records: RecordSettings = RecordSettings()
    endpoints: dict[str, Any] = Field(
        default_factory=dict,
        description="HTTP endpoints that flows may call: a table [endpoints.NAME] for each",
    )


def load(file: Path | None = None, env: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force. `file` (or `WARMLINE_CONFIG`) is optional.

    Raises ConfigError with the file and line, or the variable, and what was expected.
    """
    if file is None and env.get("WARMLINE_CONFIG"):
        file = Path(env["WARMLINE_CONFIG"])
    text = _read(file) if file else ""
    values = _parse(file, text)
    origin = _overlay(values, env)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(error, file, text, origin))) from None


def keys() -> Iterator[tuple[str, str, str, str]]:
    """Every key as `section.key`, its variable, its default and its meaning."""
    for section, key in _known():
        field = _field(section, key)
        default = field.get_default(call_default_factory=True, validated_data={})
        shown = ",".join(default) if isinstance(default, tuple) else str(default or "")
        yield f"{section}.{key}", _variable(section, key), shown, field.description or ""


# --- reading ----------------------------------------------------------------------------------


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"{file}: the configuration cannot be read: {why}") from None


def _parse(file: Path | None, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        place = f"{file}:{line[1] if line else len(text.splitlines())}"  # "at end of document"
        raise ConfigError(f"{place}: expected TOML (`[section]`, `key = value`): {error}") from None


def _known() -> Iterator[tuple[str, str]]:
    for section, field in Settings.model_fields.items():
        model = field.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            for key in model.model_fields:
                yield section, key


def _field(section: str, key: str) -> FieldInfo:
    model = Settings.model_fields[section].annotation
    assert isinstance(model, type) and issubclass(model, BaseModel)
    return model.model_fields[key]


def _variable(section: str, key: str) -> str:
    return f"{ENV_PREFIX}{section}_{key}".upper()


def _overlay(values: dict[str, Any], env: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Put the variables over the file's values; gives which variable set which key."""
    known = {_variable(section, key): (section, key) for section, key in _known()}
    origin: dict[tuple[str, ...], str] = {}
    for name, value in env.items():
        if not name.startswith(ENV_PREFIX) or name in OTHER_VARIABLES or not value:
            continue
        if name not in known:
            near = get_close_matches(name, [*known, *OTHER_VARIABLES], n=1)
            hint = f"; did you mean {near[0]}?" if near else "; `warmline config` lists them"
            raise ConfigError(f"{name}: there is no such setting{hint}")
        section, key = known[name]
        origin[section, key] = name
        tuple_key = isinstance(_field(section, key).default, tuple)
        table = values.setdefault(section, {})
        if isinstance(table, dict):
            table[key] = tuple(value.split(",")) if tuple_key else value
    return origin


def _explain(
    error: ValidationError, file: Path | None, text: str, origin: Mapping[tuple[str, ...], str]
) -> Iterator[str]:
    for problem in error.errors():
        path = tuple(str(part) for part in problem["loc"])
        place = origin.get(path[:2]) or f"{file}:{_line(text, path)}"
        message = problem["msg"]
        if problem["type"] == "extra_forbidden":
            message = f"there is no such key{_nearest(path)}"
        yield f"{place}: {'.'.join(path)}: {message}"


def _nearest(path: tuple[str, ...]) -> str:
    names = list(Settings.model_fields) if len(path) == 1 else [f"{s}.{k}" for s, k in _known()]
    near = get_close_matches(".".join(path[:2]), names, n=1)
    return f"; did you mean {near[0]}?" if near else "; `warmline config` lists them"


def _line(text: str, path: tuple[str, ...]) -> int:
    """The line of a key in the file: TOML's parser does not keep it."""
    section, key = path[0], path[1] if len(path) > 1 else None
    at_section = False
    found = 1
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*[\"']?([\w-]+)", line):
            at_section = header[1] == section
            found = number if at_section else found
        elif key and at_section and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
            return number
        elif re.match(rf"\s*[\"']?{re.escape(section)}[\"']?\s*[=.]", line):
            found = number
    return found
