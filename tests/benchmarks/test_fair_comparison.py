"""Methods on the same data sets: paired measures, jackknife errors, size-adjusted power and nested designs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy.stats import norm

import reports
from benchmarks.evaluation.compared import pairs
from benchmarks.evaluation.evaluate import measured
from benchmarks.evaluation.sampled import Estimates, estimated
from benchmarks.evaluation.wanted import Wanted
from benchmarks.measures.basis import formulas, jackknife, nested, paired, robust
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.compared.adjusted import by_error, size_adjusted, size_adjusted_jackknife
from benchmarks.run import runner
from benchmarks.run.runner import block_table
from benchmarks.stored import store
from benchmarks.study.study import load, with_replications
from sim.batch import Floats
from sim.errors import InputError
from tests.cases import REFERENCE
from tests.full import FULL

SMALL = REFERENCE.parent / "small.toml"
STUDY = """
name = "fair"
[aims]
title = "Fair"
question = "Which is nearer?"
[data]
population = "crm-clusters"
n = [40]
replications = 240
seed = 5
[data.factors]
ocrm_effect = ["small", "zero"]
[estimands]
targets = ["PERF~ACRM", "PERF~OCRM", "r2(PERF)"]
[methods.pls]
resamples = 20
[methods.sumscores]
[methods.ml]
[performance]
reference = "ml"
measures = ["size_adjusted_power", "bias_eliminated_coverage", "median_bias"]
"""


def spread_and_claim(found: list[Measured]) -> float:
    """How far the claimed error, root mean square, is from the spread of the values, as a share of it."""
    claimed = np.sqrt(np.mean([each.mcse**2 for each in found]))
    return float(claimed / np.std([each.value for each in found], ddof=1) - 1)


# --- the jackknife ---


@pytest.mark.parametrize("replications", [7, 50, 137])
def test_jackknife_errors_are_those_of_the_measures_without_each_group(replications: int) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.gamma(3.0, size=(2, replications)) + np.array([[100.0], [0.0]])
    group = jackknife.groups_of(replications)
    smooth: list[tuple[float, Callable[[Floats, Floats], float]]] = [
        (formulas.empirical_se_jackknife(x), lambda a, b: a.std(ddof=1)),
        (formulas.root_mean_square_jackknife(y), lambda a, b: np.sqrt(np.mean(b**2))),
        (
            formulas.relative_error_jackknife(x, y),
            lambda a, b: formulas.mean_model_se(b).value / formulas.empirical_se(a).value - 1,
        ),
        (paired.ratio_of_means_jackknife(x, y), lambda a, b: a.mean() / b.mean()),
        (paired.efficiency_jackknife(x, y), lambda a, b: b.var() / a.var()),
    ]
    for found, plain in smooth:
        values = np.array([plain(x[group != k], y[group != k]) for k in np.unique(group)])
        g = len(values)
        assert found == pytest.approx(np.sqrt((g - 1) / g * np.sum((values - values.mean()) ** 2)), rel=1e-8)


def test_the_jackknife_error_of_a_mean_is_the_plain_one() -> None:
    values = np.random.default_rng(2).standard_normal(40)  # fewer than groups: one is left out at a time
    assert jackknife.of_means(values[None], lambda means, _: means[0]) == pytest.approx(
        formulas.mean(values).mcse, rel=1e-12
    )


@pytest.mark.parametrize("statistic", ["quantile", "trimmed"])
def test_halves_are_those_of_the_same_statistic_and_balanced(statistic: str) -> None:
    values = np.random.default_rng(3).standard_normal(130)
    kept_by: list[np.ndarray] = []

    def plain(kept: np.ndarray) -> float:
        kept_by.append(kept)
        part = values[kept]
        return float(np.quantile(part, 0.9)) if statistic == "quantile" else robust.trimmed_mean(part, 0.1).value

    expected = jackknife.of_halves(130, plain)
    found = {
        "quantile": robust.quantile_jackknife(values, 0.9),
        "trimmed": robust.trimmed_mean_jackknife(values, 0.1),
    }
    assert found[statistic] == pytest.approx(expected, rel=1e-12)
    assert np.array(kept_by).mean(axis=0) == pytest.approx(0.5)  # everyone is kept in half of the ways
    assert np.isnan(robust.quantile_jackknife(values[:61], 0.9))


@pytest.mark.parametrize("replications", [100, 400])
def test_errors_by_halves_are_the_spread_of_quantiles(replications: int) -> None:
    samples = np.random.default_rng(4).standard_normal((1000, replications))
    claimed = [robust.quantile_jackknife(each, 0.9) for each in samples[:250]]
    spread = np.quantile(samples, 0.9, axis=1).std(ddof=1)
    # The spread of 1,000 values is known to 2.2 %; 250 claims, each known to 14 %, to 1 %; their bias is up to 7 %.
    assert abs(np.sqrt(np.mean(np.square(claimed))) / spread - 1) < 0.15


# --- pairs, on arrays ---


def test_errors_of_pairs_are_the_spread_over_studies_and_those_of_independent_runs_are_not() -> None:
    rng = np.random.default_rng(3)
    common = rng.standard_normal((1500, 120))
    own, other = common + 0.5 * rng.standard_normal((2, 1500, 120)) + 2
    for function in (paired.difference, paired.ratio_of_means, paired.efficiency):
        found = [function(a, b) for a, b in zip(own, other, strict=True)]
        # 1/sqrt(2 * 1499) = 1.8 %: 8 % is four of these; the delta method's own fault at 120 replications is 1 to 2 %.
        assert abs(spread_and_claim(found)) < 0.08, function
    apart = [
        Measured(float(a.mean() - b.mean()), float(np.hypot(formulas.mean(a).mcse, formulas.mean(b).mcse)), 120)
        for a, b in zip(own, other, strict=True)
    ]
    assert spread_and_claim(apart) > 1  # planted: the pairing left out, sqrt(2.5 / 0.5) = 2.2 times too large


@pytest.mark.parametrize("plus", [0, 1, 7, 30])
@pytest.mark.parametrize("minus", [0, 4, 30])
def test_the_interval_of_a_difference_of_rates_is_the_formula_of_its_counts(plus: int, minus: int) -> None:
    used = 60
    own = np.array([1.0] * plus + [0.0] * minus + [1.0] * (used - plus - minus))
    other = np.array([0.0] * plus + [1.0] * minus + [1.0] * (used - plus - minus))
    value, mcse, _ = paired.difference(own, other)
    lower, upper = paired.difference_interval(np.array([value]), np.array([mcse]), np.array([used]))
    p, q = (plus + 1) / (used + 2), (minus + 1) / (used + 2)
    half = norm.ppf(0.975) * np.sqrt((p + q - (p - q) ** 2) / (used + 2))
    assert lower[0] == pytest.approx(max(p - q - half, -1), abs=1e-12)
    assert upper[0] == pytest.approx(min(p - q + half, 1), abs=1e-12)
    assert lower[0] < value < upper[0] or plus + minus == 0


def test_the_interval_of_a_difference_of_rates_covers_where_the_two_hardly_differ() -> None:
    rng = np.random.default_rng(4)
    differing = rng.multinomial(100, [0.0, 0.01, 0.99], size=20_000)
    own, other = (differing[:, k] for k in (0, 1))
    value = (own - other) / 100
    mcse = np.sqrt(((own + other) / 100 - value**2) / 99)
    lower, upper = paired.difference_interval(value, mcse, np.full(len(value), 100))
    assert ((lower <= -0.01) & (upper >= -0.01)).mean() > 0.94
    plain = abs(value + 0.01) <= 1.96 * mcse
    assert plain.mean() < 0.7  # without a length where the two never differ, which is so in 0.99^100 = 0.37 of studies


# --- tests of the same size ---


def test_size_adjusted_power_is_that_of_the_right_critical_value() -> None:
    rng = np.random.default_rng(6)

    def p_values(shift: float, size: int) -> Floats:
        """Two-sided p-values of a test that takes a standard error for 1 that is 1.3."""
        return np.asarray(2 * norm.sf(abs(1.3 * rng.standard_normal(size) + shift)))

    drawn = [(p_values(2.0, 500), p_values(0.0, 400)) for _ in range(1500)]
    found = [size_adjusted(*each, 0.05) for each in drawn]
    critical = 1.3 * norm.ppf(0.975)
    exact = norm.sf((critical - 2) / 1.3) + norm.cdf((-critical - 2) / 1.3)
    mean = np.mean([each.value for each in found])
    # The quantile of 400 p-values is off by less than 1/400, which moves the power by less than 0.01.
    assert mean == pytest.approx(exact, abs=0.01)
    assert np.mean(p_values(2.0, 100_000) < 0.05) > exact + 0.1  # what the test's own level would make of it
    assert abs(spread_and_claim(found)) < 0.08  # 1.8 % is the standard error of the spread
    halves = [
        Measured(each.value, size_adjusted_jackknife(*both, 0.05), 500)
        for each, both in zip(found[:300], drawn, strict=False)
    ]
    claimed = np.sqrt(np.mean([each.mcse**2 for each in halves])) / np.std([each.value for each in found], ddof=1)
    assert abs(claimed - 1) < 0.12  # 300 errors, of which the critical value's part is known to 13 % each
    naive = [Measured(each.value, np.sqrt(each.value * (1 - each.value) / 500), 500) for each in found]
    assert spread_and_claim(naive) < -0.2  # planted: the critical value taken as known


def test_too_few_replications_under_the_null_give_no_size_adjusted_power() -> None:
    p = np.linspace(0.001, 0.999, 79)
    assert np.isnan(size_adjusted(p, p, 0.05).value)
    lower, upper = by_error(np.array([1.0, 0.5]), np.array([0.0, 0.05]), np.array([200, 200]))
    assert lower[0] == pytest.approx(200 / (200 + 1.96**2), abs=1e-4)
    assert upper[0] == 1.0
    assert upper[1] - lower[1] > 0.18  # 0.25 / 0.05^2 = 100 replications' worth, not 200


# --- truths that are drawn ---


def test_the_error_of_a_nested_design_is_the_spread_over_designs() -> None:
    rng = np.random.default_rng(7)
    population = np.repeat(np.arange(30), rng.integers(2, 9, size=30))

    def drawn() -> Floats:
        truths = 0.5 * rng.standard_normal(30)
        return truths[population] + rng.standard_normal(len(population))

    whole = [nested.mean_over_populations(drawn(), population) for _ in range(1500)]
    assert abs(spread_and_claim([each.measured for each in whole])) < 0.08
    assert np.mean([each.between for each in whole]) == pytest.approx(0.25, abs=0.02)
    assert np.mean([each.within for each in whole]) == pytest.approx(1.0, abs=0.02)
    plain = [formulas.mean(drawn()) for _ in range(1500)]
    assert spread_and_claim(plain) < -0.2  # planted: data sets of one population taken as independent
    alone = np.arange(50.0)
    once = nested.mean_over_populations(alone, np.arange(50))
    assert once.measured == formulas.mean(alone)
    assert np.isnan(once.within)


# --- in studies ---


@pytest.fixture(scope="module")
def fair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study, run."""
    place = tmp_path_factory.mktemp("fair")
    (place / "fair.toml").write_text(STUDY)
    runner.run(load(str(place / "fair.toml")), place / "results", 1, Console(quiet=True))
    return place


