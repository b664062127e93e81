"""From a survey to a study: a population with its thresholds and fitted values, and the user's own procedure."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.files import write_whole
from benchmarks.own.likeness.naming import file_name, names_of, plainly_named
from benchmarks.own.likeness.texts import population_text, study_text
from benchmarks.own.likeness.values import OF_CATEGORIES, scale_of, values_of
from benchmarks.own.method_words import check_handling, method_and_settings, parted, workable
from estimators.methods import build
from sim.answers.likert import Scale
from sim.errors import InputError
from sim.missing import BY_LIKELIHOOD
from sim.model import Model
from sim.surveys.answers import Asked
from sim.surveys.survey import Source, Survey, read_model, read_survey
from sim.targets import Target


@dataclass(frozen=True)
class Made:
    """A study and its population as texts, their names, and what was decided, in words."""

    name: str
    study: str
    population: str
    told: tuple[str, ...]


def study_from(
    data: Source,
    model: Path,
    methods: str,
    asked: Asked,
    values: str | None,
    n: int | None,
    replications: int,
    seed: int,
    missing: str,
) -> Made:
    """The study of the `methods` on a population like the survey.

    values: the consistent method whose estimates the population gets; None: the first of the methods for categories, or
    of those for numbers, whose estimates make a population. Raises InputError where none does.
    """
    if n is not None and n < 3:
        raise InputError(f"--n is {n}; give at least 3")
    if replications < 1:
        raise InputError(f"--replications is {replications}; give at least 1")
    words = parted(methods)
    check_handling(words, missing)
    if missing in BY_LIKELIHOOD:
        raise InputError(
            f"study-from needs complete answers, and --missing {missing} leaves them as they are; choose listwise"
        )
    structure = read_model(model)
    _check_model(structure)
    survey = read_survey(data, structure, seed, missing, asked=asked, advised=workable(words))
    if not survey.batch.has_answers:
        raise InputError("study-from needs answers, and pairwise leaves covariances only; choose --missing listwise")
    scale = scale_of(survey)
    plain = plainly_named(structure)
    label, found, numbers = values_of(survey, structure, plain, values, scale)
    for each in words:
        _check_method(each, plain)
    name = file_name(survey.name)
    told = _told(survey, structure, plain, scale, label, found)
    population = population_text(plain, numbers, scale, survey, told)
    study = study_text(name, survey, plain, words, n or survey.n, replications, seed)
    return Made(name, study, population, tuple(told))


def write(made: Made, path: Path) -> list[Path]:
    """Write the study to `path` and its population beside it, both or none. Raises InputError where they cannot be."""
    if path.suffix != ".toml":
        raise InputError(f"--out {path}: give a file that ends in .toml")
    beside = path.with_name(f"{path.stem}-population.toml")
    study = made.study.replace("POPULATION", beside.name)
    write_whole({path: study.encode(), beside: made.population.encode()})
    return [path, beside]


def _told(survey: Survey, structure: Model, plain: Model, scale: Scale, label: str, method: str) -> list[str]:
    """What was decided, in words; `plain` is the model under the names of the study, `label` that of the `method`."""
    cut = f"thresholds of the shares of {survey.n} respondents" if scale.thresholds else "continuous answers"
    told = [f"population: {cut}; loadings, paths and correlations as {label} estimates them{_of_items(plain)}"]
    if scale.thresholds:
        told.append(
            f"{label} estimates the responses before they are cut into categories"
            if method in OF_CATEGORIES
            else f"{label} takes answers as numbers, so that values before the cut are too small: prefer --values wlsmv"
        )
    if joint := [f"{a} and {b}" for a, b in plain.covariances if {a, b} <= set(plain.endogenous)]:
        told.append(f"a population's disturbances do not covary, so these are 0: {', '.join(joint)}")
    if renamed := [f"{a} -> {b}" for a, b in zip(names_of(structure), names_of(plain), strict=True) if a != b]:
        told.append(f"names in the study: {', '.join(renamed)}")
    return told


def _check_model(structure: Model) -> None:
    """Raise InputError for a model of which no population can be built."""
    if structure.second_order:
        raise InputError(
            "study-from builds populations of first-order constructs; write the dimensions without =~ above"
        )
    said = next(iter(structure.terms.lines), None) if structure.beyond is None else structure.beyond
    if structure.products:
        said = f"the product {Target('product', structure.products[0]).name}"
    if more := said or next((f"the observed variable {each}" for each in sorted(structure.observed)), None):
        raise InputError(
            f"the model has {more} and study-from builds populations of constructs with items of their own; leave it "
            "out of the model"
        )


def _of_items(plain: Model) -> str:
    """What is said of the item covariances of a population, where it has any."""
    errors = any(pair[0] in plain.items for pair in plain.covariances)
    composites = any(block.kind == "composite" for block in plain.blocks)
    said = ["error covariances as what items correlate beyond that"] * errors
    said += ["correlations within composites as the items have them"] * composites
    return "".join(f"; {each}" for each in said)


def _check_method(words: str, model: Model) -> None:
    """Raise InputError for a method that the study could not run."""
    name, settings = method_and_settings(words)
    if refusal := build(name, settings, 0.95, Path.cwd(), model).estimator.refusal(model):
        raise InputError(f"{name}: {refusal}")
