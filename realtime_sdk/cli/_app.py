"""The commands and their options."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import anyio
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from .. import devices as audio_devices
from .._runtime.threads import has_abandoned_work
from ..doctor._examination import examine
from ..doctor._machine import NO_DEVICES_ADVICE
from ..errors import RealtimeError, UsageError
from ._options import (
    Channel,
    DeviceIn,
    DeviceOut,
    Endpoint,
    Host,
    Input,
    Instructions,
    Language,
    Llm,
    Local,
    Model,
    Origin,
    Output,
    Page,
    Plain,
    Port,
    PriceFile,
    PushToTalk,
    Recogniser,
    Record,
    Seconds,
    Svg,
    TurnModel,
    Voice,
)
from ._output_file import check_writable, write_text
from ._stop import Stop
from ._version import version_text
from .commands._align import caption_file
from .commands._doctor import findings_json, findings_table, has_errors
from .commands._replay import open_audibly, open_silently, run, run_fast
from .commands._report import write_report
from .commands._serve import PageOptions, serve_local, serve_talk
from .commands._talk import Options, run_talk
from .display._display import Display
from .display._render import sanitize
from .display._svg import save_svg
from .screen._display_choice import choose_display
from .session._device_choice import parse_device


class _Command(TyperCommand):
    """A command whose help says of a flag that it takes no value: typer would show the type `bool`."""

    def get_params(self, ctx: Any) -> Any:
        """See `TyperCommand`."""
        return _without_types(super().get_params(ctx))


class _Commands(TyperGroup):
    """The commands together, whose help does so, too."""

    def get_params(self, ctx: Any) -> Any:
        """See `TyperGroup`."""
        return _without_types(super().get_params(ctx))


def _without_types(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    return parameters


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

command = partial(app.command, cls=_Command)


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
    """Realtime voice: talk to a model, with captions of what is heard."""


@command()
def talk(
    local: Local = False, endpoint: Endpoint = None, model: Model = None, llm: Llm = None,
    recogniser: Recogniser = None, language: Language = None, voice: Voice = None, instructions: Instructions = None,
    input: Input = None, output: Output = None, device_in: DeviceIn = None, channel: Channel = None,
    device_out: DeviceOut = None, record: Record = True, seconds: Seconds = None, push_to_talk: PushToTalk = False,
    prices: PriceFile = None, plain: Plain = False, svg: Svg = None,
) -> None:  # fmt: skip
    """Talk to a model, with captions of what is heard.

    Connects to OpenAI's service if OPENAI_API_KEY is set, else to a local server on this machine. Without a microphone,
    a bundled script is spoken; without a speaker, the reply is written to a file.
    """
    options = Options(
        local=local, endpoint=endpoint, model=model, llm=llm, recogniser=recogniser, language=language, voice=voice,
        instructions=instructions, input=input, output=output, device_in=device_in, channel=channel,
        device_out=device_out, record=record, seconds=seconds, push_to_talk=push_to_talk, prices=prices,
    )  # fmt: skip
    display = choose_display(Console(), plain=plain)
    with _report_errors():
        if output is not None and not record:
            raise UsageError("--output names the folder of the recording: leave --no-record out")
        if svg is not None:
            check_writable(svg)
    try:
        _run(partial(run_talk, options, display))
    finally:
        if svg is not None:
            with _report_errors():
                save_svg(display.printed, svg)


@command()
def serve(
    page: Page = False, host: Host = "127.0.0.1", port: Port = 8080, local: Local = False, endpoint: Endpoint = None,
    llm: Llm = None, model: Model = None, recogniser: Recogniser = None, language: Language = None,
    turn_model: TurnModel = None, voice: Voice = None, instructions: Instructions = None, origin: Origin = None,
) -> None:  # fmt: skip
    """Run the local server for any client of the realtime protocol, or, with --page, a page to talk in the browser.

    The page connects as `talk` does: to OpenAI's service if OPENAI_API_KEY is set, else to a local server. The key
    stays here.
    """
    display = Display(Console())
    with _report_errors():
        if page and turn_model:
            raise UsageError("--turn-model is for clients that ask for semantic_vad, and the page does not")
        if not page and (endpoint or instructions or origin):
            raise UsageError("--endpoint, --instructions and --origin are for the page: add --page")
    if page:
        options = PageOptions(
            host, port, origin or (), local=local, endpoint=endpoint, model=model, llm=llm, recogniser=recogniser,
            language=language, voice=voice, instructions=instructions,
        )  # fmt: skip
        _run(partial(serve_talk, options, display))
        return
    serve = partial(serve_local, display, host=host, port=port, llm=llm, llm_model=model)
    _run(partial(serve, recogniser=recogniser, language=language, turn_model=turn_model, voice=voice))


@command()
def align(
    audio: Annotated[Path, typer.Argument(metavar="AUDIO", exists=True, dir_okay=False, help="An audio file.")],
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT", help="Its transcript: a text file, the text itself, or - for standard input."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write to this .vtt or .srt file.", show_default="WebVTT to standard output"),
    ] = None,
    speaker: Annotated[str, typer.Option(metavar="NAME", help="The speaker's name in the captions.")] = "Speaker",
    rate: Annotated[
        int | None,
        typer.Option(metavar="HZ", min=1000, help="The sample rate of a .raw file (16-bit, mono).", show_default=False),
    ] = None,
) -> None:
    """Caption an audio file: WebVTT with the time of every word, or SubRip. Written in UTF-8.

    With the extra `align`, a phoneme recogniser hears the words as well.
    """
    console = Console(stderr=True)
    with _report_errors():
        with console.status("Captioning: one to six seconds for a minute of audio …"):
            captions = caption_file(audio, text, speaker, output, rate)
        if output is None:
            typer.echo(captions.text.encode(), nl=False)  # as bytes: no encoding of the terminal costs it a letter
        else:
            write_text(output, captions.text)
        if captions.note:
            console.print(captions.note, style="yellow", markup=False, highlight=False, soft_wrap=True)


@command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a recording.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The page.", show_default="report.html in that folder"),
    ] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=PRICE", help="Of a million tokens, such as audio_in=32; repeat it for each kind."),
    ] = None,
) -> None:
    """Make one web page of a recording: its sound, its words as they were heard, latency, tools, usage.

    The page holds all that it needs, and asks for nothing.
    """
    with _report_errors():
        with Console(stderr=True).status("Making the report: about a second for a minute of sound …"):
            line = write_report(folder, output, price or ())
        typer.echo(line)


@command()
def replay(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", exists=True, help="The folder of a recording, or its events.jsonl.")
    ],
    speed: Annotated[
        float,
        typer.Option(
            metavar="FACTOR",
            min=0.0,
            help="1: in real time, with sound; 4: four times as fast; 0: as fast as possible.",
        ),
    ] = 1.0,
    device_out: DeviceOut = None, plain: Plain = False,
) -> None:  # fmt: skip
    """Replay a recorded session: what the server sent then drives a session now.

    Without a speaker, and at other speeds than 1, only the captions are replayed.
    """
    is_audible = speed == 1.0
    with _report_errors():
        opened = open_audibly(folder, device_out) if is_audible else open_silently(folder)
    if is_audible:
        _run(partial(run, opened, choose_display(Console(), plain=plain)))
    else:
        with _report_errors(), suppress(KeyboardInterrupt):
            run_fast(opened, Display(Console()), speed)


@command()
def devices() -> None:
    """List the audio devices."""
    with _report_errors():
        listed = audio_devices.list_devices()
    if not listed:
        Console().print(f"No audio devices found: {NO_DEVICES_ADVICE}.", soft_wrap=True)
        return
    table = Table("", "device", "inputs", "outputs", "sample rate", box=None, header_style="dim")
    for info in listed:
        sides = ["input"] * info.is_default_input + ["output"] * info.is_default_output
        name = Text.assemble(info.name, (f"  default {' and '.join(sides)}" if sides else "", "green"))
        table.add_row(str(info.index), name, str(info.inputs or ""), str(info.outputs or ""), f"{info.rate} Hz")
    Console().print(table)


@command()
def doctor(
    device_in: DeviceIn = None, channel: Channel = None, device_out: DeviceOut = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as a JSON array.")] = False,
    play: Annotated[bool, typer.Option("--play/--no-play", help="Play a short sweep and measure its echo.")] = True,
) -> None:  # fmt: skip
    """Check this machine's audio and settings, and advise on problems.

    Speak when it asks you to. The exit code is 1 if there is an error, else 0.
    """
    say = partial(Console(stderr=True).print, style="dim")
    microphone, speaker = parse_device(device_in), parse_device(device_out)
    run = partial(
        examine, device_in=microphone, channel=channel, device_out=speaker, play=play,
        on_listening=partial(say, "Please speak for three seconds …"),
        on_playing=partial(say, "A short sweep is played now, and its echo is searched for …"),
    )  # fmt: skip
    with _report_errors():  # Ctrl-C is no clean bill: it exits with 130
        if device_out is not None and not play:
            raise UsageError("--device-out chooses the speaker, which is not examined with --no-play: leave one out")
        findings = anyio.run(run)
        if as_json:
            print(findings_json(findings))
        else:
            Console().print(findings_table(findings))
        if has_errors(findings):
            raise typer.Exit(1)


def _run(main: Callable[[Stop], Awaitable[None]]) -> None:
    """Run a command that Ctrl-C may end at any time."""
    with _report_errors(), suppress(KeyboardInterrupt):
        anyio.run(_until_signalled, main)
    if has_abandoned_work():  # the interpreter would wait until the models that are not wanted any more are loaded
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(0)


async def _until_signalled(main: Callable[[Stop], Awaitable[None]]) -> None:
    stop = Stop()
    with stop.on_signals():
        await main(stop)


@contextmanager
def _report_errors() -> Iterator[None]:
    """Print an error of the package as one line, and exit with the code 1."""
    try:
        yield
    except RealtimeError as error:
        Console(stderr=True).print(sanitize(f"{error}"), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
