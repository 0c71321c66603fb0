"""Functions that are only called once the application has approved it: by a dialog, or by asking the user aloud."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from realtime_sdk import Approval, ApprovalRequested, MessageItem, Session, Tool, UsageError, UserTranscript
from realtime_sdk.testing import FakeServer, call, message, run_virtual

from .observing import count, is_answered, scripted, talk
from .test_tools import outputs

pytestmark = pytest.mark.usefixtures("unguarded")


def paying(paid: list[int], **options: Any) -> Tool:
    """A function that needs approval, and what was paid with it."""

    async def pay(amount: int) -> str:
        """Pay."""
        paid.append(amount)
        return "paid"

    return Tool(pay, approve=True, **options)


PAY = call("pay", {"amount": 7})


def asking_to_pay() -> FakeServer:
    return scripted([PAY], [message("Well.", seconds=1.0)])


async def asked(session: Session) -> Approval:
    """Let the model make its call; return the approval that the call needs."""
    await session.respond()
    return (await anext(session.events(ApprovalRequested))).approval


def test_a_function_is_called_once_it_is_approved() -> None:
    async def main() -> None:
        server, paid = asking_to_pay(), list[int]()
        async with server, talk(server, tools=[paying(paid)]) as session:
            approval = await asked(session)
            assert repr(approval) == '<Approval pay({"amount": 7}) open>'
            assert (approval.server_label, approval.approved) == (None, None)
            await anyio.sleep(5.0)
            assert paid == []
            approval.approve()
            await anyio.sleep(3.0)
            assert (paid, outputs(server), approval.approved) == ([7], ["paid"], True)

    run_virtual(main)


@pytest.mark.parametrize(
    ("reason", "told"), [("", "not run: it was not approved"), ("too much", "not run: it was not approved: too much")]
)
def test_a_refused_function_is_not_called_and_the_model_is_told_so(reason: str, told: str) -> None:
    async def main() -> None:
        server, paid = asking_to_pay(), list[int]()
        async with server, talk(server, tools=[paying(paid)]) as session:
            approval = await asked(session)
            approval.refuse(reason)
            approval.approve()  # the first answer counts
            await anyio.sleep(3.0)
            assert paid == []
            assert json.loads(outputs(server)[0]) == {"error": told}
            assert count(server, "response.create") == 2

    run_virtual(main)


def test_an_approval_that_has_no_answer_is_a_refusal() -> None:
    async def main() -> None:
        server, paid = asking_to_pay(), list[int]()
        async with server, talk(server, tools=[paying(paid)]) as session:
            await session.respond()
            await anyio.sleep(130.0)
            assert paid == []
            assert "no answer within 120 s" in outputs(server)[0]
            assert await is_answered(server, session)

    run_virtual(main)


def test_the_time_limit_of_a_function_begins_with_its_approval() -> None:
    async def main() -> None:
        server, paid = asking_to_pay(), list[int]()
        async with server, talk(server, tools=[paying(paid, timeout=1.0)]) as session:
            approval = await asked(session)
            await anyio.sleep(60.0)
            approval.approve()
            await anyio.sleep(3.0)
            assert outputs(server) == ["paid"]

    run_virtual(main)


def test_an_interruption_that_cancels_the_call_closes_the_dialog() -> None:
    async def main() -> None:
        server, paid = asking_to_pay(), list[int]()
        async with server, talk(server, tools=[paying(paid, on_interrupt="cancel")]) as session:
            approval = await asked(session)
            await session.interrupt()
            assert await approval is False
            await anyio.sleep(3.0)
            assert (paid, len(outputs(server))) == ([], 1)

    run_virtual(main)


def test_the_end_of_the_session_closes_the_dialog() -> None:
    async def main() -> None:
        server, paid = asking_to_pay(), list[int]()
        async with server, talk(server, tools=[paying(paid)]) as session:
            approval = await asked(session)
        assert (await approval, approval.reason, paid) == (False, "the session has ended", [])

    run_virtual(main)


def test_the_user_is_asked_aloud() -> None:
    """The application has the model ask, and takes the user's next words for the answer."""

    async def main() -> None:
        paid = list[int]()
        server = scripted(
            [PAY], [message("Shall I pay 7 euros?", seconds=2.0)], [message("Fine.", seconds=1.0)],
            [message("I have paid.", seconds=1.0)],
        )  # fmt: skip
        words: Any = {"model": "gpt-transcribe"}
        async with server, talk(server, tools=[paying(paid)], transcription=words) as session:
            approval = await asked(session)
            question = await session.respond(instructions="Ask whether to pay 7 euros.", tool_choice="none")
            await question.played()
            await server.user_speaks("Yes, please.")
            async for heard in session.events(UserTranscript):
                if heard.final:
                    break
            assert heard.text == "Yes, please."
            approval.approve()
            await anyio.sleep(8.0)
            assert (paid, outputs(server)) == ([7], ["paid"])
            messages = [item for item in session.conversation if isinstance(item, MessageItem)]
            spoken = [item.heard for item in messages if item.role == "assistant"]
            assert spoken == ["Shall I pay 7 euros?", "Fine.", "I have paid."]

    run_virtual(main)


def test_an_approval_is_answered_on_the_sessions_loop() -> None:
    async def main() -> None:
        server = asking_to_pay()
        async with server, talk(server, tools=[paying([])]) as session:
            approval = await asked(session)
            with pytest.raises(UsageError, match=r"approve\(\)"):
                await anyio.to_thread.run_sync(approval.approve)
            approval.refuse()

    run_virtual(main)


def test_only_a_session_makes_approvals() -> None:
    with pytest.raises(UsageError, match="a session makes every Approval"):
        Approval()  # type: ignore[call-arg]
