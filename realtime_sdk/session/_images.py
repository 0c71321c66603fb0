"""Images for the model: bytes, a file or a PIL image as the wire's URL."""

from __future__ import annotations

import io
import re
from os import PathLike
from pathlib import Path
from typing import Any, Final

import pybase64

from .._runtime.arguments import shown
from .._runtime.text import describe, printable
from ..errors import UsageError

IMAGE_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of an image: in base64, and with the rest of its event, it stays below what servers accept in a frame."""

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}

_URL: Final = re.compile(r"(https?|ftp|file)://|data:", re.IGNORECASE)


def data_url(image: bytes | str | PathLike[str] | Any) -> str:
    """Return the `data:` URL of an image: its encoded bytes, a path, or an object with PIL's `save`.

    Raises:
        UsageError: not a PNG, JPEG, GIF or WebP image, larger than 8 MiB, or a file that can't be read.

    """
    data = _encoded(image)
    mime = next((mime for start, mime in _SIGNATURES.items() if data.startswith(start)), None)
    if mime is None:
        raise UsageError(f"not a PNG, JPEG, GIF or WebP image: it begins with {data[:8]!r}")
    if len(data) > IMAGE_LIMIT:
        raise UsageError(f"the image has {len(data):,} bytes; send one of at most {IMAGE_LIMIT:,}")
    return f"data:{mime};base64,{pybase64.b64encode_as_string(data)}"


def _encoded(image: Any) -> bytes:
    if isinstance(image, bytes):
        return image
    if isinstance(image, str | PathLike):
        return _read(image)
    if hasattr(image, "save"):
        buffer = io.BytesIO()
        image.save(buffer, format="PNG")
        return buffer.getvalue()
    raise UsageError(f"an image is bytes, a path or a PIL image, not {shown(image)}")


def _read(path: str | PathLike[str]) -> bytes:
    if _URL.match(str(path)):  # not quoted: it may hold a signature
        raise UsageError("an image is bytes, a path or a PIL image, not a URL: fetch it, and pass its bytes")
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"the image {printable(str(path))!r} can't be read: {error.strerror}") from error
    except ValueError as error:  # a path with a NUL
        raise UsageError(f"the image {printable(str(path))!r} can't be read: {describe(error)}") from error
