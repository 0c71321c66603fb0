"""The options that the commands share, each with its help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Local: TypeAlias = Annotated[bool, typer.Option("--local", help="Use the local server, even if an API key is set.")]
Endpoint: TypeAlias = Annotated[str | None, typer.Option(metavar="URL", help="Connect to this ws:// or wss:// URL.")]
Model: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The model; with --llm, that of the chat endpoint.", show_default=False),
]
Llm: TypeAlias = Annotated[
    str | None, typer.Option(metavar="URL", help="Let the chat endpoint at this base URL answer for the local server.")
]
Recogniser: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="FOLDER|NAME",
        help="The local server hears by this model for faster-whisper, on this machine.",
        show_default="whisper-tiny, which hears English only",
    ),
]
Language: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="TAG", help="The language that the local server hears and speaks, such as de.", show_default="English"
    ),
]
TurnModel: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Let this file of Smart Turn v3 judge where turns end, for clients that ask for semantic_vad.",
    ),
]
Voice: TypeAlias = Annotated[str | None, typer.Option(metavar="NAME", help="The model's voice.")]
Instructions: TypeAlias = Annotated[str | None, typer.Option(metavar="TEXT", help="Instructions for the model.")]
Input: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Play this audio file in place of the microphone."),
]
Output: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="The folder of the recording.", show_default="a new folder in talks/"),
]
DeviceIn: TypeAlias = Annotated[
    str | None, typer.Option(metavar="DEVICE", help="The microphone: part of its name, or its index.")
]
Channel: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="NUMBER", min=0, help="The microphone's channel, from 0.", show_default="the mean of all"),
]
DeviceOut: TypeAlias = Annotated[
    str | None, typer.Option(metavar="DEVICE", help="The speaker: part of its name, or its index.")
]
Record: TypeAlias = Annotated[bool, typer.Option("--record/--no-record", help="Record the conversation.")]
Seconds: TypeAlias = Annotated[
    float | None, typer.Option(metavar="SECONDS", min=0.0, help="End the conversation after this time.")
]
PushToTalk: TypeAlias = Annotated[
    bool, typer.Option("--push-to-talk", help="Send the microphone's sound only after the space bar was pressed.")
]
PriceFile: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Show what it costs by these prices.")
]
Plain: TypeAlias = Annotated[bool, typer.Option("--plain", help="Print lines, as into a pipe, in place of the screen.")]
Svg: TypeAlias = Annotated[Path | None, typer.Option(metavar="FILE", help="Save the transcript as an SVG image.")]
Page: TypeAlias = Annotated[bool, typer.Option("--page", help="Serve a page to talk in the browser.")]
Origin: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="URL", help="Let pages of this origin talk, too: the name under which a proxy serves the page."
    ),
]
Host: TypeAlias = Annotated[str, typer.Option(metavar="ADDRESS", help="The address to listen on.")]
Port: TypeAlias = Annotated[
    int, typer.Option(metavar="PORT", min=0, max=65535, help="The port to listen on; 0: any free one.")
]
