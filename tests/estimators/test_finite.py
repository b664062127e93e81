"""The finite-population correction: standard errors, intervals and p-values of every kind, and whether it holds."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm, t

from benchmarks.own.fitting import fit_survey
from estimators.base import Status
from estimators.methods import build
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw_block, finite_truth
from sim.errors import InputError
from sim.model import Model
from sim.population.record import Population
from sim.streams import Address
from sim.structures.sampling import Sampling
from tests.cases import CRM, survey

HERE = Address(1977, "c0" * 32)
POPULATION = catalogue.population("three-factors")
TARGETS = [POPULATION.model.target(name) for name in ("eta2~eta1", "eta3~eta2", "r2(eta3)", "chisq", "cfi")]
#: sqrt(1 - 60 / 80)
HALF = 0.5


def batch() -> Batch:
    """Sixty respondents, twice, and once with an item that all answer alike."""
    answers = draw_block(POPULATION, 60, HERE, 0, 3).raw.copy()
    answers[2, :, 0] = 1.0
    return Batch.of(answers, address=HERE)


def fitted(settings: dict[str, object], **more: object):  # type: ignore[no-untyped-def]
    """Estimates without the correction and with that for 80 firms."""
    given = {"estimator": "ml", **settings, **more}
    return [
        build("m", one, 0.9).estimator.fit(batch(), POPULATION.model, TARGETS) for one in (given, given | {"fpc": 80})
    ]


#: Settings, and the reference distribution of the p-values: normal, or t with so many degrees of freedom by path.
KINDS: dict[str, tuple[dict[str, object], object]] = {
    "ml": ({}, norm),
    "unstandardised test": ({"test": "unstandardised"}, norm),
    "sums": ({"estimator": "sumscores"}, [t(60 - 2), t(60 - 3)]),
    "hc3": ({"estimator": "sumscores", "errors": "hc3"}, [t(60 - 2), t(60 - 3)]),
    "percentile": ({"estimator": "pls", "resamples": 40}, t(39)),
    "bootstrap t": ({"estimator": "pls", "resamples": 40, "interval": "t"}, t(39)),
    "jackknife": ({"estimator": "pls", "inference": "jackknife"}, t(59)),
    "sam": ({"estimator": "sam"}, norm),
}


@pytest.mark.parametrize("kind", KINDS)
def test_errors_intervals_and_statistics_shrink_by_the_root_of_the_share_not_asked(kind: str) -> None:
    settings, reference = KINDS[kind]
    plain, corrected = fitted(settings)
    assert np.isfinite(plain.se[:2, :2]).all()
    assert_array_equal(corrected.value, plain.value)
    assert_array_equal(corrected.status, plain.status)
    assert_array_equal(corrected.se[:, :3], HALF * plain.se[:, :3])
    for end in ("lower", "upper"):
        moved = plain.value + HALF * (getattr(plain, end) - plain.value)
        assert_allclose(getattr(corrected, end)[:, :3], moved[:, :3], rtol=0, atol=1e-14)
    for path in (0, 1):
        law = reference[path] if isinstance(reference, list) else reference
        statistic = law.isf(plain.p_value[:2, path] / 2)  # type: ignore[attr-defined]
        # Degrees of freedom found from an interval are those of the method to about 1e-12.
        assert_allclose(corrected.p_value[:2, path], 2 * law.sf(statistic / HALF), rtol=1e-8)  # type: ignore[attr-defined]
    if kind != "unstandardised test":
        t_ratio = np.abs(plain.value / plain.se)[:2, 0]
        law = reference[0] if isinstance(reference, list) else reference
        assert_allclose(corrected.p_value[:2, 0], 2 * law.sf(t_ratio / HALF), rtol=1e-8)  # type: ignore[attr-defined]


def test_fit_of_the_whole_model_and_failures_stay_as_they_are() -> None:
    plain, corrected = fitted({})
    for part in ("value", "se", "lower", "upper", "p_value"):
        assert_array_equal(getattr(corrected, part)[:, 3:], getattr(plain, part)[:, 3:])
    assert np.isfinite(plain.p_value[0, 3])
    assert corrected.status[2] == Status.CONSTANT_ITEM
    assert np.isnan(corrected.value[2]).all()


def test_a_census_leaves_no_error() -> None:
    census = build("ml", {"fpc": 60}, 0.95).estimator.fit(batch(), POPULATION.model, TARGETS)
    assert_array_equal(census.se[0, :2], 0.0)
    assert_array_equal(census.lower[0, :2], census.value[0, :2])
    assert_array_equal(census.p_value[0, :2], 0.0)


def test_a_population_s_moments_are_no_sample() -> None:
    moments = Batch.of_moments(POPULATION.moments)
    plain, corrected = (
        build("ml", one, 0.95).estimator.fit(moments, POPULATION.model, TARGETS) for one in ({}, {"fpc": 80})
    )
    assert_array_equal(corrected.value, plain.value)
    assert_array_equal(corrected.se, plain.se)


def test_the_correction_stands_inside_screening_and_the_bollen_stine_test() -> None:
    answers = draw_block(catalogue.population("crm-clusters"), 72, HERE, 0, 2)
    model = catalogue.population("crm-clusters").model
    targets = [model.target(name) for name in ("PERF~ACRM", "chisq")]
    settings = {"estimator": "ml", "screening": {"threshold": 0.6}, "bollen_stine": 30}
    plain, corrected = (
        build("m", one, 0.95).estimator.fit(answers, model, targets) for one in (settings, settings | {"fpc": 96})
    )
    assert_array_equal(corrected.se[:, 0], 0.5 * plain.se[:, 0])
    assert_array_equal(corrected.p_value[:, 1], plain.p_value[:, 1])
    assert_array_equal(corrected.retained, plain.retained)
    assert not plain.retained.all()


@pytest.mark.parametrize("firms", [1, 0, -88, 88.5, True, "88"])
def test_a_population_size_is_a_whole_number_of_firms(firms: object) -> None:
    with pytest.raises(InputError, match=r"fpc is .*; give the number of firms in the population, .* at least 2"):
        build("ml", {"fpc": firms}, 0.95)


def test_the_label_tells_the_correction() -> None:
    assert build("pls", {"resamples": 100, "fpc": 88}, 0.95).label == "PLS, fpc 88"


def test_own_surveys_are_corrected_too() -> None:
    data = survey("crm_000")
    n = len(data)
    fits = fit_survey(data, CRM, f"ml, ml[fpc={4 * n}]")
    assert fits.methods == ("ML SEM", f"ML SEM, fpc {4 * n}")
    path = next(row.target.name for row in fits.rows if row.target.kind == "path")
    plain, corrected = (fits.by_name[method, path] for method in fits.methods)
    assert corrected.se == pytest.approx(np.sqrt(0.75) * plain.se, rel=1e-14)
    with pytest.raises(InputError, match=rf"ML SEM, fpc 20: fpc = 20 firms cannot have n = {n} respondents"):
        fit_survey(data, CRM, "ml[fpc=20]")


#: One predictor and its outcome, each measured without error by its only item: a census leaves no error.
EXACT = replace(
    Population.of(Model.parse("X =~ x\nY =~ y\nY ~ X"), {"X=~x": 1.0, "Y=~y": 1.0, "Y~X": 0.3}),
    sampling=Sampling(population_size=800),
)


@pytest.mark.acceptance
def test_intervals_cover_the_truth_they_are_meant_for() -> None:
    """n = 400 of N = 800, one path of 0.3 between constructs that are measured without error, 24 blocks.

    An estimate less the value of the firms, and that value less the truth, are uncorrelated, with variances
    (1 / n - 1 / N) v and v / N (Cochran 1977, sec. 2.6, of residuals). With factor f = sqrt(1 - n / N), the interval of
    level 1 - a covers: the truth with 1 - a; the truth if corrected with P(|Z| < f z); the firms' value with
    P(|Z| < z / f); that value if corrected with 1 - a. ML of these data is least squares with the delta method's
    standard error of a standardised coefficient, exact to order 1 / n, for which 0.004 is allowed.
    """
    estimates = {name: [] for name in ("ml", "fpc")}
    firms, target = [], EXACT.model.target("Y~X")
    methods = {"ml": build("ml", {}, 0.95), "fpc": build("ml", {"fpc": 800}, 0.95)}
    for block in range(24):
        data = draw_block(EXACT, 400, HERE, block)
        firms.append(finite_truth(EXACT, [target], HERE, block)[:, 0])
        for name, method in methods.items():
            estimates[name].append(method.estimator.fit(data, EXACT.model, [target]))
    among_firms = np.concatenate(firms)
    f, z = np.sqrt(0.5), norm.ppf(0.975)
    expected = {("ml", "truth"): 0.95, ("fpc", "truth"): 2 * norm.cdf(f * z) - 1}
    expected |= {("ml", "firms"): 2 * norm.cdf(z / f) - 1, ("fpc", "firms"): 0.95}
    for (name, about), coverage in expected.items():
        lower, upper = (np.concatenate([getattr(e, end)[:, 0] for e in estimates[name]]) for end in ("lower", "upper"))
        value = 0.3 if about == "truth" else among_firms
        found = ((lower <= value) & (value <= upper)).mean()
        allowed = 4 * np.sqrt(coverage * (1 - coverage) / len(lower)) + 0.004
        assert abs(found - coverage) < allowed, (name, about, found, coverage)


@pytest.mark.acceptance
def test_with_measurement_error_corrected_intervals_are_about_the_census_and_not_about_the_scores() -> None:
    """Items with errors, n = 400 of N = 800: an estimate less that of all firms' answers has (1 / n - 1 / N) v.

    The value among the firms' scores is not what all their answers would give, and is covered less often. 1024
    replications; 0.004 is allowed for the order 1 / n, as above.
    """
    population = replace(POPULATION, sampling=Sampling(population_size=800))
    target, method = TARGETS[1], build("ml", {"fpc": 800}, 0.95).estimator
    covers: dict[str, list[np.ndarray]] = {"census": [], "scores": []}
    for block in range(4):
        sample, census = (
            method.fit(draw_block(population, n, HERE, block), POPULATION.model, [target]) for n in (400, 800)
        )
        scores = finite_truth(population, [target], HERE, block)
        for name, value in (("census", census.value), ("scores", scores)):
            covers[name].append((sample.lower <= value) & (value <= sample.upper))
    rates = {name: np.concatenate(found).mean() for name, found in covers.items()}
    error = np.sqrt(0.95 * 0.05 / 1024)
    assert abs(rates["census"] - 0.95) < 4 * error + 0.004
    assert rates["scores"] < 0.95 - 4 * error
