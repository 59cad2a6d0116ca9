import hashlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.modelstore.catalog import HubFile, ModelFile
from warmline.modelstore.part import Part, WrongBytes

FileOf = Callable[..., ModelFile]


@given(pieces=st.lists(st.binary(min_size=1, max_size=50), min_size=1), data=st.data())
def test_however_it_is_cut_and_resumed_the_bytes_are_the_same(
    pieces: list[bytes], data: st.DataObject
) -> None:
    whole = b"".join(pieces)
    source = HubFile(hub=f"a/b@{'0' * 40}", path="f")
    digest = hashlib.sha256(whole).hexdigest()
    file = ModelFile(name="f", size=len(whole), sha256=digest, sources=(source,))
    stop = data.draw(st.integers(min_value=0, max_value=len(pieces)))
    with TemporaryDirectory() as name:
        folder = Path(name)
        with Part(folder, file) as part:
            for piece in pieces[:stop]:
                part.write(piece)
        with Part(folder, file) as part:
            assert part.size == sum(map(len, pieces[:stop]))
            for piece in pieces[stop:]:
                part.write(piece)
            part.check()
            part.commit()
        assert [path.name for path in folder.iterdir()] == ["f"]
        assert (folder / "f").read_bytes() == whole


def test_wrong_bytes_are_refused_and_forgotten(
    tmp_path: Path, file_of: FileOf, hub_source: HubFile, content: bytes
) -> None:
    file = file_of(hub_source)
    actual = hashlib.sha256(content[::-1]).hexdigest()
    with Part(tmp_path, file) as part:
        part.write(content[::-1])
        with pytest.raises(WrongBytes, match=rf"{actual}, the catalog says {file.sha256}; nothing"):
            part.check()
        part.write(content[:5])
        with pytest.raises(WrongBytes, match=f"5 bytes instead of {len(content)}"):
            part.check()
        part.write(content)
        with pytest.raises(WrongBytes, match="more than"):
            part.write(b"!")
    assert not list(tmp_path.iterdir())


def test_a_part_that_is_too_long_starts_again(
    tmp_path: Path, file_of: FileOf, hub_source: HubFile, content: bytes
) -> None:
    (tmp_path / "voice.bin.part").write_bytes(content + b"!")
    with Part(tmp_path, file_of(hub_source)) as part:
        assert part.size == 0
