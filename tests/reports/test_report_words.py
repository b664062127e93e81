"""Reports in words: the right numbers in sentences, each with its error."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.measures.basis.formulas import wilson
from reports.printing.columns import in_meanings
from reports.printing.numbers import number, with_error
from reports.results import Estimate, Results, read
from reports.study import sentences
from reports.study.decisions import sentences as decisions
from reports.study.rows import STEPS
from reports.study.size import size_is_off
from tests.made_studies import stored


def spaced(text: str) -> str:
    """Without no-break spaces, so that expected sentences can be typed."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_screened_study_is_answered_with_its_numbers(screened_report: Path) -> None:
    results = read(screened_report)
    answer = sentences.answer(results)
    good, weak = (stored(results, "pls-screened", key, "group_items_lost") for key in ("strong_items", "weak_items"))
    assert spaced(answer.lead) == (
        f"At n = 72 the 0.70 rule drops {good.value:.2f} ± {good.mcse:.2f} of the 9 items whose true loading is 0.70 "
        f"or more, which it means to keep, and, as it means to, {weak.value:.2f} ± {weak.mcse:.2f} of the 10 items "
        "that measure their construct with a true loading under 0.70."
    )
    told = spaced(" ".join(answer.sentences))
    mean = stored(results, "pls-screened", "", "items_dropped")
    many = stored(results, "pls-screened", "", "many_dropped")
    short = stored(results, "pls-screened", "", "block_short")
    assert f"A study loses {mean.value:.2f} ± {mean.mcse:.2f} of its 19 items on average" in told
    assert f"{100 * many.value:.1f} ± {100 * many.mcse:.1f}% of studies lose five or more" in told
    assert f"in {100 * short.value:.1f} ± {100 * short.mcse:.1f}% the rule alone" in told
    sizes = [
        found.value
        for levels in results.populations
        if (cell := results.cell(levels, 72)) is not None
        and (found := results.estimate(cell, "pls-screened", "strong_items", "group_size"))
    ]
    alike = sizes.count(9)  # as many good items as in the baseline: one denominator for one range
    assert 1 < alike <= len(sizes) == 4
    assert f"Over the {alike} populations tried at this n" in told
    assert ("another number of items is good" in told) == (alike < 4)
    assert f"That is the baseline population ({in_meanings(results, results.populations[0])})." in told
    assert "ocrm effect" not in told  # a factor's bare name is no word of a reader's
    assert "or more (ten are weak to begin with)" in told


def test_paths_are_told_before_and_after_the_rule(screened_report: Path) -> None:
    results = read(screened_report)
    told = spaced(" ".join(sentences.path_answer(results, "PERF~ACRM").sentences))
    before, after = (stored(results, method, "PERF~ACRM", "bias") for method in ("pls", "pls-screened"))
    assert f"{-before.value:.3f} ± {before.mcse:.3f} too low without the rule" in told
    assert f"{-after.value:.3f} ± {after.mcse:.3f} too low with it" in told
    cover = stored(results, "pls-screened", "PERF~ACRM", "coverage")
    assert f"{100 * cover.value:.1f} ± {100 * cover.mcse:.1f}% with it" in told
    assert "What the same method finds for infinitely many respondents and the same items, it covers in" in told
    assert "How often it would be called significant were it zero was not run." in told


def test_the_type_1_error_of_the_same_path_stands_beside_its_power(screened_report: Path) -> None:
    results = read(screened_report)
    cell = results.null_cell(results.baseline_cell, "PERF~OCRM")
    assert cell is not None
    error = results.over(cell, "pls-screened", "PERF~OCRM", "type_1_error", "usable")
    assert results.size(results.baseline_cell, "pls-screened", "PERF~OCRM") == error
    assert results.null_cell(results.baseline_cell, "PERF~ACRM") is None
    told = spaced(" ".join(sentences.path_answer(results, "PERF~OCRM").sentences))
    assert error is not None
    assert "it would be called significant in" in told
    assert f"{100 * error.value:.1f} ± {100 * error.mcse:.1f}% (type I error; 5% is right)" in told
    assert "power at true size" not in told  # that measure is not stored here
    power = results.measures[results.measures["measure"] == "power"].assign(measure="size_adjusted_power")
    both = Results(results.study, pd.concat([results.measures, power], ignore_index=True))
    fair = stored(both, "pls-screened", "PERF~OCRM", "size_adjusted_power")
    told = spaced(" ".join(sentences.path_answer(both, "PERF~OCRM").sentences))
    assert f"{100 * fair.value:.1f} ± {100 * fair.mcse:.1f}% (power at true size)" in told


