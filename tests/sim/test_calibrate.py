"""Calibration: the published table comes out again after the cut and under PLS, whatever the source leaves open."""

import itertools
import tomllib
from importlib.resources import files

import numpy as np
import pytest

from estimators.composites.pls import PLS
from sim import catalogue
from sim.batch import Batch
from sim.errors import InputError
from sim.implied.implied import implied
from sim.model import Model
from sim.population.record import Population
from sim.solving.calibrate import Calibration, OpenChoices, PublishedTable, calibrate

CONTENT = tomllib.loads((files("sim.catalogue") / "crm-clusters.toml").read_text(encoding="utf-8"))
PUBLISHED = CONTENT["published"]
FACTORS = catalogue.factors("crm-clusters")
COMBINATIONS = [dict(zip(FACTORS, levels, strict=True)) for levels in itertools.product(*FACTORS.values())]


def label(levels: dict[str, catalogue.Level]) -> str:
    """The levels as a test's name."""
    return "-".join(str(level) for level in levels.values())


def named_truth(population: Population) -> dict[str, float]:
    """The truth of every default target."""
    targets = population.model.targets
    return dict(zip([target.name for target in targets], map(float, population.truth(targets)), strict=True))


def after_the_rule(calibration: Calibration) -> dict[str, float]:
    """What PLS says of the population's Likert moments when the items that the study dropped are left out."""
    model = calibration.population.model
    batch = Batch.of_moments(implied(calibration.population).likert_moments)
    kept = np.array([[item not in PUBLISHED["dropped"] for item in model.items]])
    fit = PLS().fit(batch.keep(kept), model)
    return {target.name: float(value) for target, value in zip(fit.targets, fit.value[0], strict=True)}


@pytest.mark.parametrize("levels", COMBINATIONS, ids=label)
def test_the_published_table_comes_out_again_under_pls(levels: dict[str, catalogue.Level]) -> None:
    found = after_the_rule(catalogue.calibration("crm-clusters", levels))
    # The weights of a block of equal items are equal from the first iteration on, so PLS adds rounding only, and the
    # solver stops at 1e-9 at the latest.
    assert found["r2(PERF)"] == pytest.approx(PUBLISHED["r2"]["PERF"], abs=1e-9)
    for construct, block in PUBLISHED["blocks"].items():
        assert found[f"ave({construct})"] == pytest.approx(block["ave"], abs=1e-9)
        # alpha and rho_c follow from AVE and the item count where items correlate equally; the source's round to .002.
        assert found[f"alpha({construct})"] == pytest.approx(block["alpha"], abs=0.002)
        assert found[f"rho_c({construct})"] == pytest.approx(block["rho_c"], abs=0.002)


@pytest.mark.parametrize("levels", COMBINATIONS, ids=label)
def test_the_population_has_what_the_levels_say(levels: dict[str, catalogue.Level]) -> None:
    population = catalogue.population("crm-clusters", levels)
    model, truth = population.model, named_truth(population)
    assert truth["ACRM~~OCRM"] == levels["crm_correlation"]
    dropped = {f"{b.construct}=~{i}": b for b in model.blocks for i in b.items if i in PUBLISHED["dropped"]}
    for name, block in dropped.items():
        own = next(truth[f"{block.construct}=~{i}"] for i in block.items if i not in PUBLISHED["dropped"])
        assert truth[name] == {"weak": 0.5, "zero": 0.0, "as-good": own}[str(levels["dropped_items"])]
    # Cohen's f2: what leaving the path out costs in R2, over what stays unexplained; without it R2 is cor(ACRM, PERF)^2
    f2 = (truth["r2(PERF)"] - truth["ACRM~~PERF"] ** 2) / (1 - truth["r2(PERF)"])
    expected = {"small": 0.02, "zero": 0.0}[str(levels["ocrm_effect"])]
    assert f2 == pytest.approx(expected, abs=1e-9)
    assert truth["PERF~OCRM"] >= 0
    assert (truth["PERF~OCRM"] == 0) == (expected == 0)
    assert truth["PERF~ACRM"] > truth["PERF~OCRM"]


def test_loadings_and_r2_before_the_cut_lie_on_the_right_side_of_the_published_ones() -> None:
    population = catalogue.population("crm-clusters")
    truth = named_truth(population)
    for construct, item in (("ACRM", "CC1"), ("OCRM", "OGG1"), ("PERF", "VA1")):
        assert truth[f"{construct}=~{item}"] < np.sqrt(PUBLISHED["blocks"][construct]["ave"])
    assert truth["r2(PERF)"] > PUBLISHED["r2"]["PERF"]


def test_the_rows_tell_published_beside_achieved_and_which_were_solved() -> None:
    calibration = catalogue.calibration("crm-clusters")
    found = after_the_rule(calibration)
    rows = {row.quantity: row for row in calibration.rows}
    assert len(rows) == 10
    assert {name for name, row in rows.items() if row.solved} == {"ave(ACRM)", "ave(OCRM)", "ave(PERF)", "r2(PERF)"}
    for name, row in rows.items():
        kind, construct = name.removesuffix(")").split("(")
        stated = PUBLISHED["r2"][construct] if kind == "r2" else PUBLISHED["blocks"][construct][kind]
        assert row.published == stated
        # Alpha is compared on standardised items, as PLS reports it; equal variances make both alphas one.
        assert row.achieved == pytest.approx(found[name], abs=1e-9)


