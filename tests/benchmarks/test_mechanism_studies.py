"""Every method, and PLS that screens, on worlds of several mechanisms at once: it runs, or is refused by its name."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from benchmarks.run import runner
from benchmarks.study import study
from estimators.catalogue import ESTIMATORS
from sim.errors import InputError
from sim.implied import simulated
from tests.bad_input import INSIDE
from tests.mechanism_parts import PARTS, text

STUDY = """
name = "worlds"
[aims]
title = "Worlds"
question = "Does every method take them?"
[data]
population = "mine.toml"
n = [300]
replications = 2
seed = 5
[estimands]
targets = ["G~F", "r2(G)"]
"""
METHODS = {name: f"[methods.{name}]\n" for name in ESTIMATORS} | {
    "screened": '[methods.screened]\nestimator = "pls"\nscreening = { threshold = 0.5, minimum_items = 2 }\n'
}
SECOND = "S is a second-order construct|block C has two items"
#: Mechanisms of a world, and what methods that it has none for are told.
WORLDS: dict[tuple[str, ...], str] = {
    ("composite", "reading", "missing"): "block H is composite",
    ("second-order", "gaussian copula", "forms", "scale.items"): SECOND,
    ("composite", "plain sampling", "single_informant", "extreme", "products"): "block H is composite",
    ("after_cut", "vale-maurelli", "depends_on", "careless"): "",
    ("errors", "model_error", "groups", "midpoint"): "",
    ("slider", "standardised", "acquiescence", "reversed"): "categories",
    ("second-order", "constructs", "straightlining", "thresholds"): SECOND,
    ("t copula", "wu-browne", "groups", "common_method"): "",
    ("independent generator", "composite", "missing"): "block H is composite",
    ("products", "infinite clusters", "model_error", "depends_on"): "",
    ("sampling", "composite", "careless"): "block H is composite",
    ("crossloadings", "missing", "midpoint"): "",
    ("units", "missing"): "categories",
}
FIRST = 3


def test_every_mechanism_is_in_a_world() -> None:
    assert {name for names in WORLDS for name in names} == {*PARTS}


def loaded(folder: Path, why: str) -> tuple[study.Study, set[str]]:
    """The study with every method that takes the world, and the names of those refused, each for that reason."""

    def read(methods: dict[str, str]) -> study.Study:
        (folder / "worlds.toml").write_text(STUDY + "".join(methods.values()))
        return study.load(str(folder / "worlds.toml"))

    try:
        return read(METHODS), set()
    except InputError as error:
        message = str(error)
    _, *told = message.splitlines()
    assert all(re.search(why or "nothing", line) for line in told), message
    assert not any(word in message for word in INSIDE)
    names = {match[1] for line in told if (match := re.match(r"\s*methods\.([\w-]+): ", line))}
    assert len(names) == len(told), message
    return read({name: method for name, method in METHODS.items() if name not in names}), names


def assert_runs(names: tuple[str, ...], folder: Path) -> None:
    (folder / "mine.toml").write_text(text(names, True) or "")
    every, refused = loaded(folder, WORLDS[names])
    assert len(refused) < len(METHODS) - 3
    runner.run(every, folder / "results", 1, Console(quiet=True))
    measures = pd.read_parquet(folder / "results" / "measures.parquet").set_index(["method", "measure"]).sort_index()
    for method in METHODS.keys() - refused:
        assert (measures.loc[[(method, "convergence_rate")], "value"] > 0).all(), method
        assert np.isfinite(measures.loc[[(method, "limit_after_cut")], "value"]).all(), method


@pytest.mark.parametrize("names", list(WORLDS)[:FIRST], ids=" + ".join)
def test_every_method_takes_the_world_or_is_refused_by_name(names: tuple[str, ...], tmp_path: Path) -> None:
    assert_runs(names, tmp_path)


@pytest.mark.acceptance
@pytest.mark.parametrize("names", list(WORLDS)[FIRST:], ids=" + ".join)
def test_every_method_takes_the_other_worlds_too(
    names: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulated, "RESPONDENTS", 20_000)
    assert_runs(names, tmp_path)
