"""Mistakes of meaning in a study file, each told with its place: what does not go with the population it names."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.study.cells import factors
from benchmarks.study.cells.cell import Cell
from benchmarks.study.form import publishedfile
from benchmarks.study.form.studyfile import StudyFile
from benchmarks.study.methods import Methods
from estimators.inference.intervals import FEWEST
from estimators.kernels.polychoric import MOST_CATEGORIES
from estimators.wrappers.finite import beyond
from estimators.wrappers.hypotheses.group_test import GroupTest
from estimators.wrappers.hypotheses.invariance import Invariance
from sim.errors import unknown
from sim.worlds.answers import AnswerWorld


def of_sizes(file: StudyFile, cells: Sequence[Cell], made: Methods) -> list[str]:
    """Sizes that leave no degrees of freedom, are more than there are firms, or are named twice."""
    sizes = list(enumerate(file.data.n, start=1))
    models = dict.fromkeys(cell.model for cell in cells)
    models |= dict.fromkeys(model for own in made.every for model in own.models.values())
    most = max((int(row.sum()) for model in models for row in model.path_matrix), default=0)
    methods = [method for own in made.every for method in own.methods]
    wrong = [
        f"data.n[{i}]: n = {n} leaves no degrees of freedom with {most} predictors; give at least {most + 2}"
        for i, n in sizes
        if cells and n < most + 2
    ]
    places = {n: f"data.n[{i}]: n = {n}" for i, n in sizes}
    wrong += [
        f"{places[cell.n]} is more than the {size} firms of the population; give at most {size}"
        for cell in cells
        if (size := cell.size) is not None and cell.n > size
    ]
    wrong += [f"methods.{method.name}: {told}" for method in methods for n in places if (told := beyond(method.fpc, n))]
    if len(places) < len(file.data.n):
        wrong.append(f"data.n: {file.data.n} names a size twice; name each once")
    return list(dict.fromkeys(wrong))


def of_raw_methods(made: Methods, cells: Sequence[Cell]) -> list[str]:
    """Unstandardised methods beside parameters that are drawn anew, whose own truths are standardised."""
    if not cells or not cells[0].world.varies:
        return []
    raw = dict.fromkeys(method.name for own in made.every for method in own.methods if method.solution == "raw")
    return [
        f'methods.{name}: solution = "raw" does not go with parameters that are drawn anew for every data set, whose '
        "true values are standardised; leave one of the two out"
        for name in raw
    ]


def of_groups(made: Methods, cells: Sequence[Cell]) -> list[str]:
    """Methods that compare groups in cells whose population does not consist of two, or, by steps, of two or more."""
    wrong = []
    for cell in cells:
        stepping = [method.name for method in made.of(cell).methods if method.wrapper(Invariance)]
        if stepping and _groups(cell) < 2:
            wrong.append(
                f"methods.{stepping[0]}: invariance is of groups of respondents, and the population has none in cell "
                f"{cell.number} ({cell.label}); give it two or more ([groups.NAME]), or leave invariance out"
            )
        testing = [method.name for method in made.of(cell).methods if method.wrapper(GroupTest)]
        if testing and (count := _groups(cell)) != 2:
            told = f"{count} groups" if count else "no groups"
            wrong.append(
                f"methods.{testing[0]}: group_test compares two groups of respondents, and the population has {told} "
                f"in cell {cell.number} ({cell.label}); give it two ([groups.NAME]), or leave group_test out"
            )
    return wrong[:1]


def _groups(cell: Cell) -> int:
    """How many groups the respondents of a cell are of; 0 where all are alike."""
    return len(cell.world.population.groups.members) if isinstance(cell.world, AnswerWorld) else 0


def of_reference(file: StudyFile) -> list[str]:
    """A reference that is none of the methods, or that has nobody beside it."""
    named = file.performance.reference
    if named is None:
        return []
    if named not in file.methods:
        return [f"performance.reference: {unknown('method', named, file.methods)}"]
    if len(file.methods) == 1:
        return [f"performance.reference: {named} is the only method; add one to compare with it, or leave this out"]
    return []


def of_extrapolation(file: StudyFile, made: Methods) -> Iterator[str]:
    """Resamples that have no quarters of at least FEWEST, and methods of which none resamples."""
    if not file.performance.extrapolate:
        return
    given = {method.name: method.resamples for own in made.every for method in own.methods if method.resamples}
    for name, resamples in given.items():
        if resamples % 4 or resamples < 4 * FEWEST:
            yield (
                f"methods.{name}: resamples is {resamples}, and performance.extrapolate takes quarters of them; give a "
                f"multiple of 4, at least {4 * FEWEST} (200 do)"
            )
    if not given and made.base.methods:
        yield "performance.extrapolate: no method has bootstrap resamples; give some `resamples`, or leave this out"


def of_published(file: StudyFile, source: str, content: Mapping[str, Any]) -> list[str]:
    """What is wrong with the published figures: the whole file is meant, also where a quick version runs."""
    if file.published is None or not content:
        return []
    found = factors.read("data.factors", source, content, file.data.factors)
    estimands = [*(publishedfile.spelled(name) for name in file.estimands.targets), *file.performance.pool]
    return publishedfile.mistakes_of(file.published, file.data.n, list(file.methods), estimands, found.levels)


def of_ordinal_methods(made: Methods, cells: Sequence[Cell]) -> Iterator[str]:
    """Methods that need answers in categories, where a cell's answers are not in so few."""
    for name in dict.fromkeys(method.name for own in made.every for method in own.methods):
        for cell in cells:
            method = next((each for each in made.of(cell).methods if each.name == name), None)
            if method is None or not method.entry.ordinal:
                continue
            most = cell.categories
            if not 0 < most <= MOST_CATEGORIES:
                given = f"{most} different answers" if most else "continuous answers"
                yield (
                    f"methods.{method.name}: {method.base} needs answers in 2 to {MOST_CATEGORIES} categories, and "
                    f"cell {cell.number} ({cell.label}) has {given}; give [scale] categories, or leave the method out"
                )
                break
