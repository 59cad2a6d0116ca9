"""The settings in force, and mistakes told with their file and line, or their variable."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from warmline.config import ENV_PREFIX, Settings, keys, load
from warmline.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "warmline.toml"


def problems(file: Path, text: str, **env: str) -> list[str]:
    """The lines of the error, without the file's folder."""
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file, env)
    return str(caught.value).replace(f"{file.parent}/", "").splitlines()


def test_defaults_need_no_file() -> None:
    assert load(None, {}) == Settings()
    assert (Settings().server.host, Settings().server.port) == ("127.0.0.1", 8080)
    assert Settings().records.url_or_path().endswith("warmline.db")


def test_an_empty_file_changes_nothing(file: Path) -> None:
    file.write_text("")
    assert load(file, {}) == Settings()


def test_a_file_over_the_defaults_and_variables_over_the_file(file: Path) -> None:
    file.write_text(
        "[server]\nhost = '0.0.0.0'\nport = 9000\n"
        "[speaking]\nvoices = ['a', 'b']\n"
        "[hearing]\npartials = true\n"
    )
    env = {
        "WARMLINE_SERVER_PORT": "9001",
        "WARMLINE_HEARING_PARTIALS": "false",
        "WARMLINE_CALL_MAX_MINUTES": "1.5",
        "WARMLINE_FLOWS_FOLDER": "/flows",
        "PATH": "/bin",
    }
    settings = load(file, env)
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 9001)
    assert settings.speaking.voices == ("a", "b")
    assert settings.hearing.partials is False
    assert settings.call.max_minutes == 1.5
    assert settings.flows.folder == Path("/flows")
    assert load(file, {"WARMLINE_SPEAKING_VOICES": "c,d"}).speaking.voices == ("c", "d")


def test_the_file_may_be_named_by_a_variable(file: Path, tmp_path: Path) -> None:
    file.write_text("[server]\nport = 9000\n")
    env = {"WARMLINE_CONFIG": str(file)}
    assert load(None, env).server.port == 9000
    other = tmp_path / "other.toml"
    other.write_text("[server]\nport = 9001\n")
    assert load(other, env).server.port == 9001
    assert load(None, {"WARMLINE_CONFIG": ""}) == Settings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().server.port = 1  # type: ignore[misc]


NO_KEY = "there is no such key"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[server]\n\nprot = 1", f"3: server.prot: {NO_KEY}; did you mean server.port?"),
        (
            "# on\n[server]\n# and on\n  'x' = 1",
            f"4: server.x: {NO_KEY}; did you mean server.port?",
        ),
        ("\nserver = { prot = 1 }", f"2: server.prot: {NO_KEY}; did you mean server.port?"),
        ("\n\nserver.prot = 1", f"3: server.prot: {NO_KEY}; did you mean server.port?"),
        ("[call]\n\n[sever]\nport = 1", f"3: sever: {NO_KEY}; did you mean server?"),
        ("\nport = 1", f"2: port: {NO_KEY}"),
        ("\n['server']\n\"port\" = -1", "3: server.port: "),
        ("[server]\nport = 'eighty'", "2: server.port: "),
        ("\nserver = { host = 'a', port = 'eighty' }", "2: server.port: "),
        ("\nserver.port = 'eighty'", "2: server.port: "),
        ("[flows]\ndefault = 'x'\n[server]\nport = 1.5", "4: server.port: "),
        ("[server]\nlog_level = 'loud'", "2: server.log_level: "),
        ("[speaking]\n\nvoices = [\n'a',\n1,\n]", "3: speaking.voices.1: "),
        ("[speaking]\nvoices = []", "2: speaking.voices: "),
        ("\nserver = 3", "2: server: "),
        ("\n\n[server.port]\nx = 1", "3: server.port: "),
        ("\n[[server]]\nport = 1", "2: server: "),
        ("[audio_door]\nlead_s = 0.5", "2: audio_door.lead_s: "),
    ],
)
def test_a_mistake_is_told_with_its_line(file: Path, text: str, told: str) -> None:
    (problem,) = problems(file, text)
    assert problem.startswith(f"warmline.toml:{told}")


