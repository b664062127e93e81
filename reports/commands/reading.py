"""How a survey is read: options that the commands on one's own survey share, given to them as one argument."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, Any

import typer

#: Keywords of `benchmarks.own.arguments.asked_of`, as the options give them.
Reading = Mapping[str, Any]
NOTHING: Reading = {}


def _options(
    missing_codes: Annotated[
        list[str] | None,
        typer.Option("--missing-code", help="a code that stands for a missing answer, such as 99; may be repeated"),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option(help="labels of the answers by commas, lowest first, or a file with one a line; may be repeated"),
    ] = None,
    confirm_labels: Annotated[
        bool, typer.Option("--confirm-labels", help="labels are read as the message proposes")
    ] = False,
    reverse: Annotated[str, typer.Option(help="items answered the other way round, by commas")] = "",
    scale: Annotated[str | None, typer.Option(help="lowest and highest answer there is, such as 1-5")] = None,
    decimal: Annotated[str | None, typer.Option(help="decimal sign, where it cannot be told: , or .")] = None,
    sheet: Annotated[str, typer.Option(help="sheet of a workbook")] = "",
) -> None:
    """The options, each with its words in `--help`."""


def reads_a_survey(command: Callable[..., None]) -> Callable[..., None]:
    """The command with these options in place of its argument `reading`, which holds those that were given."""
    whole, options = inspect.signature(command), inspect.signature(_options).parameters
    before = [each for each in whole.parameters.values() if each.name != "reading"]
    at = list(whole.parameters).index("reading")

    @wraps(command)
    def told(**given: Any) -> None:
        reading = {name: given.pop(name) for name in options}
        command(**given, reading={name: value for name, value in reading.items() if value is not None})

    told.__signature__ = whole.replace(parameters=[*before[:at], *options.values(), *before[at:]])  # type: ignore[attr-defined]
    return told
