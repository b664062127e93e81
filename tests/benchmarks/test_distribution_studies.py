"""Distributions in population files and studies: the section, factors that set it, every method on it, and reports."""

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.portraits.portrait import portrait
from benchmarks.study import study
from estimators.catalogue import ESTIMATORS
from reports.book.page import basis
from reports.printing.numbers import MINUS
from reports.printing.typeset import Table
from reports.results import Estimate
from reports.show.tables import tables
from reports.show.words import columns, lead
from sim import catalogue
from sim.implied.marginals import marginals
from sim.structures.distribution import Distribution
from tests.bad_input import Refused, assert_says, changed
from tests.every_method import EVERY_METHOD, measured
from tests.ways_of_answering import MINE, STUDY, written

PLAIN = MINE[: MINE.index("[responses]")]
ITEMS = """
[distribution]
items = "vale-maurelli"
skewness = { x1 = 0.75, x2 = 0.5, x3 = 0.5, z1 = 0.5, z2 = 0.5, z3 = 0.5, y1 = -0.5, y2 = 0.0, y3 = 0.5 }
kurtosis = 1.5
[factors.drawn]
sets = "distribution.items"
levels = ["vale-maurelli", "independent generator"]
[factors.tails]
sets = "distribution.kurtosis"
levels = { heavy = 1.5, heavier = 2.5 }
[factors.first]
sets = "distribution.skewness.x1"
levels = [0.75, 0.0]
"""
CONSTRUCTS = '[distribution]\nconstructs = "chi-square"\ndf = 4\n[responses]\nreversed = ["x3"]\ncareless = 0.1\n'


def population_file(folder: Path, text: str) -> str:
    (folder / "mine.toml").write_text(text)
    return str(folder / "mine.toml")


def every_method(text: str = STUDY) -> str:
    """The study with every method, and with screening by two of them."""
    text += EVERY_METHOD
    screening = "screening = { threshold = 0.5, minimum_items = 2 }\n"
    return text + "".join(f'[methods.{name}-s]\nestimator = "{name}"\n{screening}' for name in ("pls", "sumscores"))


@pytest.mark.parametrize("own", [ITEMS, CONSTRUCTS], ids=["items", "constructs"])
def test_every_method_and_screening_take_other_distributions(own: str, tmp_path: Path) -> None:
    text = every_method(changed(STUDY, ("replications = 3", "replications = 2")))
    measures = measured(written(tmp_path, PLAIN + own, text))
    for name in (*ESTIMATORS, "pls-s", "sumscores-s"):
        assert (measures.loc[(name, "convergence_rate"), "value"] > 0).all(), name
        before, after = (measures.loc[(name, f"limit_{when}_cut")] for when in ("before", "after"))
        assert np.isfinite(after["value"]).all(), name
        assert (before["n_used"] == 0).all()
        # Chi-square constructs have no closed form after the cut: the rows say from how many respondents they are.
        assert (after["n_used"] == (1_000_000 if own == CONSTRUCTS else 0)).all()


def test_factors_set_texts_numbers_and_single_items(tmp_path: Path) -> None:
    name = population_file(tmp_path, PLAIN + ITEMS)
    default = catalogue.population(name).distribution
    assert (default.items, default.kurtosis) == ("vale-maurelli", 1.5)
    assert isinstance(default.skewness, dict)
    other = catalogue.population(
        name, {"drawn": "independent generator", "tails": "heavier", "first": 0.0}
    ).distribution
    assert (other.items, other.kurtosis, other.skewness["x1"]) == ("independent generator", 2.5, 0.0)


def test_shares_are_those_of_the_answers_and_thresholds_those_of_the_responses(tmp_path: Path) -> None:
    shares = catalogue.population(population_file(tmp_path, PLAIN + ITEMS))
    for marginal in marginals(shares):
        assert np.allclose(marginal.shares, (0.1, 0.2, 0.4, 0.2, 0.1), rtol=0, atol=1e-12)
    cuts = "thresholds = [-1.5, -0.5, 0.5, 1.5]"
    given = changed(PLAIN + ITEMS, ("shares = [0.1, 0.2, 0.4, 0.2, 0.1]", cuts))
    thresholds = catalogue.population(population_file(tmp_path, given))
    assert thresholds.scale.thresholds[0] == (-1.5, -0.5, 0.5, 1.5)
    assert abs(marginals(thresholds)[0].shares[0] - 0.0668) > 0.005