def test_a_power_is_grey_where_its_size_is_off() -> None:
    def size(rate: float, used: int) -> Estimate:
        lower, upper = wilson(np.array([rate]), np.array([used]))
        return Estimate(rate, 0.01, used, used, 0.0, float(lower[0]), float(upper[0]))

    assert size_is_off(size(0.12, 2000), 0.05)
    assert size_is_off(size(0.01, 2000), 0.05)
    assert not size_is_off(size(0.05, 2000), 0.05)
    assert not size_is_off(size(0.09, 50), 0.05)  # within chance of 0.075
    assert not size_is_off(None, 0.05)


def test_what_the_decisions_did_is_told_with_its_numbers(screened_report: Path) -> None:
    results = read(screened_report)
    told = spaced(" ".join(decisions.sentences(results)))
    steps = [stored(results, "pls-screened", "PERF~ACRM", step) for step in STEPS]
    for step, way in zip(steps, ("the method", "the answer scale", "the rule", "the small sample"), strict=True):
        assert f"{abs(step.value):.3f}" in told
        assert f"by {way}" in told
    assert "and what this method would find with infinitely many respondents and the same items in 93.0" in told
    bias = stored(results, "pls-screened", "PERF~ACRM", "bias")
    assert sum(step.value for step in steps) == pytest.approx(bias.value)
    assert decisions.sentences(Results(results.study, results.measures[results.measures["measure"] == "bias"])) == []


def test_plain_study_is_answered_for_every_path(plain_report: Path) -> None:
    results = read(plain_report)
    answer = sentences.answer(results)
    power = stored(results, "pls", "Y~A", "power")
    assert f"{100 * power.value:.1f} ± {100 * power.mcse:.1f}% (PLS)" in spaced(answer.lead)
    assert len(answer.paths) == 4
    assert "Though it is zero, it is called significant (type I error" in answer.paths[3].sentences[1]
    assert answer.failures == ""


@pytest.mark.parametrize(
    ("value", "mcse", "shown"),
    [
        (0.312, 0.0021, "31.2 ± 0.2%"),
        (0.0, 0.0, "0% (none of 2,000)"),
        (1.0, 0.0, "100% (all of 2,000)"),
        (0.9999, 0.0001, "100.0 ± <0.1%"),
        (math.nan, math.nan, "–"),
    ],
)
def test_shares_are_told_with_their_error(value: float, mcse: float, shown: str) -> None:
    assert spaced(with_error(Estimate(value, mcse, 2000, 2000, math.nan), "share")) == shown


def test_numbers_have_a_true_minus_and_no_negative_zero() -> None:
    assert number(-0.05) == "−0.050"
    assert number(-0.0001, signed=True) == "0.000"
    assert number(0.05, signed=True) == "+0.050"
    assert number(None) == "–"


def test_of_many_methods_the_lowest_and_the_highest_are_told_or_the_one_number_that_all_have(
    screened_report: Path,
) -> None:
    results = read(screened_report)
    names = list(results.study.methods)
    assert len(names) > 4
    alike = dict.fromkeys(names, Estimate(1.0, 0.0, 100, 100, 0.5))
    assert spaced(sentences.across(results, alike, "share")) == "100% (all of 100) (all methods)"
    differing = alike | {names[1]: Estimate(0.5, 0.05, 100, 100, 0.5)}
    told = spaced(sentences.across(results, differing, "share"))
    assert told.startswith(f"50.0 ± 5.0% ({results.study.methods[names[1]].label}) to 100%")
