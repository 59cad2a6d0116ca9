"""`warmline testcase`: a turn of a recorded call as a conversation test, with its sound."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from warmline.cli.screen import err, errors_in_a_line, out
from warmline.config import load
from warmline.errors import WarmlineError


def testcase(
    call: Annotated[str, typer.Argument(help="Its id, the beginning of it, or `last`.")],
    turn: Annotated[int, typer.Option(help="The turn that is tested, as `explain` numbers them.")],
    name: Annotated[str, typer.Option(help="What it shows; default: the call and the turn.")] = "",
    folder: Annotated[
        Path | None, typer.Option(help="Where to write; default: the flow's conversations.")
    ] = None,
    url: Annotated[str, typer.Option(help="The server that has the record.")] = "",
    config: Annotated[Path | None, typer.Option(help="Configuration file (TOML).")] = None,
) -> None:
    """Write a conversation test of a call up to one turn, and the sound of that turn.

    The sound is there if the call was recorded. Both hold what the caller said: look at them
    before you share them.
    """
    from warmline.cli.at_hand import flow_folders
    from warmline.cli.record import read_call
    from warmline.flows.reader import written
    from warmline.trial.folder import FOLDER
    from warmline.trial.testcase import excerpt

    with errors_in_a_line():
        settings = load(config)
        record, entries = read_call(call, settings, url)
        stem = f"call_{record.call_id[:8]}_turn_{turn}"
        case = excerpt(entries, turn, name or f"turn {turn} of call {record.call_id[:8]}")
        if folder is None:
            [flow] = flow_folders([record.flow], settings.flows.folder)
            folder = flow / FOLDER
        sound = settings.records.audio_path() / f"{record.call_id}.flac"
        if sound.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write_sound(sound, folder / f"{stem}.wav", case.begin_s, case.end_s)
            step = case.conversation["turns"][case.turn]
            step["caller"] = {"text": step["caller"], "audio": f"{stem}.wav"}
        else:
            err.print("the call was not recorded: the test has no sound")
        path = folder / f"{stem}.yaml"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(written(case.conversation), encoding="utf-8")
        except OSError as error:
            raise WarmlineError(f"{path}: cannot be written: {error.strerror}") from None
    out.print(Text(f"written: {path}"), soft_wrap=True)
    out.print(f"try it: warmline flow test {record.flow} -k {stem} --audio", soft_wrap=True)


def _write_sound(source: Path, target: Path, begin_s: float, end_s: float) -> None:
    """The caller's track between two moments. Raises AudioError."""
    from warmline.audio import files
    from warmline.audio.frame import RATE

    samples = files.read_channel(source, RATE)
    files.write_wav(target, samples[int(begin_s * RATE) : int(end_s * RATE)], RATE)
