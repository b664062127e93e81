"""Arguments and options that several commands share, with their words in `--help`."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.files import check_place
from benchmarks.study import named as studies
from sim.errors import InputError, unknown_file
from sim.tables.reading import named as tables

AsJson = Annotated[bool, typer.Option("--json", help="print it as JSON, for programs")]


def _populations() -> list[str]:
    """Names of populations, then of those of themes: found without importing `sim.catalogue`, which takes seconds."""
    root = Path(str(files("sim"))) / "catalogue"
    return [name for folder in (root, root / "themes") for name in sorted(path.stem for path in folder.glob("*.toml"))]


def study_names(incomplete: str) -> list[str]:
    """Names of studies, for a shell that completes words."""
    return [name for name in studies.names() if name.startswith(incomplete)]


def population_names(incomplete: str) -> list[str]:
    """Names of populations, for a shell that completes words."""
    return [name for name in _populations() if name.startswith(incomplete)]


# --- names are checked while the command line is read: one that is not known is told before seconds of imports ---


def _study(given: str) -> str:
    studies.locate(given)
    return given


def _table(given: str) -> str:
    tables.locate(given)
    return given


def _population(given: str) -> str:
    _check_known("population", given, _populations())
    return given


def study_or_population(given: str) -> str:
    """The name or path as it was given. Raises InputError where it is none."""
    _check_known("study or population", given, list(dict.fromkeys([*studies.names(), *_populations()])))
    return given


def _check_known(what: str, given: str, names: list[str]) -> None:
    if given not in names and not given.endswith(".toml") and not Path(given).is_file():
        raise InputError(unknown_file(what, given, names))


def not_empty(option: str, given: str | None, what: str) -> None:
    """Raise InputError for an option that is given with nothing in it, as an unset variable of a shell leaves it."""
    if given is not None and not given.strip(" ,"):
        raise InputError(f"{option} is empty; {what}, or leave {option} out")


def _place(out: Path | None) -> Path | None:
    """The folder that `--out` names. Raises InputError where nothing could be written there, before work begins."""
    if out is not None:
        check_place(out)
    return out


def out_folder(words: str) -> Any:
    """The option `--out` of a command that writes several files, with its words in `--help`."""
    return typer.Option("--out", callback=_place, help=words)


# --- what is named ---

TableName = Annotated[
    str,
    typer.Argument(
        help="path of a table file (.toml) with what a paper reports, or the example: crm-clusters", callback=_table
    ),
]


def population_argument(words: str) -> Any:
    """An argument that names a population, with its words in `--help`."""
    return typer.Argument(help=words, autocompletion=population_names, callback=_population)


# --- studies ---

StudyName = Annotated[
    str,
    typer.Argument(
        help="a study that `loadstone list` shows, or the path of a study file (.toml)",
        autocompletion=study_names,
        callback=_study,
    ),
]
Quick = Annotated[bool, typer.Option("--quick", help="the small version that the file's [quick] section describes")]
AllowCode = Annotated[
    bool, typer.Option("--allow-code", help="run the code (module:Class) that the study file names; read it first")
]
Out = Annotated[Path | None, typer.Option("--out", help="results folder (default: results/NAME)")]

# --- surveys of one's own ---

SurveyFile = Annotated[
    Path, typer.Argument(help="your survey: CSV, .xlsx, .ods, .sav, .dta or .parquet, with a column for each item")
]
ModelFile = Annotated[Path, typer.Option(help="text file with the model, in lavaan syntax")]
MissingHandling = Annotated[
    str, typer.Option(help="missing answers: refuse, listwise, mean, regression, pairwise, fiml or two-stage")
]
GroupColumn = Annotated[
    str | None,
    typer.Option("--group", metavar="COLUMN", help="compare the groups of respondents that this column names"),
]

# --- prediction ---

Predict = Annotated[bool, typer.Option("--predict", help="predict respondents left out, by methods that give weights")]
Folds = Annotated[int, typer.Option(help="with --predict: parts that respondents are put into")]
Repetitions = Annotated[int, typer.Option(help="with --predict: how often they are put into parts")]
AntecedentsOf = Annotated[
    str, typer.Option(help="with --predict: from the scores of direct or earliest antecedents (exogenous constructs)")
]
Against = Annotated[
    Path | None,
    typer.Option(help="another model, in a text file: which of the two predicts better (implies --predict)"),
]

# --- how a survey is read: given to a command as one argument ---

#: Keywords of `benchmarks.own.arguments.asked_of`, as the options give them.
Reading = Mapping[str, Any]
NOTHING: Reading = {}


def _reading(
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
    whole, options = inspect.signature(command), inspect.signature(_reading).parameters
    before = [each for each in whole.parameters.values() if each.name != "reading"]
    at = list(whole.parameters).index("reading")

    @wraps(command)
    def told(**given: Any) -> None:
        reading = {name: given.pop(name) for name in options}
        command(**given, reading={name: value for name, value in reading.items() if value is not None})

    told.__signature__ = whole.replace(parameters=[*before[:at], *options.values(), *before[at:]])  # type: ignore[attr-defined]
    return told