def test_stored_pairs_are_plain_computations_on_the_same_data_sets(fair: Path) -> None:
    study = load(str(fair / "fair.toml"))
    whole = store.cell_estimates(fair / "results", study, 1)
    rows = pd.read_parquet(fair / "results" / "measures.parquet")
    rows = rows[rows["cell"] == 1].set_index(["method", "target", "over", "measure"])
    truth = float(study.cells[0].truth(study.estimands[:1])[0])
    own, other = (whole[whole["method"] == name].reset_index() for name in ("pls", "ml"))
    for over, kept in (("usable", (own["status"] == 0) & (other["status"] == 0)), ("all", own["status"] >= 0)):
        a, b = (
            {part: each.loc[kept, f"{part}:PERF~ACRM"] for part in ("value", "lower", "upper", "p_value")}
            for each in (own, other)
        )
        e, f = a["value"] - truth, b["value"] - truth
        failed = 0.0 if over == "all" else np.nan  # without an interval, or a p-value
        covered = [
            ((each["lower"] <= truth) & (each["upper"] >= truth)).astype(float).where(each["lower"].notna(), failed)
            for each in (a, b)
        ]
        found = [(each["p_value"] < 0.05).astype(float).where(each["p_value"].notna(), failed) for each in (a, b)]
        width = [each["upper"] - each["lower"] for each in (a, b)]
        there, both = e.notna() & f.notna(), width[0].notna() & width[1].notna()
        plain = {
            "bias_difference": (e - f).mean(),
            "absolute_error_difference": (abs(e) - abs(f)).mean(),
            "relative_efficiency": f[there].var() / e[there].var(),
            "mse_ratio": (e[there] ** 2).mean() / (f[there] ** 2).mean(),
            "coverage_difference": (covered[0] - covered[1]).mean(),
            "power_difference": (found[0] - found[1]).mean(),
            "width_difference": (width[0] - width[1]).mean(),
            "width_ratio": width[0][both].mean() / width[1][both].mean(),
        }
        for measure, expected in plain.items():
            row = rows.loc[("pls", "PERF~ACRM", over, measure)]
            assert row["value"] == pytest.approx(expected, abs=1e-12), measure
            of_rates = (covered[0] - covered[1]).notna().sum()
            assert row["n_used"] == (
                of_rates if measure.startswith(("cov", "pow")) else both.sum() if "width" in measure else there.sum()
            )
            assert row["lower"] < row["upper"] or not measure.startswith(("cov", "pow"))
            linear = measure.endswith("difference")
            assert np.isnan(row["jackknife"]) == linear
            assert linear or 0.4 < row["jackknife"] / row["mcse"] < 2.5
    assert ("ml", "PERF~ACRM", "usable", "bias_difference") not in rows.index
    assert ("pls", "r2(PERF)", "usable", "power_difference") not in rows.index


