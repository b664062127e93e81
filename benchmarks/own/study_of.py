"""From a survey to a study: its thresholds and fitted values as a population, and the user's own procedure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from benchmarks.files import write_whole
from benchmarks.own.method_words import check_handling, method_and_settings, parted, workable
from estimators.base import Status
from estimators.catalogue import ESTIMATORS, find
from estimators.methods import build
from estimators.polychoric import polychorics
from sim import toml
from sim.answers.likert import MOST, Scale
from sim.batch import Floats
from sim.errors import InputError
from sim.missing import BY_LIKELIHOOD
from sim.model import Block, Model
from sim.population.record import Population
from sim.surveys.answers import Asked
from sim.surveys.survey import Source, Survey, read_model, read_survey
from sim.targets import Target

#: Consistent methods that are tried for a population's values: on categories, then on answers as numbers.
_OF_CATEGORIES, _OF_NUMBERS = ("wlsmv", "ulsmv", "ordplsc"), ("ml", "uls", "plsc")
#: Decimals of written values.
_DECIMALS = 4


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
    survey = read_survey(data, structure, seed, missing, asked=asked, advised=workable(words))
    if not survey.batch.has_answers:
        raise InputError("study-from needs answers, and pairwise leaves covariances only; choose --missing listwise")
    scale = _scale(survey)
    plain = _plainly_named(structure)
    label, found, numbers = _values(survey, structure, plain, values, scale)
    for each in words:
        _check_method(each, plain)
    name = _file_name(survey.name)
    cut = f"thresholds of the shares of {survey.n} respondents" if scale.thresholds else "continuous answers"
    told = [f"population: {cut}; loadings, paths and correlations as {label} estimates them{_of_items(plain)}"]
    if scale.thresholds:
        told.append(
            f"{label} estimates the responses before they are cut into categories"
            if found in _OF_CATEGORIES
            else f"{label} takes answers as numbers, so that values before the cut are too small: prefer --values wlsmv"
        )
    if joint := [f"{a} and {b}" for a, b in plain.covariances if {a, b} <= set(plain.endogenous)]:
        told.append(f"a population's disturbances do not covary, so these are 0: {', '.join(joint)}")
    if renamed := [f"{a} -> {b}" for a, b in zip(_names(structure), _names(plain), strict=True) if a != b]:
        told.append(f"names in the study: {', '.join(renamed)}")
    population = _population_text(plain, numbers, scale, survey, told)
    study = _study_text(name, survey, plain, words, n or survey.n, replications, seed)
    return Made(name, study, population, tuple(told))


def write(made: Made, path: Path) -> list[Path]:
    """Write the study to `path` and its population beside it, both or none. Raises InputError where they cannot be."""
    if path.suffix != ".toml":
        raise InputError(f"--out {path}: give a file that ends in .toml")
    beside = path.with_name(f"{path.stem}-population.toml")
    study = made.study.replace("POPULATION", beside.name)
    write_whole({path: study.encode(), beside: made.population.encode()})
    return [path, beside]


def _values(
    survey: Survey, structure: Model, plain: Model, values: str | None, scale: Scale
) -> tuple[str, str, dict[str, float]]:
    """Label and name of the method, and the parameters by target name, of the first method that makes a population."""
    if values is not None and not find(method_and_settings(values)[0], Path.cwd(), "method").consistent:
        consistent = [name for name, entry in ESTIMATORS.items() if entry.consistent]
        raise InputError(f"--values {values}: it is not consistent; give one of {', '.join(consistent)}")
    tried = (values,) if values else (*(_OF_CATEGORIES if scale.thresholds else ()), *_OF_NUMBERS)
    reasons = []
    for name in tried:
        try:
            found = _estimates(survey, structure, name)
            numbers = _parameters(found, structure, plain)
            numbers |= _item_covariances(numbers, _correlations(survey, name), found, structure, plain)
            Population.of(plain, numbers, scale)
            return ESTIMATORS[name].label if name in ESTIMATORS else name, name, numbers
        except InputError as error:
            reasons.append(f"{name}: {error}")
    raise InputError("no method gives values that a population can have (" + "; ".join(reasons) + ")")


def _estimates(survey: Survey, structure: Model, name: str) -> dict[str, float]:
    """Estimates of the parameters by target name. Raises InputError where there are none, or impossible ones."""
    words, settings = method_and_settings(name)
    estimator = build(words, settings, 0.95, Path.cwd(), structure).estimator
    if refusal := estimator.refusal(structure):
        raise InputError(refusal)
    targets = (
        *(Target("loading", (b.construct, item)) for b in structure.blocks for item in b.items),
        *(Target("weight", (b.construct, item)) for b in structure.blocks for item in b.items if b.kind == "composite"),
        *(Target("path", path) for path in structure.paths),
        *(Target("correlation", pair) for pair in structure.pairs),
    )
    estimates = estimator.without_inference().fit(survey.batch, structure, targets)
    if estimates.status[0]:
        raise InputError(Status(int(estimates.status[0])).meaning)
    return {target.name: float(value) for target, value in zip(targets, estimates.value[0], strict=True)}


def _parameters(found: Mapping[str, float], structure: Model, plain: Model) -> dict[str, float]:
    """Loadings, paths and correlations of exogenous constructs under the plain names, to four decimals."""
    constructs = dict(zip(structure.constructs, plain.constructs, strict=True))
    numbers: dict[str, float] = {}
    for old, new in zip(structure.blocks, plain.blocks, strict=True):
        joint = "=~" if old.kind == "reflective" else "<~"
        for a, b in zip(old.items, new.items, strict=True):
            numbers[f"{new.construct}{joint}{b}"] = found[f"{old.construct}{joint}{a}"]
    for outcome, predictor in structure.paths:
        numbers[f"{constructs[outcome]}~{constructs[predictor]}"] = found[f"{outcome}~{predictor}"]
    for a, b in structure.pairs:
        if {a, b} <= set(structure.exogenous):
            numbers[f"{constructs[a]}~~{constructs[b]}"] = found[f"{a}~~{b}"]
    if any(np.isnan(value) for value in numbers.values()):
        raise InputError("it gives no value for some loading, path or correlation")
    return {name: round(value, _DECIMALS) for name, value in numbers.items()}


def _correlations(survey: Survey, method: str) -> Floats:
    """What the items correlate (p, p), as a method takes them: polychoric correlations of categories, or of numbers."""
    batch = survey.batch
    found: Floats = polychorics(batch).correlations if method in _OF_CATEGORIES else batch.moments.correlations
    one: Floats = found[0]
    return one


def _of_items(plain: Model) -> str:
    """What is said of the item covariances of a population, where it has any."""
    errors = any(pair[0] in plain.items for pair in plain.covariances)
    composites = any(block.kind == "composite" for block in plain.blocks)
    said = ["error covariances as what items correlate beyond that"] * errors
    said += ["correlations within composites as the items have them"] * composites
    return "".join(f"; {each}" for each in said)


def _item_covariances(
    numbers: Mapping[str, float], correlations: Floats, found: Mapping[str, float], structure: Model, plain: Model
) -> dict[str, float]:
    """Correlations within composites, and error covariances, under the plain names, to four decimals.

    An error covariance is what two items correlate beyond what the loadings and the constructs' correlations say.
    """
    places = {item: (i, plain.block_of[i]) for i, item in enumerate(plain.items)}
    between = np.eye(len(structure.constructs))
    for a, b in structure.pairs:
        i, k = structure.constructs.index(a), structure.constructs.index(b)
        between[i, k] = between[k, i] = found[f"{a}~~{b}"]
    values = {}
    for a, b in (pair for pair in plain.covariances if pair[0] in places):
        (i, f), (k, g) = places[a], places[b]
        said = numbers[f"{plain.constructs[f]}=~{a}"] * between[f, g] * numbers[f"{plain.constructs[g]}=~{b}"]
        values[f"{a}~~{b}"] = correlations[i, k] - said
    for block in (block for block in plain.blocks if block.kind == "composite"):
        values |= {f"{a}~~{b}": correlations[places[a][0], places[b][0]] for a, b in combinations(block.items, 2)}
    return {name: round(float(value), _DECIMALS) for name, value in values.items()}


def _scale(survey: Survey) -> Scale:
    """Thresholds from the shares of answers; continuous where an item has too many different ones."""
    answers: Floats = np.asarray(survey.batch.raw[0], dtype=np.float64)
    cuts = []
    for column in answers.T:
        values, counts = np.unique(column, return_counts=True)
        if len(values) > MOST or (values != np.round(values)).any():
            return Scale.continuous()
        cuts.append(tuple(round(float(cut), 6) for cut in ndtri(np.cumsum(counts)[:-1] / counts.sum())))
    return Scale(tuple(cuts))


def _plainly_named(model: Model) -> Model:
    """The model with names of letters, digits, `_` and `.` alone, as files of studies have them."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for name in _names(model):
        bare = re.sub(r"\W+", "_", name).strip("_") or "item"
        bare = bare if not bare[0].isdigit() else f"x{bare}"
        while bare in taken:
            bare += "_"
        taken.add(bare)
        names[name] = name if re.fullmatch(r"[A-Za-z_][\w.]*", name) and name not in taken - {bare} else bare
    blocks = tuple(Block(names[b.construct], tuple(names[i] for i in b.items), b.kind) for b in model.blocks)
    paths = tuple((names[a], names[b]) for a, b in model.paths)
    return Model(blocks, paths, tuple((names[a], names[b]) for a, b in model.covariances))