def test_the_key_of_a_cell_tells_distributions_apart_and_is_the_old_one_without_them(tmp_path: Path) -> None:
    texts = [PLAIN, PLAIN + "[distribution]\n", PLAIN + ITEMS, PLAIN + CONSTRUCTS]
    keys = []
    for text in texts:
        (cell, *_) = study.load(written(tmp_path, text, STUDY + "[methods.sumscores]\n")).cells
        keys.append(cell.key)
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


@pytest.mark.acceptance
def test_what_is_simulated_says_so(tmp_path: Path) -> None:
    simulated = portrait(population_file(tmp_path, PLAIN + CONSTRUCTS))
    assert "Values after the cut are simulated from 1,000,000 respondents." in columns(simulated)
    assert "constructs chi-square (df 4)" in lead(simulated)
    exact = portrait(population_file(tmp_path, PLAIN + ITEMS))
    assert "simulated" not in columns(exact)
    assert "items by vale-maurelli with skewness -0.5 to 0.75 and excess kurtosis 1.5" in lead(exact)
    assert basis(Estimate(0.4, np.nan, 1_000_000, 0, 0.5)) == "simulated from 1,000,000 respondents"
    assert basis(Estimate(0.4, 0.0, 0, 0, 0.5)) == "exact: from the population, without sampling"


def test_the_shapes_of_responses_are_shown(tmp_path: Path) -> None:
    def answers(text: str) -> list[Table]:
        shown = portrait(population_file(tmp_path, text))
        return [table for table in tables(shown) if table.name == "answers"]

    (cut,) = answers(PLAIN + ITEMS)
    assert cut.note == f"Before the cut: 0, 1, {MINUS}0.500 to 0.750 and 1.500."
    (normal,) = answers(PLAIN)
    assert normal.note == "Before the cut: 0, 1, 0 and 0."
    continuous = PLAIN[: PLAIN.index("[scale]")] + PLAIN[PLAIN.index("[values]") :]
    (uncut,) = answers(continuous + ITEMS)
    assert [row[0] for row in uncut.rows] == ["y1", "y2", "x2, x3, z1, z2, z3, y3", "x1"]
    assert [row[3] for row in uncut.rows] == pytest.approx([-0.5, 0.0, 0.5, 0.75], abs=1e-12)
    assert [row[4] for row in uncut.rows] == pytest.approx([1.5] * 4, abs=1e-12)
    assert not answers(continuous)


def test_calibration_is_of_normal_responses_and_the_shares_stay(tmp_path: Path) -> None:
    name = population_file(tmp_path, 'base = "crm-clusters"\n[distribution]\nstandardised = "within sample"\n')
    mine, plain = catalogue.population(name), catalogue.population("crm-clusters")
    assert mine.distribution == Distribution(standardised="within sample")
    assert np.array_equal(mine.loadings, plain.loadings)
    assert mine.scale == plain.scale


DOCS = (Path(__file__).parent.parent.parent / "docs" / "distributions.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", DOCS, re.S))
def test_the_examples_of_the_documentation_are_valid(example: str, tmp_path: Path) -> None:
    assert catalogue.population(population_file(tmp_path, example)).distribution.given


CASES: dict[str, tuple[tuple[str, str], list[str]]] = {
    "an unknown key": (("kurtosis = 1.5", "curtosis = 1.5"), ["distribution.curtosis", "did you mean 'kurtosis'?"]),
    "a text for a number": (("kurtosis = 1.5", 'kurtosis = "high"'), ["distribution.kurtosis: 'high' given; must be"]),
    "a table with a text": (("y2 = 0.0", 'y2 = "no"'), ["distribution.skewness: {", "a number for every item"]),
    "no solution": (("kurtosis = 1.5", "kurtosis = -1.2"), ["Fleishman's method reaches no excess kurtosis under"]),
    "a factor of a list": (('"distribution.kurtosis"', '"distribution.curtosis"'), ["factor tails", "'curtosis'"]),
    "an unknown item": (("y2 = 0.0", "y9 = 0.0"), ["distribution.skewness: item 'y9' is not known"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_in_a_distribution_is_told_with_its_place(case: str, refused_population: Refused) -> None:
    change, parts = CASES[case]
    # Factors would overwrite what is changed: the last of them is looked at for its own mistake only.
    text = ITEMS if "factor" in case else ITEMS[: ITEMS.index("[factors.drawn]")]
    assert_says(refused_population(changed(PLAIN + text, change)), ["data.population", "mine.toml", *parts])