def test_size_adjusted_power_takes_the_cell_where_the_path_is_zero(fair: Path) -> None:
    study = load(str(fair / "fair.toml"))
    rows = pd.read_parquet(fair / "results" / "measures.parquet")
    rows = rows[(rows["measure"] == "size_adjusted_power") & (rows["over"] == "usable")]
    assert set(zip(rows["cell"], rows["target"], strict=True)) == {(1, "PERF~OCRM")}
    there, null = (store.cell_estimates(fair / "results", study, cell) for cell in (1, 2))
    for method, value, mcse in zip(rows["method"], rows["value"], rows["mcse"], strict=True):
        p, p0 = (
            each.loc[(each["method"] == method) & (each["status"] == 0), "p_value:PERF~OCRM"].dropna()
            for each in (there, null)
        )
        assert value == np.mean(p < np.quantile(p0, 0.05))
        assert mcse > np.sqrt(value * (1 - value) / len(p))


def test_the_report_has_a_table_of_pairs(fair: Path) -> None:
    reports.write(fair / "results")
    for over in ("usable", "all"):
        text = (fair / "results" / "tables" / f"paired-{over}.csv").read_text()
        assert "bias_minus_ml_sem_s" in text
    page = (fair / "results" / "report.html").read_text()
    assert "Each method against ML SEM" in page


