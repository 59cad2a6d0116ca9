"""All that helps the agents of a flow, read once and shared by its calls.

playbook = load_playbook(folder, flow, embed)
hints, checklist = playbook.hints(), playbook.checklist()     # for each call
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from warmline.assist.checklist import Checklist, Items
from warmline.assist.hints import Hints
from warmline.assist.reading import read_hints
from warmline.assist.rules import HintsFile
from warmline.assist.triggers import Triggers
from warmline.errors import FlowError
from warmline.flows.flow import Flow
from warmline.meaning.knowledge import Knowledge
from warmline.meaning.vectors import Embed


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """May be shared by threads; what it makes is of one call each."""

    file: HintsFile
    triggers: Triggers
    items: Items
    knowledge: Knowledge | None

    def hints(self) -> Hints:
        return Hints(self.triggers, self.knowledge)

    def checklist(self) -> Checklist:
        return Checklist(self.items)


def load_playbook(folder: Path, flow: Flow, embed: Embed | None = None) -> Playbook:
    """What hints.yaml in the flow's folder says; without that file a playbook without hints.

    `embed` finds meanings, without it words alone count. Raises FlowError with a line
    `file:line: …` for each error.
    """
    file = read_hints(folder, flow)
    return Playbook(
        file=file,
        triggers=Triggers(file.hints, embed),
        items=Items(file.checklist, flow, embed),
        knowledge=flow.knowledge[file.knowledge] if file.knowledge else None,
    )


def load_playbooks(
    folder: Path, flows: Mapping[str, Flow], embed: Embed | None = None
) -> dict[str, Playbook]:
    """Those of all flows in the folders of `folder`, by name. Raises FlowError, which lists the
    errors of all files."""
    found: dict[str, Playbook] = {}
    errors: list[str] = []
    for name, flow in flows.items():
        try:
            found[name] = load_playbook(folder / name, flow, embed)
        except FlowError as error:
            errors.append(str(error))
    if errors:
        raise FlowError("\n".join(errors))
    return found
