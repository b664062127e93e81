"""Mistakes of meaning in a study file, each told with its place: what does not go with the population it names."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.study import publishedfile
from benchmarks.study.cell import Cell
from benchmarks.study.studyfile import StudyFile
from estimators.kernels.polychoric import MOST_CATEGORIES
from estimators.methods import Method
from estimators.wrappers.finite import beyond
from sim import catalogue
from sim.catalogue import Level
from sim.errors import InputError


def population_named(file: StudyFile, folder: Path) -> str:
    """The population's name, or the path of a file beside the study file."""
    name = file.data.population
    return str(folder / name) if name.endswith(".toml") else name


def of_sizes(file: StudyFile, cells: Sequence[Cell], methods: Sequence[Method]) -> list[str]:
    """Sizes that leave no degrees of freedom, are more than there are firms, or are named twice."""
    sizes = list(enumerate(file.data.n, start=1))
    most = max((int(row.sum()) for cell in cells[:1] for row in cell.world.model.path_matrix), default=0)
    wrong = [
        f"data.n[{i}]: n = {n} leaves no degrees of freedom with {most} predictors; give at least {most + 2}"
        for i, n in sizes
        if cells and n < most + 2
    ]
    places = {n: f"data.n[{i}]: n = {n}" for i, n in sizes}
    wrong += [
        f"{places[cell.n]} is more than the {size} firms of the population; give at most {size}"
        for cell in cells
        if (size := cell.world.size) is not None and cell.n > size
    ]
    wrong += [f"methods.{method.name}: {told}" for method in methods for n in places if (told := beyond(method.fpc, n))]
    if len(places) < len(file.data.n):
        wrong.append(f"data.n: {file.data.n} names a size twice; name each once")
    return list(dict.fromkeys(wrong))


def of_factors(where: str, source: str, chosen: Mapping[str, list[Level]]) -> list[str]:
    """What is wrong with the factors and levels chosen at a place of the file, for a population that can be read."""
    wrong: list[str] = []
    try:
        known = catalogue.factors(source)
    except InputError:
        return wrong
    for factor, levels in chosen.items():
        for i, level in enumerate(levels, start=1):
            try:
                catalogue.check_levels(source, {factor: level})
            except InputError as error:
                place = f"{where}.{factor}" + (f"[{i}]" if factor in known else "")
                if f"{place}: {error}" not in wrong:
                    wrong.append(f"{place}: {error}")
        if len(set(levels)) < len(levels):
            wrong.append(f"{where}.{factor}: {levels} names a level twice; name each once")
    return wrong


def of_published(file: StudyFile, folder: Path) -> list[str]:
    """What is wrong with the published figures: the whole file is meant, also where a quick version runs."""
    if file.published is None or not file.data.population:
        return []
    try:
        known = catalogue.factors(population_named(file, folder))
    except InputError:
        return []
    factors = {factor: file.data.factors.get(factor, [levels[0]]) for factor, levels in known.items()}
    estimands = [publishedfile.spelled(name) for name in file.estimands.targets]
    return publishedfile.mistakes_of(file.published, file.data.n, list(file.methods), estimands, factors)


def of_ordinal_methods(methods: Sequence[Method], cells: Sequence[Cell]) -> Iterator[str]:
    """Methods that need answers in categories, where a cell's answers are not in so few."""
    for method in methods:
        for cell in cells if method.entry.ordinal else ():
            most = max(cell.world.categories, default=0)
            if not 0 < most <= MOST_CATEGORIES:
                given = f"{most} different answers" if most else "continuous answers"
                yield (
                    f"methods.{method.name}: {method.base} needs answers in 2 to {MOST_CATEGORIES} categories, and "
                    f"cell {cell.number} ({cell.label}) has {given}; give [scale] categories, or leave the method out"
                )
                break
