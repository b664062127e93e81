"""Performance measures against rsimsum and against their own spread."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.measures.basis import formulas as measures
from tests.cases import REFERENCE, reference

TRUTH = {"A": 0.587, "O": 0.2}
RSIMSUM = reference("rsimsum")
INPUT = pd.read_csv(REFERENCE / "data" / "rsimsum_input_200.csv")
CASES = [(path, method) for path in TRUTH for method in ("ML", "lm")]


def published(path, method, stat):
    row = next(row for row in RSIMSUM["with_se"][path] if row["method"] == method and row["stat"] == stat)
    return row["est"], row["mcse"]


@pytest.mark.parametrize(("path", "method"), CASES)
def test_agrees_with_rsimsum_on_every_measure_and_its_error(path, method):
    own = INPUT[(INPUT["param"] == path) & (INPUT["method"] == method)]
    estimate, se, truth = own["est"].to_numpy(), own["se"].to_numpy(), TRUTH[path]
    half = 1.959963984540054 * se
    mse = measures.mean((estimate - truth) ** 2)
    relative = measures.relative_error_model_se(estimate, se)
    found = {
        "bias": measures.bias(estimate, truth),
        "rbias": measures.relative_bias(estimate, truth),
        "mse": mse,
        "modelse": measures.mean_model_se(se),
        "cover": measures.rate((estimate - half <= truth) & (truth <= estimate + half)),
        "power": measures.rate(np.abs(estimate) > half),
    }
    for stat, measured in found.items():
        np.testing.assert_allclose(measured[:2], published(path, method, stat), rtol=1e-9, err_msg=stat)
        assert measured.n_used == 200
    # rsimsum takes the estimates as normal where we take their fourth moment: the values agree, the errors nearly.
    for measured, stat, unit in ((measures.empirical_se(estimate), "empse", 1), (relative, "relerror", 100)):
        value, mcse = published(path, method, stat)
        np.testing.assert_allclose(measured.value, value / unit, rtol=1e-9)
        assert abs(measured.mcse / (mcse / unit) - 1) < 0.25
    root = measures.rmse(estimate, truth)
    np.testing.assert_allclose(root[:2], (np.sqrt(mse.value), mse.mcse / (2 * np.sqrt(mse.value))), rtol=1e-12)


def test_the_error_of_the_empirical_se_is_right_for_normal_and_for_long_tailed_estimates():
    rng = np.random.default_rng(4)
    for draws in (rng.standard_normal((4000, 400)), rng.standard_t(9, (4000, 400))):
        found = [measures.empirical_se(row) for row in draws]
        spread = np.std([measured.value for measured in found], ddof=1)
        claimed = np.sqrt(np.mean([measured.mcse**2 for measured in found]))
        # The spread of 4,000 values is known to 1.1 % (more with long tails): 6 % is over three of its errors.
        assert abs(claimed / spread - 1) < 0.06
    normal = measures.empirical_se(rng.standard_normal(1_000_000))
    # For normal estimates it is s / sqrt(2 n); a kurtosis known to sqrt(24 / n) = 0.005 moves it by 0.1 %.
    assert abs(normal.mcse / (normal.value / np.sqrt(2e6)) - 1) < 0.01


def test_a_negative_truth_gives_a_positive_error():
    estimate = np.random.default_rng(1).normal(-0.4, 0.1, 500)
    measured = measures.relative_bias(estimate, -0.5)
    assert measured.mcse > 0
    assert measured.value < 0  # too small in size: -0.4 instead of -0.5


def test_too_few_replications_give_no_number_and_the_count():
    for measured in (measures.bias(np.array([0.3]), 0.2), measures.empirical_se(np.empty(0))):
        assert np.isnan(measured.value)
    assert measures.rate(np.empty(0, dtype=bool)).n_used == 0
    assert np.isnan(measures.relative_bias(np.ones(9), 0.0).value)
