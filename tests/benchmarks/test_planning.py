"""The search for enough respondents: known answers, ends without one, and the same for any number of workers."""

from bisect import bisect_left
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from benchmarks.planning.asked import questions_of
from benchmarks.planning.curve import Count, fitted
from benchmarks.planning.plan import plan
from benchmarks.planning.search import Ending, Limits, Search
from benchmarks.planning.setting import Setting, setting_of
from sim.batch import NOWHERE
from sim.errors import InputError

HEAD = 'title = "t"\nsource = "s"\n'
#: Single items measured without error: a path is the coefficient of an ordinary regression.
REGRESSION = (
    HEAD + 'model = """\nX =~ x\nZ =~ z\nY =~ y\nY ~ X + Z\n"""\n[values]\n"X=~x" = 1\n"Z=~z" = 1\n"Y=~y" = 1\n'
)
CASES = {
    "regression": REGRESSION + '"X~~Z" = 0.4\n"Y~X" = 0.25\n"Y~Z" = 0.3\n',
    "correlation": HEAD + 'model = """\nX =~ x\nY =~ y\nY ~ X\n"""\n[values]\n"X=~x" = 1\n"Y=~y" = 1\n"Y~X" = 0.3\n',
    "two groups": HEAD
    + 'model = """\nX =~ x\nY =~ y\nY ~ X\n"""\n[values]\n"X=~x" = 1\n"Y=~y" = 1\n"Y~X" = 0.35\n'
    + "[scale.items]\nx = { shares = [0.5, 0.5] }\ny = { slider = 100, mean = 50, sd = 15 }\n",
}


def setting(folder: Path, text: str, methods: str = "sumscores", seed: int = 1) -> Setting:
    path = folder / "population.toml"
    path.write_text(text)
    return setting_of(str(path), (), methods, seed)


def power(case: str, n: int) -> float:
    """The power of the test of Y~X at n, two-sided at 5 %, integrated over what is random in the predictors."""
    if case == "two groups":
        # a cut at the median of a normal: means differ by 2 b phi(0) / 0.5, and half the residual is what the cut hides
        b = 0.35
        shift = 2 * b * stats.norm.pdf(0) / 0.5
        spread = np.sqrt(1 - (b * stats.norm.pdf(0) / 0.5) ** 2)
        first = np.arange(2, n - 1)
        weights = stats.binom.pmf(first, n, 0.5)
        ncp = shift / spread * np.sqrt(first * (n - first) / n)
        return float(weights @ stats.ncf.sf(stats.f.isf(0.05, 1, n - 2), 1, n - 2, ncp**2) / weights.sum())
    predictors, f2 = 1, 0.3**2 / (1 - 0.3**2)
    if case == "regression":
        predictors, residual = 2, 1 - (0.25**2 + 0.3**2 + 2 * 0.25 * 0.3 * 0.4)
        f2 = 0.25**2 * (1 - 0.4**2) / residual
    # the sum of squares of X given the other predictor is chi-square; the test is noncentral F given it
    grid = stats.chi2.ppf((np.arange(2000) + 0.5) / 2000, n - predictors)
    critical = stats.f.isf(0.05, 1, n - predictors - 1)
    return float(stats.ncf.sf(critical, 1, n - predictors - 1, f2 * grid).mean())


def known(case: str) -> int:
    return bisect_left(range(400), 0.8, lo=10, key=lambda n: power(case, n))


@pytest.mark.parametrize("case", CASES)
def test_an_answer_that_is_known_lies_in_its_band(case: str, tmp_path: Path) -> None:
    world = setting(tmp_path, CASES[case])
    found = plan(world, questions_of(world, "Y~X", power=0.8), Limits(within=5))
    (line,) = found.lines
    assert line.search is not None
    low, high = line.search.band
    assert (high - low) / 2 <= 5
    assert np.ceil(low) <= known(case) <= np.ceil(high)


@pytest.mark.acceptance
@pytest.mark.parametrize("case", CASES)
def test_the_band_holds_what_is_known_in_93_of_100_seeds(case: str, tmp_path: Path) -> None:
    right, held = known(case), 0
    for seed in range(1, 101):
        world = setting(tmp_path, CASES[case], seed=seed)
        (line,) = plan(world, questions_of(world, "Y~X", power=0.8), Limits(within=5)).lines
        assert line.search is not None
        low, high = line.search.band
        held += bool(np.ceil(low) <= right <= np.ceil(high))
    assert held >= 93


def test_the_same_seed_gives_the_same_answer_for_any_workers(tmp_path: Path) -> None:
    world = setting(tmp_path, CASES["regression"], "sumscores, sumscores[resamples=40]")
    asked = questions_of(world, "Y~X", power=0.8)
    one, three = (plan(world, asked, Limits(within=60), workers) for workers in (1, 3))
    assert one == three
    other = plan(setting(tmp_path, CASES["regression"], "sumscores", 2), asked, Limits(within=60))
    assert other.lines[0].search.around != one.lines[0].search.around  # type: ignore[union-attr]


def test_joint_power_takes_more_than_the_power_of_either_path(tmp_path: Path) -> None:
    world = setting(tmp_path, CASES["regression"])
    first, second, both = plan(world, questions_of(world, power=0.8, joint=True), Limits(within=15)).lines
    assert both.question.subject == "all paths"
    assert (both.n or 0) > max(first.n or 1000, second.n or 1000)


# --- no answer ---


