"""Settings of queues: what a table may say, and what happens without one."""

import pytest
from pydantic import ValidationError

from warmline.desk.queues import OfficeSettings, Queues, QueueSettings, queues
from warmline.errors import ConfigError


def test_a_queue_that_nobody_configured_is_there() -> None:
    queue = Queues()["billing"]
    assert queue == QueueSettings(name="billing")
    assert queue.hours is None
    assert not queue.skills


def test_a_table_becomes_a_queue() -> None:
    table = {
        "skills": ["german"],
        "hours": {"timezone": "Europe/Berlin", "open": {"mon-fri": ["09:00-17:00"]}},
        "overflow": "orders",
        "overflow_s": 90,
        "max_waiting": 5,
    }
    billing = queues({"billing": table})["billing"]
    assert billing.name == "billing"
    assert billing.skills == {"german"}
    assert billing.hours is not None
    assert billing.hours.timezone == "Europe/Berlin"
    assert (billing.overflow, billing.overflow_s, billing.max_waiting) == ("orders", 90.0, 5)


def test_no_tables_are_fine() -> None:
    assert queues({}) == {}


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"Billing!": {}}, "queues.Billing!: expected a lower-case name"),
        ({"billing": {"skill": []}}, "queues.billing.skill: Extra inputs"),
        ({"billing": {"max_waiting": 0}}, "queues.billing.max_waiting: Input should be"),
        ({"billing": {"announce_s": 60}}, "queues.billing.announce_s: Input should be"),
        ({"billing": {"hours": {"open": {"fun": []}}}}, "queues.billing.hours.open.fun"),
        ({"billing": {"overflow": "billing"}}, "queues.billing.overflow: expected another"),
        ({"billing": 3}, "queues.billing: Input should be"),
    ],
)
def test_what_is_wrong_is_named(tables: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace(".", r"\.")):
        queues(tables)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        queues({"a": {"x": 1}, "b": {"y": 2}})
    assert len(str(error.value).splitlines()) == 2


def test_settings_stay_as_they_are() -> None:
    with pytest.raises(ValidationError):
        QueueSettings(name="a").max_waiting = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"offer_s": 0.0}, "desk.offer_s: expected more than 0"),
        ({"heartbeat_s": -1.0}, "desk.heartbeat_s"),
        ({"max_misses": 0}, "desk.max_misses"),
        ({"lease_s": 16.0}, "desk.lease_s: expected at most 15 seconds"),
    ],
)
def test_times_that_cannot_work_are_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        OfficeSettings(**values)  # type: ignore[arg-type]