@pytest.mark.parametrize(("name", "told"), [("mll", "did you mean"), ("", "is not known")])
def test_a_reference_that_is_no_method_is_refused(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "fair.toml").write_text(STUDY.replace('reference = "ml"', f'reference = "{name}"'))
    with pytest.raises(InputError, match=f"performance.reference: method '{name}'.*{told}"):
        load(str(tmp_path / "fair.toml"))


# --- errors over repeated small studies, also of consistent PLS with its heavy tails ---

#: With 200 studies three standard errors of their spread, which is known to 1/sqrt(398) = 5 %, are 15 %.
STUDIES = 200 if FULL else 100
NEAR = 3 / np.sqrt(2 * (STUDIES - 1))
SMOOTH = ("empirical_se", "rmse", "relative_efficiency", "mse_ratio", "trimmed_bias")
JUMPS = ("median_bias", "quantile@0.75", "bias_eliminated_coverage")
PAIRED = ("bias_difference", "absolute_error_difference", "coverage_difference", "power_difference")


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Measures of blocks of one cell, each a study of 256 replications."""
    place = tmp_path_factory.mktemp("repeated") / "small.toml"
    text = SMALL.read_text().partition("[methods.pls]")[0].replace(', "r2(PERF)", "ave(ACRM)"', "")
    asked = "\n[methods.ml]\n[methods.sumscores]\n[methods.plsc]\nresamples = 40\n[performance]\n"
    asked += 'reference = "ml"\nmeasures = ["bias_eliminated_coverage", "median_bias", "trimmed_bias"]\n'
    place.write_text(f"{text}{asked}quantiles = [0.75]")
    study = with_replications(load(str(place)), 256 * STUDIES)
    wanted, cell, rows = Wanted.of(study), study.cells[1], []
    for block in range(STUDIES):
        table = block_table(study, cell, block).to_pandas()
        whole = dict(iter(table.groupby("method", sort=False)))
        for method in study.methods:
            given = Estimates(study, cell, method, whole)
            for source in (estimated, pairs):
                for samples in source(given):
                    rows += [(method.name, *row) for row in measured(samples, wanted)]
    names = ["method", "target", "measure", "over", "truth", "value", "mcse", "used", "total", "jackknife", "group"]
    return pd.DataFrame(rows, columns=names)


@pytest.mark.acceptance
@pytest.mark.parametrize("method", ["plsc", "sumscores"])
@pytest.mark.parametrize("target", ["PERF~ACRM", "PERF~OCRM"])
def test_delta_paired_and_jackknife_errors_are_the_spread_over_studies(
    repeated: pd.DataFrame, method: str, target: str
) -> None:
    rows = repeated[(repeated["method"] == method) & (repeated["target"] == target) & (repeated["over"] == "usable")]
    off = {}
    for measure in (*SMOOTH, *JUMPS, *PAIRED):
        of = rows[rows["measure"] == measure]
        assert len(of) == STUDIES
        spread = of["value"].std(ddof=1)
        for error in ("mcse",) if measure in PAIRED else ("mcse", "jackknife"):
            off[measure, error] = np.sqrt(np.mean(of[error] ** 2)) / spread - 1
    assert not {key: value for key, value in off.items() if abs(value) > NEAR}


@pytest.mark.acceptance
def test_a_planted_wrong_error_is_found(repeated: pd.DataFrame) -> None:
    rows = repeated[(repeated["target"] == "PERF~ACRM") & (repeated["over"] == "usable")]

    def off(claimed: Floats, method: str, measure: str) -> float:
        values = rows.loc[(rows["method"] == method) & (rows["measure"] == measure), "value"]
        return float(np.sqrt(np.mean(claimed**2)) / values.std(ddof=1) - 1)

    bias = {name: rows.loc[(rows["method"] == name) & (rows["measure"] == "bias"), "mcse"] for name in ("plsc", "ml")}
    assert off(np.hypot(*(each.to_numpy() for each in bias.values())), "plsc", "bias_difference") > NEAR
    spread = rows[(rows["method"] == "plsc") & (rows["measure"] == "empirical_se")]
    normal = spread["value"].to_numpy() / np.sqrt(2 * (spread["used"].to_numpy() - 1))
    assert off(normal, "plsc", "empirical_se") < -NEAR  # the formula for normal estimates, on long tails
