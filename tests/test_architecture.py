"""The shape of the house, read from its source: layers, sole importers, purity, size, secrets.

The tables here are the design; they say exactly what is true, so a new dependency between
rooms, or one that is gone, is decided here and not by accident.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import warmline

PACKAGE = Path(warmline.__file__).parent
MAX_LINES = 300

# From the top to the bottom: each line is a layer, each room says whom it uses. A room uses
# only rooms of the layers below its own, so rooms side by side do not know each other. Nobody
# is made to use all that is below: what a room leaves out, it must not know.
LAYERS: list[dict[str, set[str]]] = [
    {"__main__": {"cli"}},
    {
        "cli": {
            *("app", "trial", "library", "gateway", "caller", "hearing", "flows", "speaking"),
            *("connect", "meaning", "modelstore", "audio", "events", "config", "errors"),
            *("accounts", "assist", "records", "inference", "call", "machine", "warmline"),
        },
    },
    {
        # The only one that knows all rooms of a call.
        "app": {
            *("doors", "engines", "staff", "pages", "call", "hearing", "records", "library"),
            "flows",
            *("assist", "desk", "connect", "modelstore", "metrics", "ports", "config"),
            *("errors", "warmline"),
        },
        # Flows without a caller: conversations as tests, the console.
        "trial": {
            *("call", "dialogue", "flows", "hearing", "ports", "audio", "events", "spoken"),
            *("gateway", "speaking", "errors"),
        },
    },
    {
        # The only one that knows accounts, desk and assist together.
        "staff": {
            *("doors", "accounts", "desk", "assist", "records", "flows", "config", "events"),
        },
    },
    {
        "doors": {"gateway", "ports", "config", "errors"},
        "engines": {
            *("hearing", "speaking", "meaning", "flows", "inference", "modelstore", "ports"),
            *("config", "machine", "errors"),
        },
        # Who helps callers, and their pages' live feed and API; talks to calls by ports.people.
        "desk": {"accounts", "assist", "records", "flows", "ports", "events", "errors"},
    },
    {
        "gateway": {"ports", "audio", "errors"},
        "pages": set(),
        "call": {
            *("hearing", "dialogue", "flows", "speaking", "ports", "audio", "events"),
            *("spoken", "errors", "answers"),
        },
        "accounts": {"records", "errors"},
        "caller": {"audio", "errors"},  # sees the server from outside
        "library": {"flows", "errors"},
    },
    {
        "hearing": {
            *("inference", "ports", "answers", "audio", "events", "spoken", "config", "errors"),
        },
        "dialogue": {"flows", "answers", "meaning", "events", "spoken"},
        "speaking": {"inference", "ports", "audio", "events", "errors"},
        "connect": {"events", "errors"},
        "records": {"events", "errors"},
        # What agents are told of a call. Not ports: it hears the caller's turns, no line.
        "assist": {"flows", "meaning", "spoken", "audio", "events", "errors"},
    },
    {"flows": {"answers", "meaning", "events", "spoken", "errors"}},
    {
        "inference": {"machine", "errors"},
        "modelstore": {"errors"},
        "metrics": {"events"},
        "answers": {"events", "spoken"},
        "meaning": {"spoken", "errors"},
    },
    {"ports": {"audio", "events"}},
    {
        "audio": {"errors"},
        "events": set(),
        "config": {"machine", "errors"},
        "spoken": set(),
    },
    {"errors": set(), "machine": set(), "warmline": set()},
]

# Who may import a library, and nobody else: replacing it concerns one module.
IMPORTERS = {
    "ctranslate2": {"hearing.whisper_model", "meaning.embedder"},
    "faster_whisper": {"hearing.whisper_model"},
    "tokenizers": {"hearing.whisper_model", "meaning.embedder"},
    "onnxruntime": {"inference.onnx"},
    "webrtcvad": {"hearing.vad"},
    "piper": {"speaking.piper"},
    "soundfile": {"audio.files"},
    "soxr": {"audio.resample"},
    "yaml": {"flows.reader"},
    "phonenumbers": {"answers.phones"},
    "rapidfuzz": {"answers.phrases"},
    "watchfiles": {"library"},
    "sqlalchemy": {
        *(f"records.{name}" for name in ("accounts", "database", "desk", "history", "indexing")),
        *("records.migrating", "records.schema", "records.store"),
        *(f"records.migrations.versions.{name}" for name in ("v0001_calls", "v0002_people")),
    },
    "alembic": {
        "records.migrating",
        *(f"records.migrations.versions.{name}" for name in ("v0001_calls", "v0002_people")),
    },
    "sqlite3": {"records.database"},
    "argon2": {"accounts.passwords"},
    "vader": {"assist.words"},
    "prometheus_client": {"metrics"},
    "fastapi": {
        *("app", "doors", "staff", "pages.router", "records.api", "records.outcome"),
        *("accounts.guard", "accounts.router", "desk.answers", "desk.api", "desk.live"),
        *("desk.papers_api", "desk.wall_api"),
        *("gateway.socket", "gateway.asterisk.http", "gateway.asterisk.websocket"),
        *("gateway.twilio.door", "gateway.webrtc.door", "gateway.webrtc.whip"),
        "gateway.webrtc.bodies",
    },
    "aiortc": {"gateway.webrtc.aiortc_engine", "gateway.webrtc.aiortc_seams"},
    "aioice": {"gateway.webrtc.aiortc_seams"},
    "av": {"gateway.webrtc.codec"},
    "starlette": {
        *("gateway.link", "gateway.twilio.door", "gateway.webrtc.bodies", "pages.router"),
        *("accounts.guard", "desk.page"),
    },
    "uvicorn": {"cli.serve", "gateway.protocol"},
    "websockets": {"caller.client", "gateway.protocol"},
    "httpx": {
        *("cli.call", "cli.record"),
        "connect.exchange",
        "gateway.twilio.rest",
        "modelstore.hub",
        "desk.webhook",
        "desk.second_draft",
    },
    "platformdirs": {"config.capacity", "config.local_key", "config.sections", "modelstore.store"},
    "typer": {
        *("cli", "cli.call", "cli.config", "cli.console", "cli.doctor", "cli.flow"),
        *("cli.flow_test", "cli.models", "cli.screen", "cli.serve", "cli.transcribe"),
        *("cli.hints", "cli.users", "cli.capacity", "cli.explain", "cli.replay", "cli.testcase"),
    },
}

# These decide without waiting, so that tests need no clock, no loop and no machine.
PURE_ROOMS = {"events", "errors", "spoken", "answers", "meaning", "flows", "dialogue", "assist"}
NOT_PURE = {
    *("flows.files", "flows.includes", "flows.loader"),
    *("meaning.articles", "meaning.embedder", "meaning.safetensors"),
    "assist.assistant",  # the room's only shell
}
TWILIO_PURE = {
    *("calls", "commands", "fields", "formats", "limits", "messages", "order", "settings"),
    *("signature", "strict_json", "twiml"),
}
WEBRTC_PURE = {
    *("arrivals", "candidate", "concealment", "ear", "ice", "jitter", "messages"),
    *("offer", "payloads"),
}
DESK_PURE = {
    *("alerts", "assignments", "cases", "changes", "consoles", "dispatch", "display", "floor"),
    *("forms", "lines", "moves", "outbox", "panel", "presence", "queues", "quiet", "refusals"),
    *("requests", "routing", "sheet", "standing", "states", "tally", "wording"),
}
PURE_MODULES = {
    *("accounts.user", "accounts.rows", "accounts.limits", "accounts.worst"),
    *("audio.frame", "audio.g711", "audio.loudness", "audio.rechunk", "audio.resample"),
    *("gateway.wire", "gateway.playout", "gateway.intake", "gateway.silence"),
    "gateway.lobby",
    *("audio.alaw", "audio.music", "call.bargein", "call.echo", "call.mixing"),
    *("gateway.asterisk.audiosocket", "gateway.asterisk.calls"),
    *("gateway.asterisk.channel", "gateway.asterisk.settings"),
    *(f"gateway.twilio.{name}" for name in TWILIO_PURE),
    *(f"gateway.webrtc.{name}" for name in WEBRTC_PURE),
    *("hearing.background", "hearing.recordings", "hearing.soundtrack"),
    *("hearing.endpointing", "hearing.expectation", "hearing.agreement", "hearing.patience"),
    *("hearing.turn_log", "hearing.prompting"),
    *("hearing.decoding", "hearing.digit_decoder", "hearing.number", "hearing.utterance"),
    *("speaking.clauses", "speaking.shape"),
    *("call.floor", "call.mask", "call.timing", "call.captions", "call.line_meter"),
    *("connect.address", "connect.endpoint", "connect.jsonpath", "connect.outcome"),
    *("connect.reply", "connect.request"),
    *("trial.acting", "trial.call", "trial.conversation", "trial.coverage", "trial.endpoints"),
    *("trial.expectations", "trial.outcome", "trial.runner"),
    *("trial.comparison", "trial.recording", "trial.testcase"),
    *("records.backlog", "records.chain", "records.codec", "records.digest"),
    *("records.explained", "records.figures", "records.reasons", "records.timeline"),
    "records.words",
    *("call.memory", "call.overlap", "call.waiting", "config.sections"),
    *(f"desk.{name}" for name in DESK_PURE),
    *("inference.queue", "inference.layout", "inference.pressure", "hearing.cadence"),
    *("caller.tracks", "caller.report", "caller.outcome", "caller.ramp", "call.admission"),
}
IMPURE_LIBRARIES = {
    *("asyncio", "concurrent", "threading", "multiprocessing", "subprocess", "signal"),
    *("time", "random", "secrets", "uuid", "socket", "select", "selectors", "ssl"),
    *("os", "io", "shutil", "tempfile", "glob", "logging"),
}
IMPURE_CALLS = {"open", "print", "input", "exec", "eval"}

SECRETS = {
    *("text", "words", "digit", "digits", "keys", "caller", "transcript", "said", "heard"),
    *("prompt", "value", "password", "fact", "entry", "body", "message", "samples"),
}
"""Names of what a caller said, pressed or is called: these are not logged."""
LOG_METHODS = {"debug", "info", "warning", "error", "critical", "exception", "log"}


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "warmline"


MODULES = {_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
PURE = PURE_MODULES | {
    name for name in MODULES if name.partition(".")[0] in PURE_ROOMS and name not in NOT_PURE
}


@cache
def _tree(module: str) -> ast.Module:
    """Without what it does when it is run as a program."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not _is_program(node)]
    return tree


