"""Images for the model: whatever an application has, as the URL that the wire wants."""

from __future__ import annotations

import io
import os
from os import PathLike
from pathlib import Path
from typing import Any

import pybase64

from ..errors import UsageError

LIMIT = 8 * 1024 * 1024
"""Bytes of an image: in base64, and with the rest of its event, it stays below what servers accept in a frame."""

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}


def data_url(image: bytes | str | PathLike[str] | Any) -> str:
    """A `data:` URL of an image: its encoded bytes, a path, or an object with PIL's `save`.

    Raises:
        UsageError: not a PNG, JPEG, GIF or WebP image, or larger than 8 MiB.

    """
    data = _encoded(image)
    mime = next((mime for start, mime in _SIGNATURES.items() if data.startswith(start)), None)
    if mime is None:
        raise UsageError(f"not a PNG, JPEG, GIF or WebP image: it begins with {data[:8]!r}")
    if len(data) > LIMIT:
        raise UsageError(f"the image has {len(data):,} bytes; send one of at most {LIMIT:,}")
    return f"data:{mime};base64,{pybase64.b64encode_as_string(data)}"


def _encoded(image: Any) -> bytes:
    if isinstance(image, bytes):
        return image
    if isinstance(image, str | PathLike):
        try:
            return Path(image).read_bytes()
        except OSError as error:
            raise UsageError(f"the image {os.fspath(image)!r} can't be read: {error.strerror}") from error
    if hasattr(image, "save"):
        buffer = io.BytesIO()
        image.save(buffer, format="PNG")
        return buffer.getvalue()
    raise UsageError(f"an image is bytes, a path or a PIL image, not {type(image).__name__}")
