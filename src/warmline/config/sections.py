"""The settings of the whole server, section by section, with their defaults. Pure data.

Where they come from is the room's own matter; what they mean is that of the rooms they are for.
"""

from pathlib import Path
from typing import Any, Final, Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr

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
    partial_model: str = Field(
        "whisper-tiny.en", description="model for partials, and for all under pressure"
    )
    partials: bool = Field(True, description="transcribe while the caller still speaks")
    unwatched_partials: bool = Field(True, description="also in calls that nobody watches")
    workers: int = Field(
        0, ge=0, le=64, description="processes that hold both models; 0: as the machine allows"
    )
    threads: int = Field(0, ge=0, le=64, description="of each of them; 0: as the machine allows")
    batch: int = Field(4, ge=1, le=4, description="utterances decoded together when they queue")
    short_window: bool = Field(
        True, description="decode windows as long as the speech; false (to measure it): always 30 s"
    )
    shared: bool = Field(
        True, description="workers help each other; false (to measure it): some for finals alone"
    )
    adaptive: bool = Field(
        True, description="partials follow the load; false (to measure it): each 0.8 s of speech"
    )

    def probe_path(self) -> Path:
        """Where the machine's measured speed is remembered."""
        return user_cache_path("warmline") / "probe.json"


class EndpointSettings(_Section):
    """When a caller's turn is over: silences in seconds, from the end of the voice."""

    pause: float = Field(
        0.096, ge=0.064, le=0.5, description="silence after which words and voice are judged"
    )
    min: float = Field(0.2, ge=0.096, le=2, description="the shortest silence that ends a turn")
    max: float = Field(2.4, ge=0.3, le=5, description="the longest that does not")
    factor: float = Field(
        1.0, ge=0.2, le=5, description="more or less patience with all but complete answers"
    )
    turn_model: bool = Field(True, description="judge the voice too, by Smart Turn")
    speculative: bool = Field(
        True, description="decode in pauses; else only when silence has ended the turn"
    )
    expectation: bool = Field(
        True, description="mind what the flow asked for; else every answer is an open one"
    )
    optimistic: bool = Field(
        True, description="take an end back when the caller goes on; else a new turn begins"
    )


class SpeakingSettings(_Section):
    voices: tuple[str, ...] = Field(
        ("en_US-joe-medium",), min_length=1, description="Piper voices that flows may use"
    )
    memory_mb: int = Field(64, ge=8, le=4096, description="megabytes of spoken clauses in memory")
    disk_mb: int = Field(
        256, ge=0, le=65_536, description="megabytes of flows' prompts kept on disk; 0 for none"
    )
    clips_folder: Path | None = Field(
        None, description="folder for them; default: in the user's cache folder"
    )
    foresight: bool = Field(True, description="render likely replies while the caller speaks")
    first_clause: bool = Field(True, description="cut a long sentence so that it begins sooner")

    def clips_path(self) -> Path:
        return self.clips_folder or user_cache_path("warmline") / "clips"


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
    max_calls: int = Field(
        0, ge=0, description="calls led at once; 0: as `warmline capacity` measured, else 4 a core"
    )
    when_busy: Literal["hold", "refuse"] = Field(
        "hold", description="what callers beyond that do: wait for their turn, or go"
    )
    max_held: int = Field(32, ge=0, description="callers who may wait; more are refused")
    hold_minutes: float = Field(10.0, gt=0, description="minutes after which they must go")
    max_minutes: float = Field(240.0, gt=0, description="minutes after which a call is ended")


class RecordSettings(_Section):
    database: str = Field(
        "", description="SQLite file or SQLAlchemy URL; default: in the user's data folder"
    )
    audio: Literal["consent", "always", "never"] = Field(
        "consent", description="when calls are recorded; consent: after a yes to a flow's question"
    )
    audio_folder: Path | None = Field(
        None, description="folder of the recordings; default: in the user's data folder"
    )

    def url_or_path(self) -> str:
        return self.database or str(user_data_path("warmline") / "warmline.db")

    def audio_path(self) -> Path:
        return self.audio_folder or user_data_path("warmline") / "calls"


class AccountSettings(_Section):
    idle_minutes: float = Field(60.0, gt=0, description="minutes of silence: signed out")
    longest_hours: float = Field(12.0, gt=0, description="hours until all sign in anew")
    secure: bool | None = Field(
        None, description="pages by https only; default: https, or http on this machine"
    )
    origins: tuple[str, ...] = Field(
        (), description="the pages' own address where a proxy changes the host: https://…"
    )
    api_key: SecretStr = Field(
        NONE, description="with it programs read /api/calls; default: a file in the user's folder"
    )


class DeskSettings(_Section):
    """Agents. Queues have tables of their own, `[queues.NAME]`."""

    offer_s: float = Field(20.0, gt=0, description="seconds an agent is asked before the next is")
    lease_s: float = Field(
        10.0, gt=0, le=15, description="seconds a call is kept for an agent whose audio is missing"
    )
    heartbeat_s: float = Field(
        15.0, gt=0, description="seconds of silence after which a page is gone"
    )
    alerts: Path | None = Field(
        None, description="YAML file with the supervisors' alert rules; default: those that ship"
    )
    webhook_url: str = Field("", description="where wrap-ups are sent, as JSON")
    webhook_secret: SecretStr = Field(NONE, description="signs them (HMAC-SHA256)")
    draft_url: str = Field(
        "", description="OpenAI-compatible API for a second draft of summaries: http://…/v1"
    )
    draft_model: str = Field("", description="its model")
    draft_api_key: SecretStr = Field(NONE, description="its key, where it wants one")


class Settings(_Section):
    server: ServerSettings = ServerSettings()
    flows: FlowSettings = FlowSettings()
    hearing: HearingSettings = HearingSettings()
    endpoint: EndpointSettings = EndpointSettings()
    speaking: SpeakingSettings = SpeakingSettings()
    audio_door: AudioDoorSettings = AudioDoorSettings()
    webrtc: WebRtcDoorSettings = WebRtcDoorSettings()
    twilio: TwilioDoorSettings = TwilioDoorSettings()
    asterisk: AsteriskDoorSettings = AsteriskDoorSettings()
    call: CallSettings = CallSettings()
    records: RecordSettings = RecordSettings()
    accounts: AccountSettings = AccountSettings()
    desk: DeskSettings = DeskSettings()
    queues: dict[str, Any] = Field(
        default_factory=dict,
        description="how callers wait for people: a table [queues.NAME] for each",
    )
    endpoints: dict[str, Any] = Field(
        default_factory=dict,
        description="HTTP endpoints that flows may call: a table [endpoints.NAME] for each",
    )