def _is_program(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def _imports(module: str) -> Iterator[str]:
    """All that it imports, wherever in the file, as full dotted names."""
    for node in ast.walk(_tree(module)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(level=0, module=str(source), names=names):
                yield from (f"{source}.{alias.name}" for alias in names)
            case ast.ImportFrom():
                raise AssertionError(f"{module}:{node.lineno}: a relative import")


def _room(module: str) -> str:
    return module.partition(".")[0]


def _rooms_used(room: str) -> set[str]:
    used = set[str]()
    for module in (name for name in MODULES if _room(name) == room):
        for name in _imports(module):
            if name.startswith("warmline."):
                part = name.split(".")[1]
                used.add(part if part in {_room(known) for known in MODULES} else "warmline")
    return used - {room}


ROOMS = {room: uses for layer in LAYERS for room, uses in layer.items()}


def test_every_room_has_its_place() -> None:
    assert {_room(module) for module in MODULES} == ROOMS.keys()


def test_no_room_may_use_one_beside_or_above_it() -> None:
    below = set(ROOMS)
    for layer in LAYERS:
        below -= layer.keys()
        for room, uses in layer.items():
            assert uses <= below, f"{room} may not use {uses - below}"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_exactly_whom_it_says(room: str) -> None:
    assert _rooms_used(room) == ROOMS[room]


@pytest.mark.parametrize("library", IMPORTERS)
def test_a_library_has_no_other_importers(library: str) -> None:
    found = {m for m in MODULES if any(_room(name) == library for name in _imports(m))}
    assert found == IMPORTERS[library]


@pytest.mark.parametrize("module", sorted(PURE))
def test_a_pure_module_cannot_wait_or_look_around(module: str) -> None:
    impure = {name for name in _imports(module) if _room(name) in IMPURE_LIBRARIES}
    assert not impure
    for node in ast.walk(_tree(module)):
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), f"line {node.lineno}"
        match node:
            case ast.Call(func=ast.Name(id=name)):
                assert name not in IMPURE_CALLS, f"line {node.lineno}: {name}()"
            case ast.Call(func=ast.Attribute(attr="now" | "today" | "utcnow" as name)):
                raise AssertionError(f"line {node.lineno}: {name}() reads the clock")


def test_what_is_said_to_be_pure_or_not_is_there() -> None:
    assert MODULES.keys() >= PURE | NOT_PURE


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_short_and_says_what_it_is(module: str) -> None:
    lines = MODULES[module].read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MAX_LINES, f"{len(lines)} lines: what could be a module of its own?"
    assert ast.get_docstring(_tree(module)), "the first lines say what it owns"


@pytest.mark.parametrize("module", MODULES)
def test_only_commands_print(module: str) -> None:
    if _room(module) == "cli" or module == "inference.worker":
        return
    for node in ast.walk(_tree(module)):
        match node:
            case ast.Call(func=ast.Name(id="print")):
                raise AssertionError(f"{module}:{node.lineno}: print()")


def _log_calls(module: str) -> Iterator[ast.Call]:
    for node in ast.walk(_tree(module)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="log" | "_log" | "_LOG"), attr=method)
            ):
                if method in LOG_METHODS:
                    yield node
            case ast.Call(func=ast.Attribute(value=ast.Name(id="logging"), attr=method)):
                assert method not in LOG_METHODS, f"{module}:{node.lineno}: the root logger"


