from pathlib import Path

import pytest

from warmline.errors import ModelError
from warmline.modelstore.catalog import HubFile, JoinedFiles, PackageFile, load_catalog

SHA = "a" * 64
REVISION = "b" * 40
GOOD = f"""
[[models]]
name = "voice"
purpose = "tests"
licence = "MIT"
sets = []

[[models.files]]
name = "voice.bin"
size = 10
sha256 = "{SHA}"
sources = [
  {{ hub = "owner/voice@{REVISION}", path = "en/voice.bin" }},
  {{ package = "voice==1.0", path = "voice/voice.bin" }},
  {{ join = [
    {{ package = "voice-1==1.0", path = "voice/part1" }},
    {{ package = "voice-2==1.0", path = "voice/part2" }},
  ] }},
]
"""


def test_the_catalog_that_comes_with_warmline() -> None:
    catalog = load_catalog()
    assert {"whisper-base", "whisper-tiny.en", "en_US-joe-medium", "beckett"} <= set(catalog.names)
    assert len(catalog.names) == len(set(catalog.names))
    for model in catalog.models:
        assert model.licence
        for file in model.files:
            assert len(file.sha256) == 64 and set(file.sha256) <= set("0123456789abcdef")
            kinds = [isinstance(source, HubFile) for source in file.sources]
            assert kinds == sorted(kinds, reverse=True), f"{file.name}: the hub comes first"


def test_all_kinds_of_sources(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(GOOD)
    file = load_catalog(path)["voice"].files[0]
    assert [type(source) for source in file.sources] == [HubFile, PackageFile, JoinedFiles]
    assert [str(source) for source in file.sources] == [
        "hub owner/voice",
        "package voice==1.0",
        "packages voice-1==1.0, voice-2==1.0",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (SHA, "A" * 64, "models.0.files.0.sha256: String should match"),
        (SHA, "", "models.0.files.0.sha256"),
        ("size = 10", "size = 0", "models.0.files.0.size"),
        ('name = "voice.bin"', 'name = "../voice.bin"', "models.0.files.0.name"),
        ('name = "voice"', 'name = ".."', "models.0.name"),
        (REVISION, "main", "models.0.files.0.sources.0"),
        ("voice==1.0", "voice>=1.0", "models.0.files.0.sources.1"),
        ("voice==1.0", "--index-url=x==1", "models.0.files.0.sources.1"),
        ("sets = []", 'sets = ["most"]', "models.0.sets.0"),
        ("sets = []", "sets = []\ncolour = 1", "models.0.colour"),
        ('licence = "MIT"', "", "models.0.licence"),
        ("[[models]]", "[[models", "is not TOML"),
        (GOOD, GOOD + GOOD, "the catalog has voice more than once"),
        (GOOD, GOOD + GOOD[GOOD.index("[[models.files") :], "voice has voice.bin more than once"),
    ],
)
def test_wrong_fields_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(ModelError) as caught:
        load_catalog(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_a_catalog_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere.toml: cannot be read"):
        load_catalog(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("name", "message"),
    [("whisper-bas", r"perhaps whisper-base or"), ("q", r"no model 'q' \(`warmline models list`")],
)
def test_an_unknown_name_brings_close_ones(name: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        load_catalog()[name]
