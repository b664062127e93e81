"""Measures that a study asks for, each against a plain computation on the raw estimates that the run stored."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy.stats import norm, t, trim_mean

import reports
from benchmarks.measures.basis import references
from benchmarks.run import runner
from benchmarks.stored import store
from benchmarks.study import study
from reports.results import read
from tests.bad_input import Refused

STUDY = """
name = "asked"
[aims]
title = "Asked for"
question = "Are they there?"
[data]
population = "three-factors"
n = [60]
replications = 150
seed = 3
[estimands]
targets = ["eta2~eta1", "eta3~eta1", "r2(eta3)", "chisq", "cfi", "rmsea", "htmt(eta1,eta2)", "eta1=~y11", "eta1=~y12"]
[methods.ml]
[methods.pls]
resamples = 40
[methods.sumscores]
[performance]
levels = [0.90, 0.95, 0.99]
measures = [
    "mean", "median", "median_bias", "relative_median_bias", "trimmed_bias", "mean_absolute_error", "rejection_rate",
    "interval_rejection_rate", "interval_above", "interval_below", "interval_width",
]
quantiles = [0.05, 0.95]
trim = 0.2
cutoffs = { cfi = 0.95, rmsea = 0.06, htmt = 0.85 }
null = { "eta2~eta1" = 0.4, "htmt(eta1,eta2)" = { value = 1, side = "less" } }
pool = { paths = "eta*~eta1", loadings = ["eta1=~y11", "eta1=~y12"] }
own = { far = "far_off:far", spread = { function = "far_off:spread", header = "own SD", meaning = "SD of estimates" } }
"""
CODE = """
def far(frame):
    usable = frame[frame["usable"]]
    return ((usable["value"] - usable["truth"]).abs() > 0.1).groupby([usable["method"], usable["target"]]).mean()