def test_a_path_of_zero_has_no_answer_and_nothing_is_drawn(tmp_path: Path) -> None:
    world = setting(tmp_path, CASES["regression"].replace('"Y~X" = 0.25', '"Y~X" = 0.0'))
    line, other = plan(world, questions_of(world, power=0.8), Limits(within=15)).lines
    assert line.search is None
    assert "Y~X is 0" in line.never
    assert other.n is not None


def test_a_power_that_is_never_reached_is_said_so(tmp_path: Path) -> None:
    world = setting(tmp_path, CASES["regression"].replace('"Y~X" = 0.25', '"Y~X" = 0.01'))
    (line,) = plan(world, questions_of(world, "Y~X", power=0.8), Limits(within=5, largest=2000)).lines
    assert line.search is not None
    assert line.search.ending == Ending.NEVER
    assert line.n is None
    assert line.search.data_sets < 1000


def test_a_rate_that_stays_at_the_target_ends_unclear() -> None:
    search = Search(0.5, Limits(largest=100), NOWHERE)
    while visits := search.wants():
        search.hears([Count(visit.n, visit.size // 2, visit.size) for visit in visits])
    assert search.ending == Ending.UNCLEAR


def test_a_curve_that_does_not_rise_ends_at_the_most_data_sets() -> None:
    search = Search(0.5, Limits(largest=1000, most_data_sets=30_000), NOWHERE)
    while visits := search.wants():
        near = search._near is not None
        share = 0.5 if near else 0.3 if visits[0].n < 100 else 0.8
        search.hears([Count(visit.n, int(share * visit.size), visit.size) for visit in visits])
    assert search.ending == Ending.WIDE
    assert search.data_sets < 60_000


def test_the_fewest_that_are_tried_may_be_enough(tmp_path: Path) -> None:
    strong = CASES["correlation"].replace('"Y~X" = 0.3', '"Y~X" = 0.9')
    world = setting(tmp_path, strong)
    (line,) = plan(world, questions_of(world, power=0.8), Limits(smallest=30)).lines
    assert line.search is not None
    assert line.search.ending == Ending.SMALLEST


# --- the curve ---


def test_the_curve_is_that_of_statsmodels() -> None:
    import statsmodels.api as sm

    counts = [Count(50, 30, 64), Count(80, 45, 64), Count(80, 40, 64), Count(110, 55, 64), Count(140, 60, 64)]
    curve = fitted(counts)
    assert curve is not None
    roots = np.sqrt([count.n for count in counts]) - curve.centre
    rates = np.array([[count.happened, count.total - count.happened] for count in counts])
    family = sm.families.Binomial(link=sm.families.links.Probit())
    peer = sm.GLM(rates, sm.add_constant(roots), family=family).fit(tol=1e-12)
    assert np.allclose([curve.level, curve.slope], peer.params, rtol=1e-8)
    own = [[curve.of_level, curve.of_both], [curve.of_both, curve.of_slope]]
    assert np.allclose(own, peer.cov_params(), rtol=1e-5)


def test_the_band_is_where_the_interval_of_the_rate_holds_the_target() -> None:
    curve = fitted([Count(n, happened, 200) for n, happened in ((60, 110), (80, 140), (100, 160), (120, 175))])
    assert curve is not None
    low, high = curve.band(0.8)
    assert low < curve.crossing(0.8) < high
    assert curve.share_band(low)[1] == pytest.approx(0.8)
    assert curve.share_band(high)[0] == pytest.approx(0.8)


def test_counts_that_determine_no_curve_give_none() -> None:
    assert fitted([Count(50, 20, 64)]) is None
    assert fitted([Count(50, 0, 64), Count(80, 0, 64)]) is None


# --- wrong input ---


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"power": 1.5}, "--power is 1.5; give a probability"),
        ({"power": 0.03}, "no more than the level of the tests"),
        ({"coverage": 0.95}, "only in endless samples"),
        ({"width": -1.0}, "--width is -1"),
        ({"path": "Y~Q"}, "'Q'"),
    ],
)
def test_wrong_questions_are_refused(asked: dict[str, object], told: str, tmp_path: Path) -> None:
    world = setting(tmp_path, CASES["regression"])
    with pytest.raises(InputError, match=told.replace("(", r"\(")):
        questions_of(world, **asked)  # type: ignore[arg-type]


def test_the_type_i_error_of_the_test_stands_beside_its_power(tmp_path: Path) -> None:
    world = setting(tmp_path, CASES["regression"])
    (line,) = plan(world, questions_of(world, "Y~X", power=0.8), Limits(within=30)).lines
    assert line.type_1 is not None
    assert line.type_1.n == line.n
    low, high = line.type_1.interval(3.3)
    assert low < 0.05 < high  # a regression coefficient's test keeps its level


def test_wrong_limits_are_refused(tmp_path: Path) -> None:
    world = setting(tmp_path, CASES["regression"])
    asked = questions_of(world, power=0.8)
    with pytest.raises(InputError, match="leave nothing to search"):
        plan(world, asked, Limits(smallest=100, largest=50))
    with pytest.raises(InputError, match="of memory on 1 worker"):
        plan(world, asked, Limits(largest=10**9))
    with pytest.raises(InputError, match="--within is 0"):
        plan(world, asked, Limits(within=0))


@pytest.mark.parametrize(
    ("given", "told"), [("crm-cluster", "did you mean 'crm-clusters'"), ("saturation", "one of interviews")]
)
def test_what_cannot_be_planned_for_is_named(given: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        setting_of(given)
