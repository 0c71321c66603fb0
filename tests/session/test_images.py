"""Images: whatever an application gives, scaled down off the event loop, in the order in which it was given."""

from __future__ import annotations

import base64
import importlib.util
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
from PIL import Image

from realtime_sdk import ExtraMissing, Session, UsageError, connect
from realtime_sdk._runtime import threads
from realtime_sdk.session.input import _images
from realtime_sdk.session.input._user_messages import WAITING_LIMIT
from realtime_sdk.testing import FakeServer, message, run_virtual


def picture(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture without any pattern: no format makes it much smaller."""
    bands = len(mode)
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, bands), dtype=np.uint8)
    return Image.fromarray(pixels if bands > 1 else pixels[:, :, 0], mode if bands == 4 else None)


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


IMAGE_SIZE, LARGEST, LONGEST_SIDE = 2**15, 2**16, 200
"""The limits of these tests, which work with small pictures."""

SMALL = encoded(picture(8, 8), "PNG")
LARGE = encoded(picture(130, 100), "PNG")


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("IMAGE_SIZE", IMAGE_SIZE), ("LARGEST", LARGEST), ("LONGEST_SIDE", LONGEST_SIDE)):
        monkeypatch.setattr(_images, name, value)


def sent_image(part: dict[str, Any]) -> tuple[str, bytes]:
    """The kind and the bytes of an image as the server got it."""
    head, _, data = part["image_url"].partition(";base64,")
    return head.removeprefix("data:"), base64.b64decode(data)


def contents(server: FakeServer) -> list[list[dict[str, Any]]]:
    """The content of each message of the user's, as the server got them."""
    created = [event for event in server.received if event["type"] == "conversation.item.create"]
    return [event["item"]["content"] for event in created]


def talk(act: Callable[[Session], Awaitable[object]]) -> FakeServer:
    """Let a session do something; return its server."""

    async def main() -> FakeServer:
        server = FakeServer()
        server.reply(message("A sky.", seconds=0.5))
        async with server, connect(endpoint=server, microphone=None, speaker=None) as session:
            await act(session)
        return server

    return run_virtual(main)


def test_a_small_image_is_sent_as_it_is_from_bytes_a_path_or_a_data_url(tmp_path: Path) -> None:
    (tmp_path / "sky.png").write_bytes(SMALL)
    url = "data:image/png;base64," + base64.b64encode(SMALL).decode()

    async def act(session: Session) -> None:
        for source in (SMALL, bytearray(SMALL), tmp_path / "sky.png", str(tmp_path / "sky.png"), url):
            await session.send_image(source)

    assert [sent_image(part) for [part] in contents(talk(act))] == [("image/png", SMALL)] * 5


def test_a_text_and_its_images_are_one_message_and_have_one_answer() -> None:
    async def act(session: Session) -> None:
        session.send_text("Which is larger?", images=[SMALL, LARGE], detail="low")
        response = await anext(session.responses())
        assert response.items is not None

    server = talk(act)
    [[text, first, second]] = contents(server)
    assert text == {"type": "input_text", "text": "Which is larger?"}
    assert (first["detail"], second["detail"]) == ("low", "low")
    assert sent_image(first) == ("image/png", SMALL)
    assert [event["type"] for event in server.received].count("response.create") == 1
    assert server.refused == []


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (LARGE, "image/jpeg"),
        (encoded(picture(180, 140), "JPEG", quality=100, subsampling=0), "image/jpeg"),
        (encoded(picture(180, 140, "RGBA"), "PNG"), "image/jpeg"),
        (encoded(Image.new("P", (300, 200)), "GIF"), "image/png"),
        (encoded(picture(64, 64), "WEBP", lossless=True), "image/png"),
        (encoded(picture(64, 64), "BMP"), "image/png"),
        (encoded(picture(64, 64), "TIFF"), "image/png"),
        (picture(64, 64), "image/png"),
        (picture(64, 64, "L"), "image/png"),
        (Image.new("CMYK", (64, 64)), "image/png"),
    ],
    ids=["PNG", "JPEG", "with transparency", "GIF", "WebP", "BMP", "TIFF", "Pillow", "grey", "CMYK"],
)
def test_any_other_image_arrives_within_the_limits_of_the_service(source: Any, kind: str) -> None:
    async def act(session: Session) -> None:
        await session.send_image(source)

    [[part]] = contents(talk(act))
    mime, data = sent_image(part)
    assert mime == kind
    assert len(data) <= IMAGE_SIZE
    assert max(Image.open(io.BytesIO(data)).size) <= LONGEST_SIDE


def test_a_photograph_is_sent_the_way_up_that_it_was_taken(tmp_path: Path) -> None:
    taken = picture(240, 180)
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright
    (tmp_path / "photo.jpg").write_bytes(encoded(taken, "JPEG", quality=100, subsampling=0, exif=exif))

    async def act(session: Session) -> None:
        await session.send_image(tmp_path / "photo.jpg")

    [[part]] = contents(talk(act))
    assert Image.open(io.BytesIO(sent_image(part)[1])).size == (150, 200)


