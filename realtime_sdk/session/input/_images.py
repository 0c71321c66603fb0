"""Images for the model, as the wire's content parts; one that is too large is scaled down."""

from __future__ import annotations

import importlib.util
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

import pybase64

from ..._runtime.arguments import shown
from ..._runtime.extras import need
from ..._runtime.text import describe, printable
from ...errors import UsageError

IMAGE_SIZE: Final = 2**20
"""Bytes of an image above which it is scaled down: the user's audio waits behind it, on a slow line for a second."""

LARGEST: Final = 8 * 2**20
"""Bytes of an image that can't be scaled down: in base64 it stays below what servers accept in a frame."""

LONGEST_SIDE: Final = 2048
"""Pixels of the longer side of an image that is scaled down: the service reduces every image to that."""

QUALITIES: Final = (88, 75, 60)
"""Qualities of JPEG, the best first; below the last one a smaller image shows more."""

Part: TypeAlias = dict[str, Any]
"""A content part of the wire."""

_SENT: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""The first bytes of the kinds that the service takes."""

_CONVERTED: Final = re.compile(rb"GIF8|RIFF....WEBP|BM|II\*\0|MM\0\*|....ftypavif", re.DOTALL)
"""The first bytes of the kinds that are converted: GIF, WebP, BMP, TIFF and AVIF."""

_SMOOTH: Final = ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr")
"""The modes of Pillow in which an image can be reduced as it is; others have a palette, or wider numbers."""

_HEAD: Final = 16
"""Bytes from the start of a file that show its kind."""

_URL: Final = re.compile(r"(https?|ftp|file)://", re.IGNORECASE)

_WHAT: Final = "bytes, a path, a data: URL or an image of Pillow"


class PilImage(Protocol):
    """An image of Pillow."""

    @property
    def size(self) -> tuple[int, int]:
        """Its width and height in pixels."""
        ...

    def getbands(self) -> tuple[str, ...]:
        """The names of its channels."""
        ...


ImageSource: TypeAlias = bytes | bytearray | str | PathLike[str] | PilImage
"""An image: encoded bytes, a path, a `data:` URL, or an image of Pillow."""


def image_part(source: ImageSource, detail: str | None) -> Part | Callable[[], Part]:
    """Return the content part of an image, or a function that makes it, which takes its time.

    That function raises a `UsageError` for an image that is damaged.

    Raises:
        UsageError: no image of a known kind, a file that can't be read, or a URL that would have to be fetched.
        ExtraMissing: it has to be scaled down or converted, and Pillow is not installed.

    """
    encoded = _encoded(source)
    mime = None if encoded is None else _mime(encoded.head)
    if encoded is not None and mime is not None:
        if encoded.size <= IMAGE_SIZE:
            return _part(mime, encoded.read(), detail)
        if encoded.size <= LARGEST and importlib.util.find_spec("PIL") is None:
            return lambda: _part(mime, encoded.read(), detail)
    pillow = need("PIL.Image", "Pillow, which scales images down and converts them,", "images")
    if encoded is not None:
        open_it = partial(_open, pillow, encoded)
        return lambda: _part(*_converted(open_it, lossless=mime != "image/jpeg"), detail)
    if not isinstance(source, pillow.Image):
        raise UsageError(f"an image is {_WHAT}, not {shown(source)}")
    return lambda: _part(*_converted(source.copy, lossless=True), detail)


def _part(mime: str, data: bytes, detail: str | None) -> Part:
    url = f"data:{mime};base64,{pybase64.b64encode_as_string(data)}"
    return {"type": "input_image", "image_url": url, **({} if detail is None else {"detail": detail})}


# What an application gives


@dataclass(frozen=True, slots=True)
class _Encoded:
    """The bytes of an image, of which a large file is not read yet."""

    head: bytes
    size: int
    read: Callable[[], bytes]


def _encoded(source: ImageSource) -> _Encoded | None:
    """Return the bytes of an image; None: it is no encoded one."""
    if isinstance(source, str) and source[:5].lower() == "data:":
        return _in_memory(_decoded(source))
    if isinstance(source, str | PathLike):
        return _file(Path(source), printable(str(source)))
    return _in_memory(bytes(source)) if isinstance(source, bytes | bytearray) else None


def _in_memory(data: bytes) -> _Encoded:
    return _Encoded(data[:_HEAD], len(data), lambda: data)


def _decoded(url: str) -> bytes:
    head, _, data = url.partition(",")
    try:
        return pybase64.b64decode(data, validate=True) if head.lower().endswith(";base64") else b""
    except ValueError as error:
        raise UsageError("the data: URL of the image is damaged: what follows the comma is no base64") from error


def _file(path: Path, name: str) -> _Encoded:
    if _URL.match(name):  # not quoted: it may hold a signature
        raise UsageError(f"an image is {_WHAT}, not a URL: fetch it, and pass its bytes")
    try:
        with path.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            data = file.read(_HEAD if size > IMAGE_SIZE else size)
    except OSError as error:
        raise UsageError(f"the image {name!r} can't be read: {error.strerror}") from error
    except ValueError as error:  # a path with a NUL
        raise UsageError(f"the image {name!r} can't be read: {describe(error)}") from error
    return _Encoded(data[:_HEAD], size, path.read_bytes if size > IMAGE_SIZE else lambda: data)


def _mime(head: bytes) -> str | None:
    """Return the kind of an image; None: it has to be converted.

    Raises:
        UsageError: it is of no known kind.

    """
    mime = next((mime for start, mime in _SENT.items() if head.startswith(start)), None)
    if mime is None and not _CONVERTED.match(head):
        raise UsageError(f"not a PNG, JPEG, GIF, WebP, BMP, TIFF or AVIF image: it begins with {head[:8]!r}")
    return mime


# In a thread


def _open(pillow: Any, encoded: _Encoded) -> Any:
    return pillow.open(io.BytesIO(encoded.read()))


def _converted(open_it: Callable[[], Any], *, lossless: bool) -> tuple[str, bytes]:
    try:
        return _reduced(open_it(), lossless=lossless)
    except Exception as error:  # a decoder raises whatever it meets, and must not end the session
        raise UsageError(f"the image can't be read, it may be damaged: {describe(error)}") from error


def _reduced(image: Any, *, lossless: bool) -> tuple[str, bytes]:
    """Return the kind and the bytes of an image of Pillow, which it changes, in at most `IMAGE_SIZE` bytes.

    lossless: as PNG if it fits, for text and drawings.
    """
    from PIL import Image, ImageOps

    if image.mode not in _SMOOTH:
        image = _plain(image)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))  # before anything else: a JPEG is then read at a part of its size
    image = _plain(ImageOps.exif_transpose(image))
    if lossless and len(data := _saved(image, "PNG")) <= IMAGE_SIZE:
        return "image/png", data
    if image.mode == "RGBA":
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    while True:
        for quality in QUALITIES:
            if len(data := _saved(image, "JPEG", quality=quality)) <= IMAGE_SIZE:
                return "image/jpeg", data
        image.thumbnail((image.width * 3 // 4, image.height * 3 // 4))


def _plain(image: Any) -> Any:
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _saved(image: Any, format: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()
