"""The texts of the two files: the population like a survey, and the study of a procedure on it."""

from collections.abc import Mapping, Sequence

from benchmarks.own.method_words import method_and_settings
from estimators.catalogue import ESTIMATORS
from sim import toml
from sim.answers.likert import Scale
from sim.model import Model
from sim.surveys.survey import Survey


def population_text(
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


def study_text(
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