MODEL = Model.parse("X =~ x1 + x2 + x3 + x4\nY =~ y1 + y2 + y3\nY ~ X")
GOOD = {"X": {"ave": 0.6}, "Y": {"ave": 0.7}}
SHARES = (0.1, 0.2, 0.4, 0.3)


@pytest.mark.parametrize("shares", [None, SHARES, (0.5, 0.5), (1 / 11,) * 11], ids=["none", "4", "2", "11"])
@pytest.mark.parametrize("kind", ["ave", "alpha", "rho_c"])
def test_any_of_the_three_reliabilities_is_met_on_any_scale(kind: str, shares: tuple[float, ...] | None) -> None:
    table = PublishedTable({"X": {kind: 0.8}, "Y": {kind: 0.75}}, {"Y": 0.3})
    population = calibrate(MODEL, table, OpenChoices(), shares, "made").population
    fit = PLS().fit(Batch.of_moments(implied(population).likert_moments), MODEL)
    for name, value in ((f"{kind}(X)", 0.8), (f"{kind}(Y)", 0.75), ("r2(Y)", 0.3)):
        assert fit.value[0, fit.column(name)] == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("blocks", "r2", "dropped", "parts"),
    [
        # AVE under 1 / k is what unrelated items would show.
        ({"X": {"ave": 0.2}, "Y": {"ave": 0.7}}, {"Y": 0.3}, (), ["X", "ave = 0.2", "4 items", "-0.06667"]),
        ({"X": {"ave": 1.1}, "Y": {"ave": 0.7}}, {"Y": 0.3}, (), ["X", "ave = 1.1", "1.133", "between 0 and 1"]),
        ({"X": {"alpha": -0.5}, "Y": {"ave": 0.7}}, {"Y": 0.3}, (), ["X", "alpha = -0.5"]),
        ({"X": {"ave": 0.6}, "Y": {"rho_c": 1.2}}, {"Y": 0.3}, (), ["Y", "rho_c = 1.2"]),
        ({"X": {}, "Y": {"ave": 0.7}}, {"Y": 0.3}, (), ["X", "one of ave, alpha, rho_c"]),
        ({"Y": {"ave": 0.7}}, {"Y": 0.3}, (), ["X", "one of ave, alpha, rho_c"]),
        (GOOD, {"Y": 0.3}, ("y1", "y2"), ["Y", "1 retained item"]),
        (GOOD, {"Y": 0.95}, (), ["Y", "R2 = 0.95", "more than perfectly related"]),
        (GOOD, {"Y": 1.5}, (), ["Y", "R2 = 1.5"]),
        (GOOD, {"Y": -0.2}, (), ["Y", "R2 = -0.2"]),
        (GOOD, {}, (), ["Y", "give its r2"]),
        (GOOD, {"Y": 0.3, "Z": 0.2}, (), ["Z", "r2"]),
        (GOOD, {"Y": 0.3, "X": 0.2}, (), ["X", "r2"]),
        (GOOD | {"Q": {"ave": 0.5}}, {"Y": 0.3}, (), ["'Q'", "X, Y"]),
        (GOOD, {"Y": 0.3}, ("y9",), ["'y9'", "y1"]),
        ({"X": {"aev": 0.6}, "Y": {"ave": 0.7}}, {"Y": 0.3}, (), ["'aev'", "did you mean 'ave'?"]),
    ],
)
@pytest.mark.parametrize("shares", [None, SHARES], ids=["continuous", "likert"])
def test_an_impossible_table_is_refused_with_its_numbers(
    blocks: dict[str, dict[str, float]],
    r2: dict[str, float],
    dropped: tuple[str, ...],
    parts: list[str],
    shares: tuple[float, ...] | None,
) -> None:
    with pytest.raises(InputError) as caught:
        calibrate(MODEL, PublishedTable(blocks, r2, dropped), OpenChoices(), shares, "made")
    assert "calibration" in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


def test_choices_that_leave_nothing_to_solve_or_name_what_is_not_there_are_refused() -> None:
    table = PublishedTable(GOOD, {"Y": 0.3})
    with pytest.raises(InputError, match="leave at least one of Y~X without effect size"):
        calibrate(MODEL, table, OpenChoices(effect_sizes={"Y~X": 0.02}), None, "made")
    with pytest.raises(InputError, match="'Y~Q'"):
        calibrate(MODEL, table, OpenChoices(effect_sizes={"Y~Q": 0.02}), None, "made")
    with pytest.raises(InputError, match="'Q'"):
        calibrate(MODEL, table, OpenChoices(correlations={"X~~Q": 0.2}), None, "made")


def test_an_effect_size_that_no_r2_leaves_room_for_is_refused() -> None:
    model = Model.parse("X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nY =~ y1 + y2 + y3\nY ~ X + Z")
    table = PublishedTable({"X": {"ave": 0.6}, "Z": {"ave": 0.6}, "Y": {"ave": 0.6}}, {"Y": 0.1})
    # Leaving Z out costs f2 (1 - R2) = 2 (1 - R2) of R2 itself, so R2 must be 2/3 at the least.
    with pytest.raises(InputError, match=r"calibration of Y: no paths give R2 = 0\.1"):
        calibrate(model, table, OpenChoices(effect_sizes={"Y~Z": 2.0}), None, "made")
