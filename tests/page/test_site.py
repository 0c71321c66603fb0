"""Who may open the socket of a page, and what its files are served with."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest

from realtime_sdk.page._site import ASSETS, MAX_PAGES, answer, refusal

OWN = "https://voice.example.com"


def status(origin: str | None, host: str | None, *, pages: int = 0) -> HTTPStatus | None:
    refused = refusal(origin=origin, host=host, origins={OWN}, pages=pages)
    return None if refused is None else refused.status


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://localhost:8080", "localhost:8080"),
        ("http://[::1]:8080", "[::1]:8080"),
        ("http://192.168.0.7:8080", "192.168.0.7:8080"),
        ("https://LOCALHOST", "localhost"),
        (OWN, "voice.example.com"),
        (OWN, "127.0.0.1:8080"),
    ],
)
def test_the_page_itself_may_talk(origin: str, host: str) -> None:
    assert status(origin, host) is None


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "127.0.0.1:8080"),  # a foreign page that reaches for a server on this machine
        ("http://evil.example:8080", "evil.example:8080"),  # whose name was made to lead to this machine
        ("http://127.0.0.1:9090", "127.0.0.1:8080"),  # another server of this machine
        ("http://localhost.evil.example", "localhost.evil.example"),
        ("http://127.0.0.1.evil.example", "127.0.0.1.evil.example"),
        ("http://voice.example.com", "voice.example.com"),  # not encrypted, as its own origin is
        ("null", "127.0.0.1:8080"),  # a file, or a frame in a sandbox
        ("http://[::1", "[::1"),
        ("", ""),
        (None, "127.0.0.1:8080"),  # no browser
        ("http://127.0.0.1:8080", None),
    ],
)
def test_any_other_page_is_refused(origin: str | None, host: str | None) -> None:
    assert status(origin, host) is HTTPStatus.FORBIDDEN


def test_one_page_too_many_is_refused() -> None:
    assert status(OWN, None, pages=MAX_PAGES - 1) is None
    assert status(OWN, None, pages=MAX_PAGES) is HTTPStatus.SERVICE_UNAVAILABLE


def test_the_page_is_told_to_load_nothing_from_elsewhere() -> None:
    page = answer("/")
    assert page.status is HTTPStatus.OK
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_no_file_of_the_page_names_another_site() -> None:
    for path in ASSETS.iterdir():
        assert re.findall(r"(?:https?:)?//[\w-]+\.", path.read_text("utf-8")) == [], path


@pytest.mark.parametrize("path", ["/page.py", "/../_site.py", "/..%2f_site.py", "", "/index.html/", "//page.css"])
def test_nothing_else_is_served(path: str) -> None:
    assert answer(path).status is HTTPStatus.NOT_FOUND