def test_what_follows_an_image_waits_until_it_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr("realtime_sdk.session.input._user_messages.run_in_thread", recorded(order))

    async def act(session: Session) -> None:
        session.send_image(LARGE)
        session.send_text("And what is this?", respond=False)
        asked = session.respond()
        session.send_audio(bytes(480))
        await asked

    server = talk(act)
    assert order == ["an image"]
    sent = [event["type"] for event in server.received]
    assert sent[sent.index("input_audio_buffer.append") :] == [
        "input_audio_buffer.append", "conversation.item.create", "conversation.item.create", "response.create",
    ]  # fmt: skip
    assert [[part["type"] for part in content] for content in contents(server)] == [["input_image"], ["input_text"]]


def test_a_question_waits_for_no_image_that_is_given_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.session.input._user_messages.run_in_thread", after_an_answer)

    async def act(session: Session) -> None:
        session.send_image(LARGE)
        asked = session.respond(metadata={"about": "the first"})
        session.send_image(LARGE)
        session.send_text("And now?")
        last = session.send_image(LARGE)
        await asked
        await last
        responses = session.responses()
        for _ in range(2):
            await (await anext(responses)).done()

    server = talk(act)
    sent = [event["type"] for event in server.received]
    image, ask = "conversation.item.create", "response.create"
    assert sent[sent.index(image) :][:3] == [image, ask, image]
    assert sent.count(ask) == 2
    kinds = [[part["type"] for part in content] for content in contents(server)]
    assert kinds == [["input_image"], ["input_image"], ["input_text"], ["input_image"]]


def test_images_that_are_given_faster_than_they_are_prepared_are_refused_in_the_end() -> None:
    async def act(session: Session) -> None:
        tiny = Image.new("RGB", (1, 1))
        given = [session.send_image(tiny) for _ in range(WAITING_LIMIT)]
        with pytest.raises(UsageError, match="100 messages wait for images to be prepared: await one before the next"):
            session.send_image(tiny)
        await given[0]
        await session.send_image(tiny)

    assert len(contents(talk(act))) == WAITING_LIMIT + 1


async def after_an_answer(part: Callable[[], dict[str, Any]], **_: bool) -> dict[str, Any]:
    """Prepare an image for longer than an answer is made."""
    await anyio.sleep(5.0)
    return part()


def recorded(order: list[str]) -> Callable[..., Awaitable[Any]]:
    async def run(function: Callable[[], Any], *, abandon_on_cancel: bool) -> Any:
        order.append("an image")
        return await threads.run_in_thread(function, abandon_on_cancel=abandon_on_cancel)

    return run


def test_a_damaged_image_fails_its_message_and_no_other() -> None:
    failures: list[str] = []

    async def act(session: Session) -> None:
        damaged = session.send_image(LARGE[:500] + bytes(IMAGE_SIZE), respond=True)
        after = session.send_text("Hello?")
        try:
            await damaged
        except UsageError as error:
            failures.append(str(error))
        await after
        await anext(session.responses())

    server = talk(act)
    assert failures[0].startswith("the image can't be read, it may be damaged: ")
    assert [part["type"] for [part] in contents(server)] == ["input_text"]
    assert [event["type"] for event in server.received].count("response.create") == 1


def test_a_failure_that_nothing_awaits_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def act(session: Session) -> None:
        session.send_image(LARGE[:500] + bytes(IMAGE_SIZE))
        session.send_text("Hello?")
        await anext(session.responses())

    talk(act)
    assert "a message of the user's was not sent: the image can't be read" in caplog.text


def test_a_session_that_is_left_sends_no_image_that_is_still_prepared(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("realtime_sdk.session.input._user_messages.run_in_thread", after_an_answer)

    async def act(session: Session) -> None:
        session.send_image(LARGE)

    assert contents(talk(act)) == []
    assert "not sent, because the connection has ended: conversation.item.create" in caplog.text


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (lambda s: s.send_image(b"%PDF-1.7"), "not a PNG, JPEG, GIF, WebP, BMP, TIFF or AVIF image"),
        (lambda s: s.send_image(b""), "not a PNG, JPEG, GIF, WebP, BMP, TIFF or AVIF image: it begins with b''"),
        (lambda s: s.send_image("data:image/png,abc"), "not a PNG, JPEG"),
        (lambda s: s.send_image("data:image/png;base64,$"), "the data: URL of the image is damaged"),
        (lambda s: s.send_image(SMALL, detail="hi"), "detail is one of 'auto', 'low', 'high', not 'hi'"),
        (lambda s: s.send_text("?", images="sky.png"), r"images is a list of images, not 'sky.png': images=\[…\]"),
        (lambda s: s.send_text("?", images=SMALL), "images is a list of images"),
    ],
)
def test_what_is_no_image_is_refused_by_the_call(wrong: Callable[[Session], object], problem: str) -> None:
    async def act(session: Session) -> None:
        with pytest.raises(UsageError, match=problem):
            wrong(session)

    assert contents(talk(act)) == []


def test_without_pillow_images_go_as_they_are_up_to_a_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def not_installed(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(importlib, "import_module", not_installed)
    (tmp_path / "huge.png").write_bytes(SMALL + bytes(LARGEST))

    async def act(session: Session) -> None:
        await session.send_image(LARGE)
        for source in (tmp_path / "huge.png", b"GIF89a"):
            with pytest.raises(ExtraMissing, match=r"pip install 'realtime-voice-sdk\[images\]'"):
                session.send_image(source)

    assert [sent_image(part) for [part] in contents(talk(act))] == [("image/png", LARGE)]
