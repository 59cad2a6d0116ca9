"""The catalog: which models there are, their files, hashes, licences and sources.

Data and its checks. Knows neither the network nor the folder where models are kept.
"""

import tomllib
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from warmline.errors import ModelError

_STRICT = ConfigDict(extra="forbid")

_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""One path component: a catalog cannot write outside of the model's folder."""
_Requirement = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.+!]+$")]
_Repository = Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+@[0-9a-f]{40}$")]
_Path = Annotated[str, Field(pattern=r"^[\w.-]+(/[\w.-]+)*$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """A file of a repository on the model hub."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    hub: _Repository
    """OWNER/REPOSITORY@REVISION; the revision is a full commit id, so the bytes cannot change."""
    path: _Path

    def __str__(self) -> str:
        return f"hub {self.hub.partition('@')[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile:
    """A file inside a wheel of the Python package index."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    package: _Requirement
    """NAME==VERSION."""
    path: _Path

    def __str__(self) -> str:
        return f"package {self.package}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedFiles:
    """A file that was cut into several, in order."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    join: Annotated[tuple[PackageFile, ...], Field(min_length=2)]

    def __str__(self) -> str:
        return f"packages {', '.join(dict.fromkeys(part.package for part in self.join))}"


Source = HubFile | PackageFile | JoinedFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: _Name
    size: Annotated[int, Field(gt=0)]
    """Bytes."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    """Tried in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: _Name
    purpose: str
    licence: str
    """SPDX identifier of the weights' licence."""
    sets: tuple[Literal["serve", "test"], ...]
    """Pulled together with these; a model in no set is pulled by name."""
    files: Annotated[tuple[ModelFile, ...], Field(min_length=1)]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    models: tuple[Model, ...]

    def __post_init__(self) -> None:
        _no_name_twice("the catalog", [model.name for model in self.models])
        for model in self.models:
            _no_name_twice(model.name, [file.name for file in model.files])

    @property
    def names(self) -> list[str]:
        return [model.name for model in self.models]

    def __getitem__(self, name: str) -> Model:
        """The model of this name. Raises ModelError with close matches when there is none."""
        for model in self.models:
            if model.name == name:
                return model
        close = get_close_matches(name, self.names, n=3, cutoff=0.4)
        raise ModelError(
            f"there is no model {name!r}"
            + (f", perhaps {' or '.join(close)}?" if close else "")
            + " (`warmline models list` shows all)"
        )


def _no_name_twice(where: str, names: list[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"{where} has {', '.join(twice)} more than once")


def load_catalog(path: Path | None = None) -> Catalog:
    """The catalog at `path`, by default the one that comes with Warmline.

    Raises ModelError when it cannot be read or a field is wrong.
    """
    path = path or _own_catalog()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(Catalog).validate_python(data)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:  # a ValueError, too: must stand first
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(key) for key in first["loc"])
        raise ModelError(f"{path}: {where or 'models'}: {first['msg']}") from error
    except ValueError as error:
        raise ModelError(f"{path}: is not TOML: {error}") from error


def _own_catalog() -> Path:
    installed = Path(__file__).with_name("catalog.toml")
    checkout = Path(__file__).parents[3] / "models" / "catalog.toml"
    return installed if installed.exists() else checkout
