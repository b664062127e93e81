"""Measures as entries: none without words, none that tables or figures leave out; rates have Wilson's interval."""

import dataclasses
import math
import string
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from benchmarks.measures.basis.formulas import rate, wilson
from benchmarks.measures.basis.measure import PLACES, Figure, Measure
from benchmarks.measures.basis.samples import (
    Claim,
    Drops,
    Estimated,
    ItemsDropped,
    Limit,
    Misspecified,
    Paired,
    Pooled,
    Replications,
    Sample,
    Shift,
    Split,
)
from benchmarks.measures.basis.selections import (
    ChangedModel,
    DropCount,
    DroppedSet,
    ModelChanges,
    NamedSet,
    RetainedItems,
    Score,
)
from benchmarks.measures.catalogue import MEASURES
from benchmarks.schema import ESTIMATES, MEASURED, PARTS, names
from benchmarks.schema import MEASURES as SCHEMA
from estimators.base import Estimates
from reports.book.kinds import INTERVIEWS, SURVEY, Kind
from reports.printing.latextable import as_latex
from reports.printing.typeset import as_csv
from reports.record import HeldInterviews
from reports.results import Results, read
from tests.made_studies import plain_study, screened_study

#: A target that each kind of sample is of, in the made studies.
TARGETS: dict[type[Sample], str] = {
    Replications: "",
    Estimated: "PERF~ACRM",
    Limit: "PERF~ACRM",
    Misspecified: "PERF~ACRM",
    Claim: "themes",
    ItemsDropped: "ACRM=~CC1",
    Drops: "",
    Shift: "PERF~ACRM",
    Split: "PERF~ACRM",
    RetainedItems: "",
    DropCount: "1 item",
    DroppedSet: "CC2, PC1",
    NamedSet: "profitability",
    Score: "ACRM",
    ModelChanges: "",
    ChangedModel: "CC1~~CC2",
    Paired: "PERF~ACRM",
}


def every_measure(results: Results, targets: dict[type[Sample], str], method: str) -> Results:
    """The results with one row of every measure and denominator in the baseline cell, each of another value."""
    place = {column: results.measures.iloc[0][column] for column in results.measures if column not in names(MEASURED)}
    rows = [
        place
        | {"method": method, "target": targets[each.of], "measure": each.name, "over": over, "truth": 0.5}
        | {"group": "strong_items" if each.name.startswith("group_") else ""}
        | {"value": 0.01 * number + 0.1, "mcse": 0.01, "n_used": 90, "n_total": 0 if over == "population" else 100}
        | {"lower": math.nan, "upper": math.nan, "jackknife": math.nan}
        for number, each in enumerate(MEASURES)
        for over in each.over
    ]
    return Results(results.study, pd.DataFrame(rows))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Results]:
    """Results with a row of every measure: of a survey, and of interviews."""
    folder = tmp_path_factory.mktemp("whole")
    factors = {"dropped_items": ["weak"], "crm_correlation": ["0.5"], "ocrm_effect": ["small"]}
    survey = read(screened_study(folder / "survey", factors, (72,)))
    plain = read(plain_study(folder / "interviews"))
    methods = {"sums": plain.study.methods["sums"].model_copy(update={"estimator": "observed"})}
    facts = {
        "interviews": HeldInterviews(),
        "estimands": ["themes"],
        "methods": methods,
        "cells": plain.study.cells[:1],
    }
    themes = Results(plain.study.model_copy(update=facts), plain.measures)
    of_themes = {kind: "themes" if target else "" for kind, target in TARGETS.items()}
    return {
        "survey": every_measure(survey, TARGETS, "pls-screened"),
        "interviews": every_measure(themes, of_themes, "sums"),
    }


def kinds_of(measure: Measure) -> list[tuple[str, Kind]]:
    """The kinds of study that have a measure."""
    if measure.of is Claim:
        return [("interviews", INTERVIEWS)]
    both = measure.of in (Estimated, Replications, Paired)
    return [("survey", SURVEY)] + ([("interviews", INTERVIEWS)] if both else [])


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_measure_stands_in_tables_with_its_words(whole: dict[str, Results], measure: Measure) -> None:
    for study, kind in kinds_of(measure):
        results = whole[study]
        words = results.words[measure.name]
        stored = results.measures[results.measures["measure"] == measure.name].iloc[0]
        target = stored["group"] or stored["target"]
        value = results.estimate(results.baseline_cell, stored["method"], target, measure.name)
        assert value is not None
        found = [table for table in kind.tables(results) if any(value in row for row in table.rows)]
        heads = {(column.header, column.hint) for table in found for column in table.columns}
        if measure.name == "drop_rate":  # its column is headed by the method and n
            assert "items" in {table.name for table in found}
            continue
        assert (words.header, words.meaning) in heads, f"no table of {study} has {measure.name}"
        table = next(table for table in found if words.header in [column.header for column in table.columns])
        assert repr(value.value) in as_csv(table)
        assert "tabular" in as_latex(table, "made") or "longtable" in as_latex(table, "made")


