"""The commands on a survey of one's own: fit, look at it, and make a study of it."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.files import check_endings
from reports.commands.options import (
    NOTHING,
    Against,
    AntecedentsOf,
    Folds,
    GroupColumn,
    MissingHandling,
    ModelFile,
    Predict,
    Reading,
    Repetitions,
    SurveyFile,
    not_empty,
    reads_a_survey,
)
from reports.commands.output import console, tell_written


@reads_a_survey
def fit(
    data: SurveyFile,
    model: ModelFile,
    method: Annotated[
        str,
        typer.Option(
            help="names that `loadstone list` shows or module:Class, by commas; settings as in 'pls[scheme=centroid]'"
        ),
    ] = "pls,ml",
    resamples: Annotated[int, typer.Option(help="bootstrap resamples of the methods that need them")] = 500,
    interval: Annotated[
        str | None,
        typer.Option(
            help="kind of bootstrap interval: percentile (the default), normal, t, basic, bc, bca or studentised"
        ),
    ] = None,
    level: Annotated[float, typer.Option(help="level of the intervals")] = 0.95,
    missing: MissingHandling = "refuse",
    reading: Reading = NOTHING,
    group: GroupColumn = None,
    nested: Annotated[
        list[Path] | None,
        typer.Option(help="file with another model of the same items, tested by its likelihood; may be repeated"),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(help="likelihood-based intervals of these parameters: labels or names by commas, or paths"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="the same seed gives the same resamples")] = 1,
    predict: Predict = False,
    folds: Folds = 10,
    repetitions: Repetitions = 10,
    antecedents: AntecedentsOf = "direct",
    against: Against = None,
    brief: Annotated[bool, typer.Option("--brief", help="leave the tables out")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="folder for fit.html, fit.csv, fit.tex and more, or one file of such an ending"),
    ] = None,
) -> None:
    """Estimate a model on your own survey with several methods at once."""
    from benchmarks.own.arguments import prediction_asked
    from benchmarks.own.fitting import fit_survey
    from reports.fit import files as fit_files
    from reports.fit import text as fit_text

    not_empty("--group", group, "name a column")
    not_empty("--profile", profile, "name parameters, or say paths")
    if out is not None:
        check_endings(out, fit_files.FORMS)
    prediction = prediction_asked(predict, folds, repetitions, antecedents, against)
    fits = fit_survey(
        data, model, method, resamples, seed, missing, level=level, interval=interval, group=group or "",
        nested=nested or (), profile=profile or "", predict=prediction, **reading,
    )  # fmt: skip
    written = [] if out is None else fit_files.write(fits, out)
    fit_text.show(fits, console, details=not brief)
    tell_written(written)


@reads_a_survey
def look(
    data: SurveyFile,
    model: Annotated[Path | None, typer.Option(help="text file with the model, in lavaan syntax")] = None,
    reading: Reading = NOTHING,
    out: Annotated[
        Path | None, typer.Option("--out", help="folder for look.html and look.csv, or one file of such an ending")
    ] = None,
) -> None:
    """Look at your own survey before any estimation: how it is read, how items were answered, what seems odd."""
    from benchmarks.own import looking
    from benchmarks.own.arguments import asked_of
    from reports.look import files as look_files
    from reports.look import text as look_text

    if out is not None:
        check_endings(out, look_files.FORMS)
    found = looking.look_at(data, model, asked_of(**reading))
    written = [] if out is None else look_files.write(found, out)
    look_text.show(found, console)
    tell_written(written)


@reads_a_survey
def study_from(
    data: SurveyFile,
    model: ModelFile,
    method: Annotated[
        str, typer.Option(help="methods of the study, by commas, as in `loadstone fit`: your own procedure")
    ] = "pls,ml",
    values: Annotated[
        str | None,
        typer.Option(help="consistent method whose values the population gets (default: the first that can)"),
    ] = None,
    n: Annotated[int | None, typer.Option(help="respondents of a replication (default: those of the survey)")] = None,
    replications: Annotated[int, typer.Option(help="replications of the study")] = 1000,
    missing: MissingHandling = "refuse",
    reading: Reading = NOTHING,
    seed: Annotated[int, typer.Option(min=0, help="seed of the study")] = 1,
    out: Annotated[Path | None, typer.Option("--out", help="study file to write (default: NAME-study.toml)")] = None,
) -> None:
    """Write a study whose population has your survey's thresholds and fitted values: what is your procedure worth?"""
    from benchmarks.own.arguments import asked_of
    from benchmarks.own.likeness.study import study_from, write

    path = out or Path(f"{data.stem}-study.toml")
    made = study_from(data, model, method, asked_of(**reading), values, n, replications, seed, missing)
    tell_written(write(made, path))
    for told in made.told:
        console.print(told, highlight=False, soft_wrap=True)
    console.print(f"next: loadstone run {path}", highlight=False, soft_wrap=True)
