"""The commands on a survey that is still to be made: how many respondents, and by which method."""

from pathlib import Path
from typing import Annotated

import typer

from reports.commands.options import out_folder, population_argument, study_or_population
from reports.commands.output import console, tell_written

Given = Annotated[
    str,
    typer.Argument(
        help="a study or a population that `loadstone list` shows, or the path of such a file (.toml)",
        callback=study_or_population,
    ),
]
Levels = Annotated[
    list[str] | None, typer.Option(help="a level of what it leaves open, such as effect=small; may be repeated")
]
Methods = Annotated[
    str, typer.Option(help="methods by commas, as in `loadstone fit`; of a study, names of its own (default: all)")
]
Paths = Annotated[str, typer.Option(help="paths by commas, such as 'PERF~OCRM' (default: all of the model)")]
Seed = Annotated[int, typer.Option(min=0, help="the same seed gives the same answer")]
Workers = Annotated[int | None, typer.Option(help="threads (default: one for each processor)")]


def plan(
    given: Given,
    power: Annotated[float | None, typer.Option(help="power that each path is to have, such as 0.8")] = None,
    joint: Annotated[bool, typer.Option("--joint", help="also: all paths significant in the same survey")] = False,
    coverage: Annotated[float | None, typer.Option(help="how often intervals are to hold the truth")] = None,
    width: Annotated[float | None, typer.Option(help="how wide the interval of a path is to be, in the median")] = None,
    keep_items: Annotated[
        float | None, typer.Option(help="probability that the 0.70 rule drops no item that truly loads 0.70 or more")
    ] = None,
    path: Paths = "",
    method: Methods = "",
    level: Levels = None,
    within: Annotated[float, typer.Option(help="half the width of the band of n, in respondents")] = 10,
    smallest: Annotated[int, typer.Option(help="fewest respondents that are tried")] = 10,
    largest: Annotated[int | None, typer.Option(help="most respondents that are tried (default: 5000)")] = None,
    seed: Seed = 1,
    workers: Workers = None,
    out: Annotated[Path | None, out_folder("folder for plan.html, plan.csv, plan.svg and plan.png")] = None,
) -> None:
    """How many respondents are enough, by method and path, beside what rules of thumb say."""
    from benchmarks.planning.asked import questions_of
    from benchmarks.planning.plan import plan as planned
    from benchmarks.planning.search import Limits
    from benchmarks.planning.setting import setting_of
    from benchmarks.run.progress import Steps
    from benchmarks.run.workers import available
    from reports.planning import files, text

    with Steps(console, "reading ...") as steps:
        setting = setting_of(given, level or (), method, seed)
        questions = questions_of(setting, path, power, joint, coverage, width, keep_items)
        limits = Limits(within, smallest, largest or min(setting.world.size or 5000, 5000))

        def tell(drawn: int, searching: int) -> None:
            steps.tell(f"{drawn:,} data sets drawn, {searching} of the answers still open ...")

        found = planned(setting, questions, limits, available() if workers is None else workers, tell)
        written = [] if out is None else files.write(found, out)
    text.show(found, console)
    tell_written(written)


def advise(
    population: Annotated[
        str,
        population_argument(
            "a population that `loadstone list` shows, its file (.toml), or a text file with a model alone"
        ),
    ],
    n: Annotated[int, typer.Option("--n", help="respondents of the survey")],
    method: Annotated[str, typer.Option(help="methods by commas, as in `loadstone fit` (default: all that fit)")] = "",
    path: Paths = "",
    level: Levels = None,
    open_: Annotated[
        bool, typer.Option("--open", help="on the set of populations that is left open, up to nine of them")
    ] = False,
    replications: Annotated[int, typer.Option(help="data sets of each population")] = 1000,
    resamples: Annotated[int, typer.Option(help="bootstrap resamples of the methods that need them")] = 200,
    bias: Annotated[float, typer.Option(help="largest |relative bias| of a path")] = 0.10,
    coverage: Annotated[str, typer.Option(help="lowest and highest coverage of 95% intervals")] = "0.93-0.97",
    type_1: Annotated[str, typer.Option("--type-1", help="lowest and highest type I error at 5%")] = "0.035-0.065",
    usable: Annotated[float, typer.Option(help="least share of data sets in which a method gives numbers")] = 0.95,
    seed: Seed = 1,
    workers: Workers = None,
    out: Annotated[Path | None, out_folder("folder for advise.html and advise.csv")] = None,
) -> None:
    """Which method suits a survey of so many respondents, and how firm that is."""
    from benchmarks.advising.advice import advise as advised
    from benchmarks.advising.criteria import Criteria, limits_of
    from benchmarks.run.progress import Parts, Steps
    from benchmarks.run.workers import available
    from reports.advising import files, text

    criteria = Criteria(bias, limits_of("--coverage", coverage), limits_of("--type-1", type_1), usable)
    with Steps(console, "reading ...") as steps:
        progress = Parts(steps)
        found = advised(
            population, n, method, path, level or (), open_, replications, resamples, criteria, seed,
            available() if workers is None else workers, progress.tell,
        )  # fmt: skip
        written = [] if out is None else files.write(found, out)
    text.show(found, console)
    tell_written(written)
