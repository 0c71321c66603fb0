"""Speaks an answer: the words of a clause come first, then its audio, faster than real time."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import anyio.to_thread

from ..audio._pcm import SILENCE, Pcm, to_frames
from ..server._backend import Audio, Call, Message, Output, Text
from ._responder import TextOutput
from ._voices import Engine

DELTA_FRAMES = to_frames(0.2)
"""Frames of one `Audio`: about as many as in a delta of the service."""

_COMMA_CUT = 120
"""Characters after which a sentence is cut at its next comma: some seven seconds of audio, half a second of work."""

_SPACE_CUT = 240
"""Characters after which it is cut at any space."""

# Marks that close a quotation may follow the full stop; the full stops of Chinese and Japanese need no space.
_SENTENCE_END = re.compile(r"[.!?\u2026]+[\"'\u201d\u2019)\]]*\s+|[\u3002\uff01\uff1f]+|\n\s*")
_CLAUSE_END = re.compile(r"[,;:\u2013\u2014]\s+")
_SPACE = re.compile(r"\s+")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Prof|vs|etc)|\b\w(?:\.\w)*)\.\s+\Z")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")  # the text of it is spoken
_MARKUP = re.compile(
    r"(?m)^[ \t]*(?:[-=_*|:][ \t]*){3,}$"  # rules, also of tables
    r"|^[ \t]*(?:#{1,6}|[-*+>\u2022])[ \t]+"  # headings, items of a list, quotations
    r"|(?<!\w)[*_~]{1,3}(?=[^\W\d])|(?<=\S)[*_~]{1,3}(?!\w)"  # emphasis around words
    r"|`+|\*{2,}|\|"
    r"| ?[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]+"  # emoji
)
"""What language models write although it can't be spoken."""
_WORDS = re.compile(r"\s*\S+(?:\s+\Z)?|\s+\Z")


class Clauses:
    """Cuts text that arrives in pieces into clauses fit to be spoken; pure. Joined, they are the text."""

    def __init__(self) -> None:
        self._text = ""  # text that arrived and was not yielded yet

    def push(self, delta: str) -> Iterator[str]:
        """Append a piece of text; yield the clauses that it completed."""
        self._text += delta
        while end := _clause_end(self._text):
            yield self._text[:end]
            self._text = self._text[end:]

    def end(self) -> Iterator[str]:
        """Yield the rest, if there is one."""
        if self._text:
            yield self._text
        self._text = ""


def _clause_end(text: str) -> int:
    """Characters of the first clause of `text`; 0 while it may go on."""
    for match in _SENTENCE_END.finditer(text):
        # White space that the next piece may extend belongs to this clause too.
        if match.end() < len(text) and not _ABBREVIATION.search(text, 0, match.end()):
            return min(match.end(), _long_end(text) or match.end())
    return _long_end(text)


def _long_end(text: str) -> int:
    """Where to cut a sentence that is too long to be spoken in one go; 0 where it is not."""
    for pattern, least in ((_CLAUSE_END, _COMMA_CUT), (_SPACE, _SPACE_CUT)):
        if len(text) > least and (match := pattern.search(text, least)) and match.end() < len(text):
            return match.end()
    return 0


def words(text: str) -> list[str]:
    """Cut text into words, each with the white space before it; joined, they are the text."""
    return _WORDS.findall(text)


async def speak(outputs: AsyncGenerator[TextOutput], engine: Engine) -> AsyncGenerator[Output]:
    """Yield `outputs` as they come, and after the words of each clause its audio.

    What can't be spoken (markup, emoji) is left out of the words, too: they are what is heard.

    The engine works in a thread, a clause at a time. Closed or cancelled, this stops at once; the thread ends with its
    current clause, whose audio is dropped.
    """
    async with aclosing(_phrases(outputs)) as phrases:
        async for phrase in phrases:
            if not isinstance(phrase, str):
                yield phrase
                continue
            clause = _MARKUP.sub("", _LINK.sub(r"\1", phrase))
            for word in words(clause):
                yield Text(word)
            for block in blocks(await _synthesised(clause, engine)):
                yield Audio(block)


async def write(outputs: AsyncGenerator[TextOutput]) -> AsyncGenerator[Output]:
    """Yield `outputs` for a text-only response, word by word."""
    async with aclosing(outputs):
        async for output in outputs:
            if isinstance(output, Text):
                for word in words(output.delta):
                    yield Text(word)
            else:
                yield output


async def _phrases(outputs: AsyncGenerator[TextOutput]) -> AsyncGenerator[str | Message | Call]:
    """Yield the text of `outputs` in clauses, none of which spans a message or a call."""
    clauses = Clauses()
    async with aclosing(outputs):
        async for output in outputs:
            if isinstance(output, Text):
                for clause in clauses.push(output.delta):
                    yield clause
            else:
                for clause in clauses.end():
                    yield clause
                yield output
    for clause in clauses.end():
        yield clause


async def _synthesised(clause: str, engine: Engine) -> Pcm:
    if not any(map(str.isalnum, clause)):
        return SILENCE
    return await anyio.to_thread.run_sync(engine.synthesise, clause, abandon_on_cancel=True)


def blocks(pcm: Pcm) -> Iterator[Pcm]:
    """Cut audio into pieces of 200 ms; the last one may be shorter."""
    for start in range(0, len(pcm), DELTA_FRAMES):
        yield pcm[start : start + DELTA_FRAMES]