def test_all_mistakes_are_told_at_once(file: Path) -> None:
    told = problems(file, "[server]\nport = -1\nprot = 1\n[call]\nmax_minutes = 0")
    assert sorted(line.split(": ")[0] for line in told) == [
        "warmline.toml:2",
        "warmline.toml:3",
        "warmline.toml:5",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[server\nport = 1", 1),
        ("[server]\nport = ", 2),
        ("[server]\n\nport: 8080\n", 3),
        ("[server]\nport = 1\nport = 2", 3),
        ("[speaking]\nvoices = [\n'a',\n", 3),
    ],
)
def test_what_is_no_toml(file: Path, text: str, line: int) -> None:
    (problem,) = problems(file, text)
    assert problem.startswith(f"warmline.toml:{line}: expected TOML (`[section]`, `key = value`)")


def test_a_file_that_cannot_be_read(file: Path, tmp_path: Path) -> None:
    for path, why in ((file, "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(ConfigError) as caught:
            load(path, {})
        assert str(caught.value) == f"{path}: the configuration cannot be read: {why}"
    file.write_bytes(b"[server]\nhost = '\xff'\n")
    with pytest.raises(ConfigError, match="cannot be read: it is not UTF-8 text"):
        load(file, {})


def test_a_mistake_in_a_variable_is_told_with_its_name(file: Path) -> None:
    env = {"WARMLINE_SERVER_PORT": "eighty", "WARMLINE_CALL_MAX_MINUTES": "-1"}
    told = problems(file, "[server]\nport = 1\nhost = 5", **env)
    assert sorted(line.rsplit(": ", 1)[0] for line in told) == [
        "WARMLINE_CALL_MAX_MINUTES: call.max_minutes",
        "WARMLINE_SERVER_PORT: server.port",
        "warmline.toml:3: server.host",
    ]


def test_a_variable_cannot_mend_a_broken_section(file: Path) -> None:
    (problem,) = problems(file, "\nserver = 3", WARMLINE_SERVER_PORT="1")
    assert problem.startswith("warmline.toml:2: server: ")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("WARMLINE_SERVER_PROT", "did you mean WARMLINE_SERVER_PORT?"),
        ("WARMLINE_MODEL", "did you mean WARMLINE_MODELS?"),
        ("WARMLINE_ZZZZZZZZZZZZZZZZZZZ", "`warmline config` lists them"),
        ("WARMLINE_server_port", "`warmline config` lists them"),
    ],
)
def test_an_unknown_variable(name: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, {name: "secret"})
    assert str(caught.value) == f"{name}: there is no such setting; {hint}"


def test_variables_with_a_meaning_of_their_own_are_let_be() -> None:
    assert load(None, {"WARMLINE_MODELS": "/m", "WARMLINE_HUB": "http://h"}) == Settings()


def test_every_key_is_listed_with_its_meaning() -> None:
    known = {
        f"{section}.{key}": value
        for section, values in Settings()
        if section not in ("endpoints", "queues")
        for key, value in _fields(values).items()
    }
    listed = {key: (variable, default, meaning) for key, variable, default, meaning in keys()}
    assert listed.keys() == known.keys()
    for key, (variable, default, meaning) in listed.items():
        assert variable == ENV_PREFIX + key.upper().replace(".", "_")
        assert meaning.strip(), f"{key} has no meaning"
        value = known[key]
        assert default == (",".join(value) if isinstance(value, tuple) else str(value or ""))
    variables = [variable for variable, _, _ in listed.values()]
    assert len(set(variables)) == len(variables)


def test_every_default_may_be_given_as_a_variable() -> None:
    env = {variable: default for _, variable, default, _ in keys() if default}
    assert load(None, env) == Settings()


def _fields(values: Any) -> dict[str, Any]:
    assert isinstance(values, BaseModel)
    return dict(values)


def test_secrets_are_read_and_never_shown() -> None:
    settings = load(None, {"WARMLINE_TWILIO_AUTH_TOKEN": "hush"})
    assert settings.twilio.auth_token.get_secret_value() == "hush"
    assert "hush" not in repr(settings) + str(settings)