def spread(frame):
    usable = frame[frame["usable"] & (frame["target"] == "eta2~eta1")]
    return usable.groupby("method")["value"].std()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study, run."""
    place = tmp_path_factory.mktemp("asked")
    (place / "asked.toml").write_text(STUDY)
    (place / "far_off.py").write_text(CODE)
    runner.run(study.load(str(place / "asked.toml")), place / "results", 1, Console(quiet=True))
    return place


@pytest.fixture(scope="module")
def raw(folder: Path) -> pd.DataFrame:
    """The stored estimates of usable replications."""
    whole = store.cell_estimates(folder / "results", study.load(str(folder / "asked.toml")), 1)
    return whole[whole["status"] == 0]


@pytest.fixture(scope="module")
def found(folder: Path) -> pd.Series:
    """Values over usable replications by method, target and measure."""
    rows = pd.read_parquet(folder / "results" / "measures.parquet")
    return rows[rows["over"] != "all"].set_index(["method", "target", "measure"])["value"]


def part(raw: pd.DataFrame, method: str, name: str) -> np.ndarray:
    return raw.loc[raw["method"] == method, name].to_numpy()


def truth_of(folder: Path, target: str) -> float:
    rows = pd.read_parquet(folder / "results" / "measures.parquet")
    return float(rows.loc[rows["target"] == target, "truth"].iloc[0])


def test_distributions_of_estimates_and_errors(folder: Path, raw: pd.DataFrame, found: pd.Series) -> None:
    for method, target in (("ml", "eta2~eta1"), ("pls", "htmt(eta1,eta2)"), ("sumscores", "r2(eta3)")):
        value, truth = part(raw, method, f"value:{target}"), truth_of(folder, target)
        plain = {
            "mean": value.mean(),
            "median": np.median(value),
            "median_bias": np.median(value) - truth,
            "relative_median_bias": np.median(value) / truth - 1,
            "trimmed_bias": trim_mean(value, 0.2) - truth,
            "mean_absolute_error": abs(value - truth).mean(),
            "quantile@0.05": np.quantile(value, 0.05),
            "error_quantile@0.95": np.quantile(value - truth, 0.95),
        }
        for measure, expected in plain.items():
            assert found[method, target, measure] == pytest.approx(expected, abs=1e-12), measure


def test_fit_statistics_have_mean_spread_and_rates(raw: pd.DataFrame, found: pd.Series) -> None:
    chisq, p = part(raw, "ml", "value:chisq"), part(raw, "ml", "p_value:chisq")
    assert found["ml", "chisq", "mean"] == pytest.approx(chisq.mean())
    assert found["ml", "chisq", "empirical_se"] == pytest.approx(chisq.std(ddof=1))
    assert found["ml", "chisq", "rejection_rate"] == (p < 0.05).mean()
    assert found["ml", "chisq", "rejection_rate@0.9"] == (p < 0.1).mean()
    assert found["ml", "cfi", "cutoff_rate"] == (part(raw, "ml", "value:cfi") < 0.95).mean()
    assert found["ml", "rmsea", "cutoff_rate"] == (part(raw, "ml", "value:rmsea") > 0.06).mean()
    htmt = "htmt(eta1,eta2)"
    assert found["pls", htmt, "cutoff_rate"] == (part(raw, "pls", f"value:{htmt}") > 0.85).mean()


def test_a_stated_null_is_tested_by_p_value_and_by_interval(raw: pd.DataFrame, found: pd.Series) -> None:
    path, htmt = "eta2~eta1", "htmt(eta1,eta2)"
    for method, reference in (("ml", norm), ("sumscores", t(60 - 1 - 1)), ("pls", t(39))):
        value, se, lower, upper = (part(raw, method, f"{name}:{path}") for name in ("value", "se", "lower", "upper"))
        p = 2 * reference.sf(abs(value - 0.4) / se)
        assert found[method, path, "rejection_rate"] == (p < 0.05).mean()
        assert found[method, path, "rejection_rate@0.99"] == (p < 0.01).mean()
        assert found[method, path, "interval_rejection_rate"] == ((lower > 0.4) | (upper < 0.4)).mean()
    value, se, upper = (part(raw, "pls", f"{name}:{htmt}") for name in ("value", "se", "upper"))
    assert found["pls", htmt, "rejection_rate"] == (t(39).cdf((value - 1) / se) < 0.05).mean()
    assert found["pls", htmt, "interval_rejection_rate"] == (upper < 1).mean()
    # Where nothing else is stated a path is tested against 0, by both.
    lower, upper, p = (part(raw, "pls", f"{name}:eta3~eta1") for name in ("lower", "upper", "p_value"))
    assert found["pls", "eta3~eta1", "rejection_rate"] == found["pls", "eta3~eta1", "power"] == (p < 0.05).mean()
    assert found["pls", "eta3~eta1", "interval_rejection_rate"] == ((lower > 0) | (upper < 0)).mean()


def test_intervals_at_further_levels_are_those_of_a_study_at_that_level(folder: Path, found: pd.Series) -> None:
    for level in (0.90, 0.99):
        text = STUDY.replace("levels = [0.90, 0.95, 0.99]", f"level = {level}").replace(
            'name = "asked"', 'name = "one"'
        )
        (folder / "one.toml").write_text(text)
        alone = study.load(str(folder / "one.toml"))
        assert alone.levels_stored == ()
        place = folder / f"one-{level}"
        runner.run(alone, place, 1, Console(quiet=True))
        rows = pd.read_parquet(place / "measures.parquet")
        own = rows[rows["over"] != "all"].set_index(["method", "target", "measure"])["value"]
        for method in ("ml", "pls", "sumscores"):
            for measure in (
                "coverage",
                "power",
                "interval_above",
                "interval_below",
                "interval_width",
                "rejection_rate",
            ):
                there, here = own[method, "eta3~eta1", measure], found[method, "eta3~eta1", f"{measure}@{level:g}"]
                assert here == pytest.approx(there, abs=1e-9), (method, measure, level)


def test_only_resampled_methods_store_further_ends_and_only_where_asked(folder: Path, raw: pd.DataFrame) -> None:
    assert np.isfinite(part(raw, "pls", "lower@0.9:eta2~eta1")).all()
    assert np.isnan(part(raw, "ml", "lower@0.9:eta2~eta1")).all()
    text = STUDY.replace("[methods.pls]\nresamples = 40\n", "")
    (folder / "wald.toml").write_text(text)
    assert study.load(str(folder / "wald.toml")).levels_stored == ()


def test_pools_are_means_over_targets(folder: Path, raw: pd.DataFrame, found: pd.Series) -> None:
    targets = ("eta1=~y11", "eta1=~y12")
    values = np.column_stack([part(raw, "ml", f"value:{name}") for name in targets])
    truths = np.array([truth_of(folder, name) for name in targets])
    covers = [
        (part(raw, "ml", f"lower:{name}") <= truth) & (truth <= part(raw, "ml", f"upper:{name}"))
        for name, truth in zip(targets, truths, strict=True)
    ]
    plain = {
        "bias": (values - truths).mean(),
        "relative_bias": (values / truths - 1).mean(),
        "rmse": np.sqrt(((values - truths) ** 2).mean()),
        "empirical_se": np.sqrt(values.var(axis=0, ddof=1).mean()),
        "mean_absolute_error": abs(values - truths).mean(),
        "coverage": np.mean(covers),
    }
    for measure, expected in plain.items():
        assert found["ml", "loadings", measure] == pytest.approx(expected, abs=1e-12), measure


def test_own_measures_have_jackknife_errors(folder: Path, raw: pd.DataFrame) -> None:
    rows = pd.read_parquet(folder / "results" / "measures.parquet").set_index(["method", "target", "measure"])
    far = abs(part(raw, "pls", "value:eta2~eta1") - truth_of(folder, "eta2~eta1")) > 0.1
    row = rows.loc[("pls", "eta2~eta1", "far")]
    assert row["value"] == pytest.approx(far.mean())
    # 50 groups of three: the jackknife error of a mean is the standard error of the mean of the groups' means.
    groups = far.reshape(50, 3).mean(axis=1)
    assert row["mcse"] == pytest.approx(groups.std(ddof=1) / np.sqrt(50))
    assert rows.loc[("ml", "", "spread"), "value"] == pytest.approx(part(raw, "ml", "value:eta2~eta1").std(ddof=1))


@pytest.mark.acceptance
def test_the_report_says_what_was_asked_and_what_cannot_be_given(folder: Path) -> None:
    page = reports.write(folder / "results").read_text()
    results = read(folder / "results")
    assert "The hypothesis that is tested is that htmt(eta1,eta2) is no smaller than 1." in page
    assert "cfi counts as bad below 0.95." in page
    assert "What cannot be given, and why" in page
    lines = (folder / "results" / "tables" / "not-given.csv").read_text().splitlines()
    assert any("mean model SE" in line and "a standard error from the method" in line for line in lines)
    assert results.words["coverage@0.9"].header == "coverage at 90%"
    assert "own SD" in page


def test_references_are_found_from_p_values() -> None:
    rng = np.random.default_rng(7)
    value, se = rng.normal(0.3, 0.2, 50), rng.uniform(0.05, 0.3, 50)
    for df in (3.0, 57.0, 499.0):
        found = references.degrees_of_freedom(value, se, 2 * t(df).sf(abs(value) / se))
        np.testing.assert_array_equal(found, df)
    np.testing.assert_array_equal(references.degrees_of_freedom(value, se, 2 * norm.sf(abs(value) / se)), np.inf)
    assert references.degrees_of_freedom(value, se, rng.uniform(size=50)) is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('measures = ["medain_bias"]', "performance.measures"),
        ("cutoffs = { cfii = 0.9 }", "performance.cutoffs.cfii"),
        ("cutoffs = { cfi = 0.9 }", "no estimand is a cfi"),
        ('null = { "eta9~eta1" = 1 }', "performance.null.eta9~eta1"),
        ('pool = { x = "zeta*" }', "is the name of no estimand"),
        ('own = { far = "far_off.far" }', "must be `module:function`"),
        ('own = { far = "far_off:far" }', "--allow-code"),
        ("levels = [0.9, 0.9]", "names a number twice"),
    ],
)
def test_mistakes_are_told(refused: Refused, tmp_path: Path, line: str, told: str) -> None:
    from tests.bad_input import TINY

    (tmp_path / "tiny.toml").write_text(f"{TINY}\n[performance]\n{line}\n")
    assert told in refused("run", "tiny.toml")
