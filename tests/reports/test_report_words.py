"""Reports in words: the right numbers in sentences, each with its error."""

import math
from pathlib import Path

import pytest

from reports.printing.numbers import number, with_error
from reports.results import Estimate, read
from reports.study import sentences
from tests.made_studies import stored


def spaced(text: str) -> str:
    """Without no-break spaces, so that expected sentences can be typed."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_screened_study_is_answered_with_its_numbers(screened_report: Path) -> None:
    results = read(screened_report)
    answer = sentences.answer(results)
    share = stored(results, "pls-screened", "true_items", "drop_rate")
    percent = f"{100 * share.value:.1f} ± {100 * share.mcse:.1f}%"
    assert spaced(answer.lead) == f"At n = 72 the 0.70 rule drops {percent} of the true items."
    told = spaced(" ".join(answer.sentences))
    mean = stored(results, "pls-screened", "", "items_dropped")
    many = stored(results, "pls-screened", "", "many_dropped")
    short = stored(results, "pls-screened", "", "block_short")
    assert f"A study loses {mean.value:.2f} ± {mean.mcse:.2f} of its 19 items on average" in told
    assert f"{100 * many.value:.1f} ± {100 * many.mcse:.1f}% of studies lose five or more" in told
    assert f"in {100 * short.value:.1f} ± {100 * short.mcse:.1f}% the rule alone" in told
    assert "Over the 4 populations tried at this n" in told


def test_paths_are_told_before_and_after_the_rule(screened_report: Path) -> None:
    results = read(screened_report)
    told = spaced(" ".join(sentences.path_answer(results, "PERF~ACRM").sentences))
    before, after = (stored(results, method, "PERF~ACRM", "bias") for method in ("pls", "pls-screened"))
    assert f"{-before.value:.3f} ± {before.mcse:.3f} too low without the rule" in told
    assert f"{-after.value:.3f} ± {after.mcse:.3f} too low with it" in told
    cover = stored(results, "pls-screened", "PERF~ACRM", "coverage")
    assert f"{100 * cover.value:.1f} ± {100 * cover.mcse:.1f}% with it" in told


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
