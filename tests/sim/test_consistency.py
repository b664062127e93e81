"""Checks of a published table: tables of real data are never called impossible, and numbers beyond the bounds are."""

import itertools
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.tables.bounds import blockbounds as bounds
from sim.tables.bounds import granularity
from sim.tables.bounds.blockbounds import Ends, Interval
from sim.tables.bounds.consistency import Severity, check, verdict
from sim.tables.bounds.structurebounds import definite_within_rounding, implied_correlation, r2_of_paths
from sim.tables.reading.printed import Printed, read_printed
from sim.tables.reading.table import of_content

Numbers = np.ndarray


def printed(number: float, decimals: int = 3) -> str:
    """The number as a table prints it."""
    return f"{number:.{decimals}f}"


def table(constructs: Mapping[str, Any], **rest: Any) -> Any:
    """A table of these constructs."""
    return of_content({"method": "pls", **rest, "constructs": constructs})


def worst(constructs: Mapping[str, Any], **rest: Any) -> Severity:
    return verdict(check(table(constructs, **rest)))


@st.composite
def answers(draw: st.DrawFn, blocks: int = 1) -> tuple[list[Numbers], Numbers]:
    """Standardised data (n, k) of blocks, with whatever correlations result, and positive weights."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    common = rng.standard_normal((40, 1))
    made = []
    for _ in range(blocks):
        k = draw(st.integers(2, 7))
        own = 0.6 * common + rng.standard_normal((40, 1))
        data = rng.uniform(0.4, 1.2, k) * own + rng.uniform(0.3, 1.2, k) * rng.standard_normal((40, k))
        made.append((data - data.mean(axis=0)) / data.std(axis=0))
    return made, rng.uniform(0.05, 1.0, 20)


def of_block(data: Numbers, weights: Numbers) -> tuple[dict[str, float], Numbers]:
    """alpha, rho_c and AVE of a composite of the items, and its scores, from their definitions."""
    k = data.shape[1]
    score = data @ weights[:k]
    score = score / score.std()
    loadings = data.T @ score / len(data)
    assume(loadings.min() > 0)
    r = np.corrcoef(data.T)
    total, squares = loadings.sum() ** 2, float(loadings @ loadings)
    found = {
        "alpha": k / (k - 1) * (1 - k / r.sum()),
        "rho_c": total / (total + k - squares),
        "ave": squares / k,
        "lowest_loading": loadings.min(),
        "highest_loading": loadings.max(),
    }
    assume(found["alpha"] > 0)
    return found, score


@settings(max_examples=80, deadline=None)
@given(answers(), st.sets(st.sampled_from(["alpha", "rho_c", "ave", "lowest_loading", "highest_loading"]), min_size=1),
       st.integers(2, 4))  # fmt: skip
def test_a_composite_of_any_data_is_never_impossible(drawn: Any, kept: set[str], decimals: int) -> None:
    (data,), weights = drawn
    found, _ = of_block(data, weights)
    block = {"items": data.shape[1]} | {name: printed(found[name], decimals) for name in sorted(kept)}
    assert worst({"F": block}) < Severity.IMPOSSIBLE


@settings(max_examples=40, deadline=None)
@given(answers(blocks=3), st.integers(2, 4))
def test_a_regression_on_composites_of_any_data_is_never_impossible(drawn: Any, decimals: int) -> None:
    blocks, weights = drawn
    found = [of_block(data, weights) for data in blocks]
    scores = np.array([score for _, score in found])
    r = np.corrcoef(scores)
    assume(abs(r[0, 1]) < 0.95)
    paths = np.linalg.solve(r[:2, :2], r[:2, 2])
    sums = np.array([data.sum(axis=1) for data in blocks])
    of_sums = np.corrcoef(sums)
    alphas = [numbers["alpha"] for numbers, _ in found]
    names = ["A", "B", "Y"]
    constructs: dict[str, Any] = {
        name: {"items": data.shape[1]} | {key: printed(numbers[key], decimals) for key in ("alpha", "rho_c", "ave")}
        for name, data, (numbers, _) in zip(names, blocks, found, strict=True)
    }
    constructs["Y"]["r2"] = printed(float(paths @ r[:2, 2]), decimals)
    pairs = list(itertools.combinations(range(3), 2))
    rest = {
        "model": "Y ~ A + B",
        "correlations": {f"{names[i]}~~{names[j]}": printed(r[i, j], decimals) for i, j in pairs},
        "paths": {"Y~A": printed(paths[0], decimals), "Y~B": printed(paths[1], decimals)},
        # HTMT of standardised items is the correlation of their sums over the root of the alphas
        "htmt": {
            f"{names[i]},{names[j]}": printed(of_sums[i, j] / np.sqrt(alphas[i] * alphas[j]), decimals)
            for i, j in pairs
        },
    }
    assert worst(constructs, **rest) < Severity.IMPOSSIBLE


@pytest.mark.parametrize("k", [2, 3, 5, 8])
def test_the_bounds_of_the_sum_are_those_of_a_random_search(k: int) -> None:
    rng = np.random.default_rng(k)
    known = Ends(lowest=0.3, highest=0.95)
    # half of the draws near the extreme points, where all loadings but one are at a limit
    inner = rng.uniform(0.3, 0.95, (500, k))
    outer = np.where(rng.random((500, k)) < 0.5, 0.3, 0.95)
    outer[np.arange(500), rng.integers(k, size=500)] = rng.uniform(0.3, 0.95, 500)
    equal = np.repeat(rng.uniform(0.3, 0.95, (500, 1)), k, axis=1)
    loadings = np.concatenate([inner, outer, equal])
    q, s = (loadings**2).sum(axis=1), loadings.sum(axis=1)
    low = np.array([bounds.smallest_sum(k, x, known) for x in q])
    high = np.array([bounds.largest_sum(k, x, known) for x in q])
    assert (low <= s + 1e-9).all()
    assert (s <= high + 1e-9).all()
    # and both are reached: by the extreme points and by equal loadings
    assert np.abs(low - s)[500:1000].max() < 1e-9
    assert np.abs(high - s)[1000:].max() < 1e-9


def test_a_printed_lowest_and_highest_loading_bind_the_sum() -> None:
    rng = np.random.default_rng(1)
    loadings = np.sort(rng.uniform(0.5, 0.9, (2000, 4)), axis=1)
    loadings[:, 0], loadings[:, -1] = 0.5, 0.9
    known = Ends(0.5, 0.9, at_most=0.5, at_least=0.9)
    for row in loadings[:300]:
        assert row.sum() <= bounds.largest_sum(4, float(row @ row), known) + 1e-9
    equal = np.array([0.5, 0.7, 0.7, 0.9])  # the best: the others equal
    assert bounds.largest_sum(4, float(equal @ equal), known) == pytest.approx(equal.sum())
    assert np.isnan(bounds.largest_sum(4, 0.5, known))


SOUND = {"items": 5, "alpha": "0.837", "rho_c": "0.884", "ave": "0.604"}
IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    # the two ends of rho_c at AVE 0.604 and 5 items: sums sqrt(25 * 0.604) and 3 + sqrt(0.02)
    "rho_c above that of equal loadings": ({"rho_c": "0.889"}, "rho_c and AVE"),
    "rho_c under that of the most unequal loadings": ({"rho_c": "0.80", "ave": "0.70"}, "rho_c and AVE"),
    "alpha under that of the composite": ({"alpha": "0.815"}, "alpha, rho_c and AVE"),
    "AVE under the squared lowest loading": ({"lowest_loading": "0.80"}, "AVE and loadings"),
    "AVE above the squared highest loading": ({"highest_loading": "0.75"}, "AVE and loadings"),
    "AVE of other loadings": ({"loadings": ["0.7", "0.7", "0.7", "0.7", "0.7"]}, "AVE and loadings"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_numbers_beyond_the_bounds_are_impossible(case: str) -> None:
    assert worst({"F": SOUND}) == Severity.FINE
    changes, where = IMPOSSIBLE[case]
    wrong = [f for f in check(table({"F": SOUND | changes})) if f.severity == Severity.IMPOSSIBLE]
    assert [f.check for f in wrong] == [where]


@settings(max_examples=40, deadline=None)
@given(answers(), st.floats(0.002, 0.1))
def test_a_number_pushed_over_its_bound_is_impossible(drawn: Any, push: float) -> None:
    (data,), weights = drawn
    found, _ = of_block(data, weights)
    k = data.shape[1]
    q = k * found["ave"]
    assume(q < k - 0.2)
    most = k * q / (k * q + k - q)  # rho_c of equal loadings
    assume(most + push < 1)
    pushed = {"items": k, "ave": printed(found["ave"], 4), "rho_c": printed(most + push, 4)}
    assert worst({"F": pushed}) == Severity.IMPOSSIBLE
    low = k / (k - 1) * (1 - k / (found["rho_c"] / (1 - found["rho_c"]) * (k - q)))
    assume(low - push - 0.01 > 0)
    # 0.01 more than the rounding of rho_c at 6 decimals moves alpha by
    pushed = {"items": k, "ave": printed(found["ave"], 6), "rho_c": printed(found["rho_c"], 6),
              "alpha": printed(low - push - 0.01, 4)}  # fmt: skip
    assert worst({"F": pushed}) == Severity.IMPOSSIBLE


def test_a_printed_negative_loading_lifts_the_floor_of_rho_c() -> None:
    # loadings 0.9, 0.8, -0.3: AVE 1.54 / 3, rho_c 1.96 / (1.96 + 1.46)
    block = {"items": 3, "ave": "0.513", "rho_c": "0.573"}
    assert worst({"F": block}) == Severity.IMPOSSIBLE
    assert worst({"F": block | {"lowest_loading": "-0.300"}}) == Severity.FINE
    assert worst({"F": block | {"loadings": ["0.900", "0.800", "-0.300"]}}) == Severity.FINE


def test_alpha_that_needs_very_unequal_weights_is_strained() -> None:
    (finding,) = [f for f in check(table({"F": SOUND | {"alpha": "0.90"}})) if f.severity]
    assert finding.severity == Severity.STRAINED
    # S / sqrt(T): rho_c 0.8845 and AVE 0.6035 make S^2 = 15.18, alpha 0.895 makes T = 17.61
    assert "0.93 at most" in finding.reason


def test_alpha_of_a_factor_model_does_not_exceed_rho_c() -> None:
    block = {"items": 4, "alpha": "0.90", "rho_c": "0.82", "ave": "0.54"}
    assert worst({"F": block}, method="cb-sem") == Severity.STRAINED
    assert worst({"F": block | {"alpha": "0.82"}}, method="cb-sem") == Severity.FINE


STRUCTURE = {
    "model": "Y ~ A + B",
    "correlations": {"A~~B": "0.30", "A~~Y": "0.50", "B~~Y": "0.40"},
}
#: b = R^-1 r = (0.38, 0.25) / 0.91, R2 = 0.5 b1 + 0.4 b2 = 0.3187
R2, PATHS = "0.319", {"Y~A": "0.418", "Y~B": "0.275"}


@pytest.mark.parametrize(
    ("r2", "paths", "expected"),
    [
        (R2, PATHS, Severity.FINE),
        ("0.35", PATHS, Severity.IMPOSSIBLE),
        (R2, {"Y~A": "0.46", "Y~B": "0.275"}, Severity.IMPOSSIBLE),
    ],
)
@pytest.mark.parametrize("method", ["pls", "cb-sem"])
def test_paths_and_r2_follow_from_correlations(r2: str, paths: Any, expected: Severity, method: str) -> None:
    constructs = {"A": {"items": 3}, "B": {"items": 3}, "Y": {"items": 3, "r2": r2}}
    # a factor model's correlations may come from another model than its paths
    expected = Severity.STRAINED if method == "cb-sem" and expected else expected
    assert worst(constructs, method=method, paths=paths, **STRUCTURE) == expected


def test_r2_beyond_what_paths_alone_allow_is_impossible() -> None:
    constructs = {"A": {"items": 3}, "B": {"items": 3}, "Y": {"items": 3, "r2": "0.67"}}
    paths = {"Y~A": "0.50", "Y~B": "0.30"}
    assert worst(constructs, model="Y ~ A + B", paths=paths) == Severity.IMPOSSIBLE  # above (0.505 + 0.305)^2 = 0.656
    constructs["Y"]["r2"] = "0.63"
    assert worst(constructs, model="Y ~ A + B", paths=paths) == Severity.FINE
    number = read_printed("0.34"), [read_printed("0.50"), read_printed("0.30")]
    assert r2_of_paths(number[1], {}).upper == pytest.approx(0.505**2 + 0.305**2 + 2 * 0.505 * 0.305)
    exact = implied_correlation([Printed(0.5, 12), Printed(0.3, 12)], Printed(0.43, 12))
    assert exact.lower == pytest.approx((0.43 - 0.34) / 0.3)


def test_correlations_without_any_data_are_impossible() -> None:
    three = {name: {"items": 3} for name in "ABC"}
    r = {"A~~B": "0.90", "B~~C": "0.90", "A~~C": "0.50"}
    assert worst(three, correlations=r) == Severity.IMPOSSIBLE
    assert worst(three, correlations=r | {"A~~C": "0.62"}) == Severity.FINE
    # 0.62 itself has no positive definite matrix at 0.90, 0.90 exactly: 2 * 0.81 - 1 = 0.62 is the edge
    values = np.array([[1, 0.9, 0.61], [0.9, 1, 0.9], [0.61, 0.9, 1]])
    assert np.linalg.eigvalsh(values)[0] < 0
    halves = 0.005 * (1 - np.eye(3))
    assert definite_within_rounding(values, halves)
    assert not definite_within_rounding(values, halves / 10)


def test_a_correlation_beyond_the_reliabilities_is_strained() -> None:
    blocks = {"A": {"items": 4, "alpha": "0.60"}, "B": {"items": 4, "alpha": "0.70"}}
    assert worst(blocks, correlations={"A~~B": "0.60"}) == Severity.FINE
    assert worst(blocks, correlations={"A~~B": "0.70"}) == Severity.STRAINED


def test_htmt_far_from_the_correlation_and_the_alphas_is_told() -> None:
    block = {"items": 5, "alpha": "0.836", "rho_c": "0.884", "ave": "0.604"}
    blocks = {"A": block, "B": block}
    # 0.50 / 0.836 = 0.598
    assert worst(blocks, correlations={"A~~B": "0.500"}, htmt={"A,B": "0.598"}) == Severity.FINE
    assert worst(blocks, correlations={"A~~B": "0.500"}, htmt={"A,B": "0.66"}) == Severity.STRAINED
    assert worst(blocks, correlations={"A~~B": "0.500"}, htmt={"A,B": "0.90"}) == Severity.IMPOSSIBLE
    # HTMT has no sign; a program that prints one means its size.
    for sign in ("0.598", "-0.598"):
        assert worst(blocks, correlations={"A~~B": "-0.500"}, htmt={"A,B": sign}) == Severity.FINE
    assert worst(blocks, correlations={"A~~B": "-0.500"}, htmt={"A,B": "0.66"}) == Severity.STRAINED


def rounded(number: float, decimals: int) -> Printed:
    """Rounded half up, as most programs print."""
    exact = Decimal(number).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return Printed(float(exact), decimals)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 7), min_size=2, max_size=60), st.integers(1, 3))
def test_means_and_sds_of_real_answers_are_possible(data: list[int], decimals: int) -> None:
    mean, sd = rounded(float(np.mean(data)), decimals), rounded(float(np.std(data, ddof=1)), decimals)
    assert granularity.sums_of(mean, len(data))
    assert granularity.deviation_is_possible(mean, sd, len(data))
    assert Interval.of(sd).meets(granularity.deviation_range(mean, 1, 7, len(data)))


@pytest.mark.parametrize("n", [2, 3, 6])
def test_grim_and_grimmer_against_every_data_set(n: int) -> None:
    sets = [np.array(s) for s in itertools.combinations_with_replacement(range(1, 6), n)]
    # a mean of 1.125 may be printed as 1.12 or 1.13
    means = {str(Printed(round(x, 2), 2)) for s in sets for x in (s.mean() - 1e-9, s.mean() + 1e-9)}
    both = {(str(rounded(float(s.mean()), 2)), str(rounded(float(s.std(ddof=1)), 2))) for s in sets}
    for hundredths in range(100, 501):
        mean = Printed(hundredths / 100, 2)
        assert bool(granularity.sums_of(mean, n)) == (str(mean) in means)
    # necessary, and nearly sufficient: SDs that no data have are caught but for sums of squares no answers make
    tried = [(Printed(float(m), 2), Printed(x / 100, 2)) for m in sorted(means) for x in range(0, 240, 7)]
    passed = {(str(m), str(sd)) for m, sd in tried if granularity.deviation_is_possible(m, sd, n)}
    real = {pair for pair in both if any(pair == (str(m), str(sd)) for m, sd in tried)}
    assert real <= passed
    assert len(passed) < 0.75 * len(tried)


def test_an_sd_that_only_the_divisor_n_allows_is_strained() -> None:
    # sum 317 of 51: squares 2006.07 to 2006.92 by n - 1, none whole; 2006.79 to 2007.65 by n, and 2007 is odd as 317 is
    kwargs = {"scale_points": 7, "n": 51}
    found = {f.check: f for f in check(table({"F": {"items": 1, "mean": "6.22", "sd": "0.85"}}, **kwargs))}
    assert found["GRIMMER"].severity == Severity.STRAINED
    assert "divisor 50" in found["GRIMMER"].reason
    for sd, severity in (("0.86", Severity.FINE), ("0.84", Severity.IMPOSSIBLE)):
        (grimmer,) = (
            f for f in check(table({"F": {"items": 1, "mean": "6.22", "sd": sd}}, **kwargs)) if f.check == "GRIMMER"
        )
        assert grimmer.severity == severity


def test_impossible_means_and_sds_of_items_are_told() -> None:
    block = {"items": 3, "item_means": ["3.47", "4.21", "3.50"], "item_sds": ["0.90", "2.40", "1.11"], "alpha": "0.7"}
    found = {(f.about, f.check) for f in check(table({"F": block}, n=28, scale_points=5)) if f.severity}
    # 97 / 28 = 3.464 and 98 / 28 = 3.5; the largest SD beside 4.21 is sqrt(3.21 * 0.79 * 28 / 27) = 1.62
    assert found == {("F1", "GRIM"), ("F2", "SD beside the mean")}
    beyond = check(table({"F": {"items": 2, "mean": "5.20"}}, scale_points=5))
    assert [f.check for f in beyond] == ["mean within the scale"]
