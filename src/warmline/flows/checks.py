"""Proofs about a flow: every road leads somewhere, callers are told who speaks, nobody is trapped.

Pure. Knows no file and no line: problems carry the path inside flow.yaml. A person can be asked
for at every question of a call (that is the machine's law); what is proved here comes on top.
"""

from collections.abc import Iterator, Mapping

from warmline.flows.checks_answers import answers
from warmline.flows.checks_roads import roads, targets
from warmline.flows.checks_slots import slots
from warmline.flows.checks_speech import speech
from warmline.flows.checks_use import use
from warmline.flows.flow import FlowFile, Table
from warmline.flows.problem import Problem


def check(file: FlowFile, tables: Mapping[str, Table]) -> list[Problem]:
    """All problems of a flow whose file is well formed.

    `tables` holds those that could be read; what another table should hold is not checked.
    """
    return list(_problems(file, tables))


def _problems(file: FlowFile, tables: Mapping[str, Table]) -> Iterator[Problem]:
    lost = list(targets(file))
    yield from lost
    yield from answers(file)
    yield from use(file, tables)
    if not lost:  # what follows walks the roads
        yield from roads(file)
        yield from slots(file)
        yield from speech(file)
