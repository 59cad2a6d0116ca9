"""Joins the ears for one person of a call from what all calls share. Knows no flow."""

from collections.abc import Callable

from warmline.call.services import Services
from warmline.events import Expectation, PartialTranscript, PressureChanged
from warmline.hearing.listener import Heard, Listener
from warmline.hearing.partials import PartialTrack
from warmline.ports import Priority, Transcript


def ears(
    services: Services,
    post: Callable[[Heard | PartialTranscript], None],
    *,
    urgency: Callable[[], Priority],
    drafted: Callable[[int, Transcript, Expectation], None] = lambda *_: None,
) -> Listener:
    """`urgency` tells how urgent partials of this call are now; `drafted`: see `Listener`."""
    partials = None
    if services.partials:
        partials = PartialTrack(
            services.transcriber, post, cadence=services.partial_cadence, urgency=urgency
        )
    return Listener(
        services.new_detector(),
        services.transcriber,
        post,
        partials,
        turn_model=services.turn_model,
        patience=services.new_patience(),
        drafted=drafted,
    )


def watch_pressure(
    services: Services, post: Callable[[PressureChanged], None]
) -> Callable[[], None]:
    """Tell the call each change of the load's rung, until what is given back is called."""
    return services.watch_pressure(
        lambda rung, because: post(PressureChanged(rung=rung, because=because))
    )