@pytest.mark.parametrize("measure", [each for each in MEASURES if each.figure], ids=lambda measure: measure.name)
def test_a_measures_figure_is_drawn(whole: dict[str, Results], measure: Measure) -> None:
    assert measure.figure is not None
    for study, kind in kinds_of(measure):
        results = whole[study]
        alone = results.measures[results.measures["measure"] == measure.name]
        drawn = {figure.name: figure for figure in kind.figures(Results(results.study, alone))}
        figure = drawn[measure.figure.name]
        assert figure.title == measure.figure.title
        stored = alone.loc[alone["over"] == "usable", "value"].iloc[0]
        assert {row["value"] for panel in figure.panels for row in panel.rows} == {round(stored, 6)}
        assert "{" not in figure.caption


def test_every_kind_of_sample_is_measured_and_every_word_has_its_place() -> None:
    assert {measure.of for measure in MEASURES} == set(TARGETS) == set(Sample.__subclasses__()) - {Pooled}
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)
    for measure in MEASURES:
        texts = [measure.header, measure.meaning, measure.figure.caption if measure.figure else ""]
        used = {field for text in texts for _, field, _, _ in string.Formatter().parse(text) if field is not None}
        assert used <= set(PLACES), f"{measure.name}: {used}"


@pytest.mark.parametrize("word", ["header", "meaning", "name"])
def test_a_measure_without_words_cannot_be_declared(word: str) -> None:
    whole = dataclasses.asdict(MEASURES[0]) | {"figure": None}
    with pytest.raises(ValueError, match=f"needs words: {word}"):
        Measure(**(whole | {word: " "}))
    del whole[word]
    with pytest.raises(TypeError, match=word):
        Measure(**whole)


@pytest.mark.parametrize("word", ["title", "caption", "alt", "axis"])
def test_a_figure_without_words_cannot_be_declared(word: str) -> None:
    words = {"title": "Bias", "caption": "Bias.", "alt": "Bias.", "axis": "bias"}
    with pytest.raises(ValueError, match=f"needs words: {word}"):
        Figure("bias", **(words | {word: ""}), kinds=("path",))


def test_a_denominator_that_a_sample_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="Limit knows no denominator"):
        Measure("odd", "odd", "count", "odd", of=Limit, function=lambda _: None, over=("usable",))


# --- Wilson's interval ---


def test_wilsons_interval_solves_its_equation() -> None:
    counts, used = np.array([0, 3, 50, 97, 100]), np.full(5, 100)
    share = counts / used
    lower, upper = wilson(share, used)
    z = 1.959963984540054
    for end in (lower, upper):  # (share - p)^2 = z^2 p (1 - p) / n at both ends
        np.testing.assert_allclose((share - end) ** 2, z**2 * end * (1 - end) / used, atol=1e-12)
    # Published: 0 of 100 gives (0, 0.0370), e.g. Brown, Cai & DasGupta (2001): z^2 / (n + z^2).
    assert lower[0] == 0.0
    assert upper[0] == pytest.approx(z**2 / (100 + z**2), rel=1e-12)
    assert upper[-1] == 1.0
    assert lower[-1] == pytest.approx(1 - upper[0], rel=1e-12)


def test_wilsons_interval_covers_rates_near_zero() -> None:
    # Exact, from the binomial distribution of how often something happens in 200 replications. The interval of
    # +- 1.96 MCSE has no length where it happens never, which at a rate of 0.005 is so in 0.37 of studies.
    counts, rates = np.arange(201), np.linspace(0.005, 0.995, 199)
    chance = binom.pmf(counts, 200, rates[:, None])
    lower, upper = wilson(counts / 200, np.full(201, 200))
    covered = (chance * ((lower <= rates[:, None]) & (rates[:, None] <= upper))).sum(axis=1)
    half = 1.96 * np.array([rate(np.arange(200) < count).mcse for count in counts])
    plain = (chance * (abs(counts / 200 - rates[:, None]) <= half)).sum(axis=1)
    assert covered.min() > 0.91
    assert abs(covered.mean() - 0.95) < 0.005
    assert plain.min() < 0.64


def test_rates_without_replications_have_no_interval() -> None:
    assert np.isnan(rate(np.empty(0, dtype=bool)).value)
    assert np.isnan(wilson(np.array([np.nan]), np.array([0]))).all()


# --- the schema ---


def test_the_parts_of_estimates_are_those_that_estimators_give() -> None:
    floats = [field.name for field in dataclasses.fields(Estimates) if "float64" in str(field.type)]
    assert tuple(floats) == PARTS == names(ESTIMATES)


def test_stored_measures_have_the_columns_of_the_schema(results: Path) -> None:
    stored = pd.read_parquet(results / "measures.parquet")
    assert tuple(stored.columns) == names(SCHEMA)
    rates = stored["measure"].isin([measure.name for measure in MEASURES if measure.rate]) & (stored["n_used"] > 0)
    assert stored.loc[rates, ["lower", "upper"]].notna().all(axis=None)
    assert stored.loc[~rates, ["lower", "upper"]].isna().all(axis=None)
    assert (stored.loc[rates, "lower"] <= stored.loc[rates, "value"]).all()
    assert (stored.loc[rates, "value"] <= stored.loc[rates, "upper"]).all()