def _names(model: Model) -> tuple[str, ...]:
    return (*model.constructs, *model.items)


def _check_method(words: str, model: Model) -> None:
    """Raise InputError for a method that the study could not run."""
    name, settings = method_and_settings(words)
    if refusal := build(name, settings, 0.95, Path.cwd(), model).estimator.refusal(model):
        raise InputError(f"{name}: {refusal}")


def _file_name(survey: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", Path(survey).stem).strip("-") or "survey"


def _population_text(
    model: Model, numbers: Mapping[str, float], scale: Scale, survey: Survey, told: Sequence[str]
) -> str:
    lines = [
        "# Written by `loadstone study-from`: a population with a survey's thresholds and fitted values.",
        f"title = {toml.text(f'A population like {survey.name}')}",
        f"source = {toml.text(f'{survey.name}, {survey.n} respondents')}",
        f'model = """\n{model.syntax}\n"""',
        f"notes = [{', '.join(toml.text(note) for note in told)}]",
        "",
        "[values]",
        *(f"{toml.text(name)} = {value!r}" for name, value in numbers.items()),
    ]
    if scale.thresholds:
        for item, cuts in zip(model.items, scale.thresholds, strict=True):
            lines += ["", f"[scale.items.{toml.text(item)}]", f"thresholds = [{', '.join(repr(cut) for cut in cuts)}]"]
    return "\n".join(lines) + "\n"


def _study_text(
    name: str, survey: Survey, model: Model, words: Sequence[str], n: int, replications: int, seed: int
) -> str:
    targets = [*("~".join(path) for path in model.paths), *(f"r2({c})" for c in model.endogenous)]
    if not model.paths:
        targets = ["~~".join(pair) for pair in model.pairs]
    lines = [
        "# Written by `loadstone study-from`: what is the procedure of this survey worth at its own n?",
        f"name = {toml.text(f'{name}-study')}",
        "",
        "[aims]",
        f"title = {toml.text(f'What is the procedure worth on surveys like {survey.name}?')}",
        f"question = {toml.text(f'How often are the paths found, and how large do they look, with {n} respondents?')}",
        "",
        "[data]",
        'population = "POPULATION"',
        f"n = [{n}]",
        f"replications = {replications}",
        f"seed = {seed}",
        "",
        "[estimands]",
        f"targets = [{', '.join(toml.text(target) for target in targets)}]",
    ]
    for each in words:
        method, settings = method_and_settings(each)
        before = [method_and_settings(other)[0] for other in words[: words.index(each)]]
        key = f"{method}-{before.count(method) + 1}" if method in before else method
        lines += ["", f"[methods.{toml.key(key)}]"]
        if key != method or ":" in method:
            lines.append(f"estimator = {toml.text(method)}")
        if method in ESTIMATORS and ESTIMATORS[method].resampled and not {"resamples", "inference"} & set(settings):
            lines.append("resamples = 200")
        lines += [f"{setting} = {toml.value(value)}" for setting, value in settings.items()]
    lines += ["", "[performance]", "level = 0.95", "", "[quick]", f"replications = {min(replications, 256)}"]
    return "\n".join(lines) + "\n"