@pytest.mark.parametrize("module", MODULES)
def test_nothing_that_a_caller_said_is_logged(module: str) -> None:
    for call in _log_calls(module):
        place = f"{module}:{call.lineno}"
        form, *values = call.args
        assert isinstance(form, ast.Constant), f"{place}: log a fixed text, and values behind it"
        assert not {keyword.arg for keyword in call.keywords}, f"{place}: exc_info shows values"
        for value in values:
            secret = SECRETS & set(_told(value))
            assert not secret, f"{place}: {secret} may hold what a caller said"


def _told(value: ast.expr) -> Iterator[str]:
    """The names whose values a logged expression shows; of types and lengths it shows none."""
    match value:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="type")), attr="__name__"):
            return
        case ast.Call(func=ast.Name(id="len" | "type")):
            return
        case ast.Name(id=name):
            yield name
        case ast.Attribute(attr=name):
            yield name
        case _:
            for part in ast.iter_child_nodes(value):
                if isinstance(part, ast.expr):
                    yield from _told(part)


@pytest.mark.parametrize(
    ("expression", "secret"),
    [
        ("heard.text", {"text"}),
        ("f'{digit}'", {"digit"}),
        ("str(words)", {"str", "words"}),
        ("type(fact).__name__", set()),
        ("len(words)", set()),
        ("call_id", {"call_id"}),
    ],
)
def test_what_an_expression_would_show(expression: str, secret: set[str]) -> None:
    parsed = ast.parse(expression, mode="eval")
    assert set(_told(parsed.body)) == secret
