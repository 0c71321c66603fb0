"""The commands and their options."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, TypeAlias

import anyio
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .. import devices as sound_devices
from ..doctor._examination import examine
from ..errors import RealtimeError, UsageError
from ._align import captions_of
from ._doctor import is_well, json_of, table_of
from ._picture import save_picture
from ._render import printable
from ._screen import Screen
from ._serve import serve_voice
from ._sound import choice
from ._talk import Options, hold_talk
from ._version import version_text

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

Local: TypeAlias = Annotated[bool, typer.Option("--local", help="Talk to this machine, even if there is an API key.")]
Endpoint: TypeAlias = Annotated[
    str | None, typer.Option(metavar="URL", help="Talk to the server at this ws:// or wss:// address.")
]
Model: TypeAlias = Annotated[
    str | None, typer.Option(help="The model to talk to; with --llm, that of the chat endpoint.", show_default=False)
]
Llm: TypeAlias = Annotated[
    str | None, typer.Option(metavar="URL", help="Let the chat endpoint at this base URL think for the local voice.")
]
Voice: TypeAlias = Annotated[str | None, typer.Option(help="The voice that answers.")]
Instructions: TypeAlias = Annotated[str | None, typer.Option(help="How the model should behave.")]
Input: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", exists=True, dir_okay=False, help="Speak this sound file instead of using the microphone."
    ),
]
Output: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Where the talk is kept; left out: a new folder under talks/.")
]
DeviceIn: TypeAlias = Annotated[str | None, typer.Option(help="The microphone: a part of its name, or its index.")]
DeviceOut: TypeAlias = Annotated[str | None, typer.Option(help="The speaker: a part of its name, or its index.")]
Record: TypeAlias = Annotated[bool, typer.Option("--record/--no-record", help="Keep the talk.")]
Seconds: TypeAlias = Annotated[float | None, typer.Option(min=0.0, help="End the talk after so long.")]
Svg: TypeAlias = Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the talk into this SVG.")]
Host: TypeAlias = Annotated[str, typer.Option(help="The address to listen at.")]
Port: TypeAlias = Annotated[int, typer.Option(min=0, max=65535, help="The port to listen at; 0 takes a free one.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        print(version_text())
        raise typer.Exit


@app.callback()
def realtime_sdk(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Realtime voice: talk to a model, and see what was heard."""


@app.command()
def talk(
    local: Local = False, endpoint: Endpoint = None, model: Model = None, llm: Llm = None, voice: Voice = None,
    instructions: Instructions = None, input: Input = None, output: Output = None, device_in: DeviceIn = None,
    device_out: DeviceOut = None, record: Record = True, seconds: Seconds = None, svg: Svg = None,
) -> None:  # fmt: skip
    """Talk, and see the talk as it is heard.

    With OPENAI_API_KEY set this talks to OpenAI's service, else to a voice on this machine. Where there is no
    microphone a bundled talk is spoken; where there is no speaker, what it would play goes to a file.
    """
    screen = Screen(Console())
    options = Options(
        local=local or llm is not None, endpoint=endpoint, model=model, llm=llm, voice=voice,
        instructions=instructions, input=input, output=output, device_in=device_in, device_out=device_out,
        record=record, seconds=seconds,
    )  # fmt: skip
    try:
        _run(partial(hold_talk, options, screen))
    finally:
        if svg is not None:
            save_picture(screen.printed, svg)


@app.command()
def serve(
    host: Host = "127.0.0.1", port: Port = 8080, llm: Llm = None, model: Model = None, voice: Voice = None
) -> None:
    """Serve the voice on this machine to any client of the realtime protocol."""
    _run(partial(serve_voice, Screen(Console()), host=host, port=port, llm=llm, llm_model=model, voice=voice))


@app.command()
def align(
    audio: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A sound file.")],
    text: Annotated[str, typer.Argument(help="What it says: a text file, or the text itself.")],
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write here, not to the terminal.")] = None,
    speaker: Annotated[str, typer.Option(help="The name in the captions.")] = "Speaker",
) -> None:
    """Caption a sound file: WebVTT with the time of every word.

    The extra `align` finds the words by their sound; without it pauses and syllables tell.
    """
    with _errors_told():
        vtt = captions_of(audio, text, speaker)
        if output is None:
            print(vtt, end="")
        else:
            try:
                output.write_text(vtt, "utf-8")
            except OSError as refused:
                raise UsageError(f"{output} can't be written: {refused}") from refused


@app.command()
def devices() -> None:
    """List the microphones and speakers."""
    with _errors_told():
        listed = sound_devices.list_devices()
    table = Table("", "device", "inputs", "outputs", "rate", box=None, header_style="dim")
    for info in listed:
        sides = ["input"] * info.is_default_input + ["output"] * info.is_default_output
        name = Text.assemble(info.name, (f"  default {' and '.join(sides)}" if sides else "", "green"))
        table.add_row(str(info.index), name, str(info.inputs or ""), str(info.outputs or ""), f"{info.rate} Hz")
    Console().print(table if listed else "This machine has no sound devices.")


@app.command()
def doctor(
    device_in: DeviceIn = None, device_out: DeviceOut = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as a JSON array.")] = False,
    play: Annotated[bool, typer.Option("--play/--no-play", help="Play a short sound and look for its echo.")] = True,
) -> None:  # fmt: skip
    """Find out what is wrong with this machine's sound and settings, and what to do.

    Say something when it listens. The exit code is 1 if something does not work, else 0.
    """
    ask = partial(Console(stderr=True).print, "Say something, for three seconds …", style="dim")
    look = partial(examine, device_in=choice(device_in), device_out=choice(device_out), play=play, on_listening=ask)
    with _errors_told(), suppress(KeyboardInterrupt):
        findings = anyio.run(look)
        if as_json:
            print(json_of(findings))
        else:
            Console().print(table_of(findings))
        if not is_well(findings):
            raise typer.Exit(1)


def _run(main: Callable[[], Awaitable[None]]) -> None:
    """Run a command that Ctrl-C may end at any time."""
    with _errors_told(), suppress(KeyboardInterrupt):
        anyio.run(main)


@contextmanager
def _errors_told() -> Iterator[None]:
    """Turn the package's errors into a line for people, and the exit code 1."""
    try:
        yield
    except RealtimeError as error:
        Console(stderr=True).print(printable(f"{error}"), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
