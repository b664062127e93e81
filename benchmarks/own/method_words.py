"""Methods as one writes them on a line: `pls, plsc[scheme=centroid, tolerance=1e-9], ml`."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from estimators.catalogue import find
from estimators.entry import Entry
from estimators.incomplete.forms import takers, takes_missing
from estimators.incomplete.pairs import takes_pairs
from estimators.methods import Method, build
from estimators.prediction.wrapper import NO_WEIGHTS
from estimators.products.wrapper import Products
from sim.errors import InputError
from sim.missing import BY_LIKELIHOOD, HANDLINGS
from sim.model import Model

_OPENING, _CLOSING = "[{(", "]})"


def parted(line: str) -> list[str]:
    """The parts of a line between commas, but for commas inside brackets or quotation marks."""
    parts, depth, quote = [""], 0, ""
    for sign in line:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        else:
            depth += (sign in _OPENING) - (sign in _CLOSING)
        if sign == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def method_and_settings(words: str) -> tuple[str, dict[str, Any]]:
    """`plsc[scheme=centroid]` -> ("plsc", {"scheme": "centroid"}). Raises InputError where it is not so written.

    A value is read as TOML has it (numbers, true, false, "text", { ... }); anything else is text.
    """
    name, bracket, inside = words.partition("[")
    if not name.strip() or (bracket and not inside.endswith("]")):
        raise InputError(f"method '{words}' is not understood; write a name, or name[setting=value, setting=value]")
    settings: dict[str, Any] = {}
    for part in parted(inside[:-1]) if bracket else []:
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not (key and equals and value):
            raise InputError(f"method '{words}': '{part}' is no setting; write setting=value")
        if key in settings:
            raise InputError(f"method '{words}' sets {key} twice; write each setting once")
        settings[key] = _value(value)
    return name.strip(), settings


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def methods_of(
    words: Iterable[str],
    model: Model,
    bootstrap: Mapping[str, Any] | None,
    level: float,
    in_gaps: str = "",
    predict: Mapping[str, Any] | None = None,
) -> dict[str, Method]:
    """The methods by their labels. `bootstrap` are the settings of those that take their inference from one.

    Those are the methods without any of their own, those that estimate constructs of second order in two stages, unless
    they ask for the jackknife. Without `bootstrap` there are no answers to resample, only moments. in_gaps: what
    methods do about answers that are missing (fiml, pairwise). predict: settings of a prediction, for those that can
    predict and have none of their own. Raises InputError for a name or a setting that is not known, a model that a
    method refuses, and a method that is named twice. Modules of estimators from outside may lie in the current folder.
    """
    methods: dict[str, Method] = {}
    for each in words:
        name, settings = method_and_settings(each)
        if "missing" in settings:
            raise InputError(f"method '{each}': missing answers are handled once for all methods; give --missing")
        entry = find(name, Path.cwd(), "method")
        in_stages = bool(model.second_order) and not entry.whole
        needed = settings.get("inference") != "jackknife" and (in_stages or _needs_bootstrap(entry))
        resampled = bootstrap is not None and ("resamples" in settings or (needed and not in_gaps))
        given = {**bootstrap, **settings} if bootstrap and resampled else settings
        method = (
            _in_gaps(name, given, level, model, in_gaps) if in_gaps else build(name, given, level, Path.cwd(), model)
        )
        if predict is not None and bootstrap is not None and not (in_gaps or "predict" in given or entry.ordinal):
            method = _predicting(method, name, {**given, "predict": predict}, level, model)
        refusal = method.estimator.refusal(model)
        if refusal:
            raise InputError(f"{method.label}: {refusal}")
        label = _label(method, settings)
        if label in methods:
            raise InputError(f"method {label} is named twice; name it once, or with settings that differ")
        methods[label] = method
    return methods


def _predicting(method: Method, name: str, settings: Mapping[str, Any], level: float, model: Model) -> Method:
    """The method with a prediction, or without where it gives no weights."""
    made = build(name, settings, level, Path.cwd(), model)
    told = made.estimator.refusal(model) or ""
    return method if told.startswith(NO_WEIGHTS) else made


def _in_gaps(name: str, settings: Mapping[str, Any], level: float, model: Model, handling: str) -> Method:
    """A method that is given answers of which some are missing. Raises InputError in words of the command line."""
    try:
        return build(name, {**settings, "missing": handling}, level, Path.cwd(), model)
    except InputError as error:
        raise InputError(re.sub("missing = '([a-z-]+)'", r"--missing \1", str(error))) from None


def workable(words: Iterable[str]) -> tuple[str, ...]:
    """The handlings of missing answers that every one of the methods can do with, but for refusing.

    Methods for categories need answers as they were given, some of them in pairs; those that are asked to resample,
    answers.
    """
    allowed = set(HANDLINGS) - {"refuse"}
    for each in words:
        name, settings = method_and_settings(each)
        entry = find(name, Path.cwd(), "method")
        if entry.ordinal:
            allowed &= {"listwise", "pairwise"} if takes_pairs(entry.estimator) else {"listwise"}
        if "resamples" in settings:
            allowed -= {"pairwise"}
    return tuple(handling for handling in HANDLINGS if handling in allowed)


def advised_of(words: Sequence[str]) -> tuple[str, ...]:
    """The handlings that messages of `fit` name: those that every method can do with."""
    made = [find(method_and_settings(each)[0], Path.cwd(), "method").estimator for each in words]
    as_they_are = [each for each in BY_LIKELIHOOD if all(takes_missing(one, each) for one in made)]
    return (*workable(words), *as_they_are)


def check_handling(words: Sequence[str], handling: str) -> None:
    """Raise InputError where a method cannot do with a handling of missing answers, with those that it can do with."""
    for each in words if handling in BY_LIKELIHOOD else ():
        name, _ = method_and_settings(each)
        if not takes_missing(find(name, Path.cwd(), "method").estimator, handling):
            others = " or ".join(other for other in workable(words) if other != "regression")
            raise InputError(
                f"{name} does not take missing answers as they are: --missing {handling} is of {takers(handling)}; "
                f"choose --missing {others}, or leave that method out"
            )
    for each in words:
        fitting = workable([each])
        if handling in (*fitting, "refuse") or handling not in HANDLINGS:
            continue
        name, _ = method_and_settings(each)
        advised = [other for other in workable(words) if other != "regression"]
        if fitting == ("listwise",):
            why = f"{name} needs answers in categories, as they were given, and {handling} leaves "
            why += "covariances only" if handling == "pairwise" else "answers between them"
        else:
            why = f"{name} with resamples needs the answers, and pairwise leaves covariances only"
        raise InputError(f"{why}; choose --missing {' or '.join(advised)}, or leave that method out")


def in_pairs(words: Iterable[str], handling: str) -> bool:
    """Whether answers stay as they are under pairwise: where a method takes correlations of categories so."""
    entries = [find(method_and_settings(each)[0], Path.cwd(), "method") for each in words]
    return handling == "pairwise" and any(takes_pairs(entry.estimator) for entry in entries)


def _needs_bootstrap(entry: Entry) -> bool:
    """Whether a method has no inference of its own: its entry says so, or it has none that it could leave out."""
    if entry.resampled or not entry.origin:
        return entry.resampled
    alone = entry.estimator()
    return bool(alone.without_inference() == alone)


#: What numbers of resamples are for.
_IN_WORDS = {
    "resamples": "{} resamples",
    "fit_test": "exact fit tested on {} resamples",
    "bollen_stine": "Bollen-Stine test on {} resamples",
}


def _label(method: Method, settings: Mapping[str, Any]) -> str:
    """The method's label with the settings that were given for it, but for those that are part of it already."""
    already = ("screening", "steps", "whole_procedure", "split", "fpc", "blocks", "products", "product_items")
    told = ", ".join(_setting_in_words(key, value) for key, value in settings.items() if key not in already)
    label, products = method.label, method.wrapper(Products)
    if products and not settings.keys() & set(Products.keys):
        label = label.replace(f", {', '.join(products.words)}", "", 1)  # the page says it once, beside the label
    return f"{label} ({told})" if told else label


def _setting_in_words(key: str, value: Any) -> str:
    """Words where `_IN_WORDS` has some, else `level=0.9`; `prediction with 5 folds and 10 repetitions`."""
    if key in _IN_WORDS:
        return _IN_WORDS[key].format(value)
    if key != "predict":
        return f"{key}={value}"
    if not isinstance(value, Mapping):
        return "prediction"
    given = [(value[name], name) for name in ("folds", "repetitions") if name in value]
    counts = [f"{number} {name if number != 1 else name[:-1]}" for number, name in given]
    others = [f"by {value['antecedents']} antecedents"] if "antecedents" in value else []
    others += ["against another model"] if value.get("against") else []
    return " ".join(["prediction", *([f"with {' and '.join(counts)}"] if counts else []), *others])
