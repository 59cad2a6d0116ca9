from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from warmline.cli.models import app
from warmline.modelstore import Catalog
from warmline.modelstore.catalog import HubFile

CatalogOf = Callable[..., Catalog]


@pytest.fixture
def root(
    tmp_path: Path,
    catalog_of: CatalogOf,
    hub_source: HubFile,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The store's folder; the catalog holds the one model `voice`."""
    monkeypatch.setenv("WARMLINE_MODELS", str(tmp_path / "models"))
    catalog = catalog_of(hub_source)
    monkeypatch.setattr("warmline.modelstore.store.load_catalog", lambda: catalog)
    return tmp_path / "models"


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.usefixtures("hub")
def test_a_model_from_missing_to_right(root: Path) -> None:
    code, out, _ = run("list")
    assert code == 0 and "missing" in out and str(root) in out

    code, _, err = run("verify")
    assert code == 1 and "run `warmline models pull`" in err

    code, _, err = run("pull")
    assert code == 0
    assert err.splitlines() == [
        "voice: missing, 0.0 MB, licence MIT",
        "voice/voice.bin: 10,240 bytes from hub owner/voice",
    ]
    assert "present" in run("list")[1]
    assert run("verify") == (0, "voice/voice.bin: right\n", "")


@pytest.mark.usefixtures("hub")
def test_a_damaged_file_is_named_with_its_cure(root: Path, content: bytes) -> None:
    run("pull", "voice")
    (root / "voice" / "voice.bin").write_bytes(content[::-1])
    code, out, err = run("verify", "voice")
    assert code == 1
    assert "voice/voice.bin: has the SHA-256" in out
    assert err == "to mend it, run `warmline models pull --repair voice`\n"
    assert run("pull", "--repair", "voice")[0] == 0
    assert run("verify")[0] == 0


@pytest.mark.usefixtures("root", "no_hub")
def test_errors_are_one_line() -> None:
    for arguments in (("pull", "voices"), ("verify", "voices"), ("pull", "--set", "all")):
        code, _, err = run(*arguments)
        assert code == 1
        assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("voice/voice.bin: no source could give it: hub owner")


@pytest.mark.usefixtures("root", "no_hub")
def test_a_set_without_models_pulls_nothing() -> None:
    assert run("pull", "--set", "test") == (0, "", "")
