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

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from warmline.config.sections import Settings
from warmline.errors import ConfigError

__all__ = ["ENV_PREFIX", "OTHER_VARIABLES", "Settings", "keys", "load"]

ENV_PREFIX: Final = "WARMLINE_"
OTHER_VARIABLES: Final = frozenset({"WARMLINE_MODELS", "WARMLINE_HUB", "WARMLINE_CONFIG"})
"""Variables with a meaning of their own: the model cache, its hub, the configuration file."""


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
