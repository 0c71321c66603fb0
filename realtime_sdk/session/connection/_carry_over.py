"""Carries a session over from one connection to the next: what happens at once when one is lost, and at the switch."""

from __future__ import annotations

from ..._runtime import clock
from ...conversation._effects import NOTHING, emitting
from ...conversation._sdk_events import Disconnected, Reconnected
from ...conversation.history._history import Restoration
from ...errors import ConnectionLost
from .._runtime import SessionRuntime
from ._handover import Handover


def suspend(runtime: SessionRuntime, lost: ConnectionLost) -> None:
    """The connection was lost, and the next one carries the session on."""
    engine, sink, link = runtime.engine, runtime.audio.sink, runtime.link
    runtime.emit(Disconnected(clock.wall(), lost.code, lost.reason or str(lost), will_retry=True))
    link.lose(lost)
    if sink is not None:
        sink.pump()  # what was heard by now decides what is requested again
        runtime.report_playback()
    unheard = engine.suspension.unheard_responses()
    if sink is not None:
        messages = [message for response in unheard for message in response.messages]
        sink.drop([segment for message in messages for segment in message.content.segments])
    at = clock.wall()
    runtime.apply(engine.suspension.suspend(unheard, link.unconfirmed.audio, at) + runtime.controller.disconnected(at))
    runtime.wake()


def resume(runtime: SessionRuntime, handover: Handover, restoration: Restoration, *, renewed: bool) -> None:
    """A new server holds what the session needs: go on there."""
    link, connection, at = runtime.link, handover.connection, clock.wall()
    runtime.log.begin(handover.session.id)
    if renewed:
        runtime.engine.suspension.drop_spoken_turns(link.unconfirmed.audio)  # those that were given up
        connection.ids.add_earlier(runtime.engine.item_ids)  # of items made since it was opened, too
    held, dropped = link.switch(connection)
    runtime.engine.abilities.capabilities = connection.dialect.capabilities
    for change in restoration.changes():  # since the server was given the last ones
        connection.send(change)
    server_detects = handover.session.turn_detection is not None
    for unsent in held:
        link.send_again(unsent, server_detects=server_detects)
    audio = link.unconfirmed.seconds(held)
    reconnected = Reconnected(at, restoration.carried, restoration.lost, audio, dropped, renewed)
    resumed = runtime.engine.suspension.resume(handover.session, restoration, at)
    compared = runtime.confirmation.connected(handover.session, at) if handover.confirmed else NOTHING
    runtime.apply(emitting(reconnected) + compared + resumed)
    for event in handover.unread:
        runtime.handle(event)
    runtime.wake()
