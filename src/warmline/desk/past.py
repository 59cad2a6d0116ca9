"""Calls that were, as pages get them: the record's fields, flat. Pure."""

from dataclasses import asdict
from typing import Any

from warmline.records.history import PastCall


def past_json(past: PastCall) -> dict[str, Any]:
    plain = asdict(past)
    agents = [{"user_id": user_id, "name": name} for user_id, name in past.agents]
    return {**plain.pop("call"), **plain, "agents": agents}
