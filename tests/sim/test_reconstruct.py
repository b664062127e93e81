"""From a table to populations: the printed numbers come back from the paper's method at every point of the set."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.portraits.from_table import points, reconstruct, returned_numbers
from estimators.composites.pls import PLS
from sim import catalogue
from sim.answers.cutcurve import correlations_of_answers
from sim.answers.likert import Scale, cut_covariance, cut_variance
from sim.answers.scales import shares_of
from sim.batch import Batch
from sim.errors import InputError
from sim.implied.implied import implied
from sim.model import Model
from sim.population.record import Population
from sim.tables.bounds.consistency import Severity, check, verdict
from sim.tables.onefactor import BlockTask, answer_loadings, block_range, nearest, numbers, pattern, printed_loadings
from sim.tables.outcome import stick_breaking
from sim.tables.reading.named import locate
from sim.tables.reading.printed import Printed, read_printed
from sim.tables.reading.table import Table, of_content, read
from sim.tables.reconstruct import Choices, implied_correlation, population
from sim.tables.spans import chosen, span
from sim.tables.tablepopulation import as_toml
from sim.tables.tablescale import thresholds_of

CRM = locate("crm-clusters")
SHARES = (0.07, 0.17, 0.30, 0.30, 0.16)


@pytest.fixture(scope="module")
def crm() -> Table:
    return read(CRM)


def pls_table(truth: Population, decimals: int, dropped: tuple[str, ...] = ()) -> Table:
    """What a PLS paper would print of a population, had it asked everybody."""
    model = truth.model
    kept = np.array([[item not in dropped for item in model.items]])
    fit = PLS().fit(Batch.of_moments(implied(truth).likert_moments).keep(kept), model)
    found = {target.name: f"{value:.{decimals}f}" for target, value in zip(fit.targets, fit.value[0], strict=True)}
    constructs: dict[str, Any] = {}
    for block in model.blocks:
        c = block.construct
        constructs[c] = {kind: found[f"{kind}({c})"] for kind in ("alpha", "rho_c", "ave")}
        constructs[c]["dropped"] = [item for item in block.items if item in dropped]
        if c in model.endogenous:
            constructs[c]["r2"] = found[f"r2({c})"]
    return of_content({"method": "pls", "n": 100, "scale_points": 5, "model": model.syntax, "constructs": constructs})


@pytest.mark.parametrize("name", sorted(each.stem for each in CRM.parent.glob("*.toml")))
def test_the_published_tables_of_the_catalogue_hold_together_and_say_where_they_are_from(name: str) -> None:
    found = read(locate(name))
    assert found.source
    assert found.n
    assert found.n <= 150
    assert found.paths or found.paper
    assert verdict(check(found)) < Severity.IMPOSSIBLE
    if all(block.loadings for block in found.reported.values()):  # a slip of typing would show: r2 = b' r
        place = {pair: number.value for pair, number in found.correlations.items()}
        related = place | {(b, a): value for (a, b), value in place.items()}
        for outcome in found.model.endogenous:
            own = {p: number.value for (o, p), number in found.paths.items() if o == outcome}
            r2 = found.reported[outcome].r2
            if r2 is not None:
                assert sum(b * related[outcome, p] for p, b in own.items()) == pytest.approx(r2.value, abs=0.012)


def misses(table: Table, populations: list[Population]) -> dict[str, float]:
    """The largest miss of each printed number, in half units."""
    return {row.quantity: row.largest_miss for row in returned_numbers(table, populations)}


@pytest.mark.acceptance
def test_a_population_s_own_table_comes_back_at_every_point_of_its_set() -> None:
    model = Model.parse("F =~ x1 + x2 + x3 + x4\nG =~ y1 + y2 + y3\nH =~ z1 + z2 + z3\nH ~ F + G")
    values = {
        f"{b.construct}=~{i}": x for b in model.blocks for i, x in zip(b.items, (0.85, 0.75, 0.7, 0.65), strict=False)
    }
    truth = Population.of(model, values | {"H~F": 0.5, "H~G": 0.3, "F~~G": 0.4}, Scale.from_shares(SHARES, 10))
    table = pls_table(truth, 3)
    assert verdict(check(table)) == Severity.FINE
    found = span(table)
    assert {each.name for each in found.opens} == {"unequal_loadings", "correlation", "share_F_H", "mean_answer"}
    off = misses(table, points(table, found)[::4])
    assert max(off.values()) <= 1.0, off
    # the set holds the population that the table came from: more unequal loadings than none, and its shares
    ranges = [block_range(BlockTask.of(block, "pls", None)) for block in table.reported.values()]
    spreads = [np.std([values[f"{b.construct}=~{i}"] for i in b.items]) for b in model.blocks]
    assert all(r.least <= s * 0.95 <= r.most for r, s in zip(ranges, spreads, strict=True))


@pytest.mark.acceptance
def test_the_tables_of_random_populations_come_back() -> None:
    rng = np.random.default_rng(5)
    model = Model.parse("F =~ x1 + x2 + x3 + x4 + x5\nG =~ y1 + y2 + y3\nG ~ F")
    for _ in range(3):
        spread = rng.uniform(0, 0.1)
        values = {f"F=~x{i}": 0.75 + spread * (3 - i) / 2 for i in range(1, 6)} | dict.fromkeys(
            ["G=~y1", "G=~y2", "G=~y3"], 0.8
        )
        truth = Population.of(model, values | {"G~F": rng.uniform(0.2, 0.8)}, Scale.from_shares(SHARES, 8))
        table = pls_table(truth, 3)
        off = misses(table, [population(table, Choices(unequal=u)) for u in (0.0, 0.5, 1.0)])
        assert max(off.values()) <= 1.0, off


def test_the_source_table_is_consistent_and_nearly_met(crm: Table) -> None:
    findings = check(crm)
    assert len(findings) == 9
    assert verdict(findings) == Severity.FINE
    made = [
        population(crm, Choices(unequal=u, correlation=r, shares={("PERF", "ACRM"): share}, dropped=dropped))
        for u, r, share, dropped in [
            (0, 0.5, 0.5, 0.4),
            (1, 0.05, 1.0, None),
            (1, 0.95, 0.0, 0.0),
            (0.5, 0.3, 0.8, 0.4),
        ]
    ]
    off = misses(crm, made)
    alphas = {name: x for name, x in off.items() if name.startswith("alpha")}
    assert max(x for name, x in off.items() if name not in alphas) <= 1.0
    assert max(alphas.values()) <= 4.0  # 0.002: no block of one factor gives alpha beside the other two


def test_a_share_is_that_of_true_paths(crm: Table) -> None:
    made = population(crm, Choices(shares={("PERF", "ACRM"): 0.8}, correlation=0.3))
    a, o = (made.paths[2, i] for i in (0, 1))
    assert a / (a + o) == pytest.approx(0.8)
    assert made.structure.construct_correlations[0, 1] == pytest.approx(0.3)
    assert stick_breaking([0.5, None, None]).tolist() == pytest.approx([0.5, 0.25, 0.25])
    assert stick_breaking([1.0, 0.3, 0.0]).tolist() == [1.0, 0.0, 0.0]


def table_of(method: str = "pls", **rest: Any) -> Table:
    """Two predictors and an outcome of three items each, with more printed."""
    reliability = {"alpha": "0.80"} if method == "sum-scores" else {"ave": "0.62", "rho_c": "0.830"}
    if method == "pls":
        reliability = {"ave": "0.711", "rho_c": "0.880"}
    constructs = {c: {"items": 3, **reliability} for c in "ABY"}
    constructs["Y"]["r2"] = "0.319"
    return of_content({"method": method, "scale_points": 5, "model": "Y ~ A + B", "constructs": constructs} | rest)


R = {"A~~B": "0.300", "A~~Y": "0.500", "B~~Y": "0.400"}
PRINTED: dict[str, dict[str, Any]] = {
    "all correlations": {"correlations": R},
    "all paths": {"paths": {"Y~A": "0.418", "Y~B": "0.275"}},
    "all of it": {"correlations": R, "paths": {"Y~A": "0.418", "Y~B": "0.275"}},
    "a path": {"paths": {"Y~A": "0.418"}, "correlations": {"A~~B": "0.300"}},
    "a correlation with the outcome": {"correlations": {"A~~Y": "0.500", "A~~B": "0.300"}},
    "a negative path": {"paths": {"Y~A": "0.600", "Y~B": "-0.200"}},
}


@pytest.mark.parametrize("method", ["pls", "cb-sem", "sum-scores"])
@pytest.mark.parametrize("case", PRINTED)
def test_printed_correlations_and_paths_come_back(case: str, method: str) -> None:
    table = table_of(method, **PRINTED[case])
    off = misses(table, [population(table, Choices(unequal=u)) for u in (0.0, 0.5)])
    assert max(off.values()) <= 1.0, off


def test_htmt_tells_the_correlation_of_constructs() -> None:
    table = table_of(htmt={"A,B": "0.450"})
    made = population(table, Choices())
    assert made.structure.construct_correlations[0, 1] == pytest.approx(0.45, abs=0.01)
    assert misses(table, [made])["htmt(A,B)"] <= 1.0


def test_two_paths_and_r2_tell_the_correlation_of_predictors() -> None:
    table = table_of(paths={"Y~A": "0.418", "Y~B": "0.275"})
    implied = implied_correlation(table, ("A", "B"))
    assert implied == pytest.approx((0.319 - 0.418**2 - 0.275**2) / (2 * 0.418 * 0.275))
    assert not [each for each in span(table).opens if each.sets.startswith("correlation")]


def test_printed_means_sds_and_loadings_come_back() -> None:
    table = of_content({
        "method": "cb-sem", "scale_points": 5, "lowest_answer": 0, "model": "G ~ F",
        "constructs": {
            "F": {"items": 3, "loadings": ["0.85", "0.75", "0.65"], "item_means": ["2.71", "1.40", "3.10"],
                  "item_sds": ["1.05", "0.98", "0.80"]},
            "G": {"items": 3, "alpha": "0.800", "mean": "2.60", "sd": "0.700", "r2": "0.300"},
        },
    })  # fmt: skip
    off = misses(table, [population(table, Choices())])
    assert len(off) == 13
    assert max(off.values()) <= 1.0, off


def test_printed_ends_of_the_loadings_come_back() -> None:
    true = np.array([0.85, 0.8, 0.72, 0.6])
    shown = numbers(true, "pls")
    block = {"items": 4} | {name: f"{shown[name]:.3f}" for name in ("ave", "lowest_loading", "highest_loading")}
    table = of_content(
        {"method": "pls", "model": "G ~ F", "constructs": {"F": block, "G": {"items": 3, "ave": "0.70", "r2": "0.30"}}}
    )
    off = misses(table, [population(table, Choices())])
    assert max(off.values()) <= 1.0, off


def test_the_composite_loadings_of_one_factor_are_those_of_pls() -> None:
    loadings = np.array([0.9, 0.8, 0.7, 0.5])
    model = Model.parse("F =~ x1 + x2 + x3 + x4\nG =~ y\nG ~ F")
    values = {f"F=~x{i}": x for i, x in enumerate(loadings, start=1)} | {"G=~y": 1.0, "G~F": 0.5}
    fit = PLS().fit(Batch.of_moments(Population.of(model, values).moments), model)
    found = {target.name: value for target, value in zip(fit.targets, fit.value[0], strict=True)}
    assert printed_loadings(loadings, "pls") == pytest.approx([found[f"F=~x{i}"] for i in range(1, 5)], abs=1e-9)
    for kind, value in numbers(loadings, "pls").items():
        if f"{kind}(F)" in found:
            assert found[f"{kind}(F)"] == pytest.approx(value, abs=1e-9)


def test_loadings_stay_above_the_rule(crm: Table) -> None:
    for block in crm.reported.values():
        task = BlockTask.of(block, "pls", crm.rule)
        assert printed_loadings(np.array(answer_loadings(task, 1.0)), "pls").min() >= 0.695 - 1e-6
    ave = (("ave", Printed(0.563, 3)),)
    free, bound = (block_range(BlockTask(5, "pls", ave, floor=floor)) for floor in (0.0, 0.695))
    assert bound.most < 0.5 * free.most
    spread = nearest(BlockTask(5, "pls", ave), bound.most)[0] + bound.most * pattern(5)
    assert printed_loadings(spread, "pls").min() == pytest.approx(0.695, abs=1e-6)


@pytest.mark.parametrize(
    ("mean", "sd", "points"), [(3.0, 1.0, 5), (4.6, 0.6, 5), (1.3, 0.5, 7), (6.2, 2.9, 11), (3.0, 0.3, 7)]
)
def test_thresholds_give_mean_and_sd(mean: float, sd: float, points: int) -> None:
    shares, answers = shares_of(thresholds_of(mean, sd, points)), np.arange(1, points + 1)
    assert shares.min() > 0.99e-6
    assert shares @ answers == pytest.approx(mean, abs=1e-4)
    assert np.sqrt(shares @ (answers - mean) ** 2) == pytest.approx(sd, abs=1e-4)


def test_the_curve_of_a_cut_is_the_exact_one() -> None:
    a, b = np.array([[-1.5, -0.5, 0.5, 1.5]]), np.array([[-1.0, 0.0, 0.4, 1.2]])
    for rho in (-0.9, -0.3, 0.0, 0.45, 0.8, 0.99):
        for x, y in ((a, a), (a, b)):
            exact = cut_covariance(x, y, np.array([rho]))[0] / np.sqrt(cut_variance(x)[0] * cut_variance(y)[0])
            assert correlations_of_answers(np.array([[rho]]), x, y)[0, 0] == pytest.approx(exact, abs=1e-7)
    assert correlations_of_answers(np.array([[0.4]]), np.empty((1, 0)), np.empty((1, 0)))[0, 0] == 0.4


def test_a_table_beyond_perfect_relations_has_no_population() -> None:
    low: dict[str, Any] = {c: {"items": 3, "alpha": "0.40"} for c in "ABY"}
    low["Y"]["r2"] = "0.60"
    found = span(table_of(constructs=low))
    assert not found.opens
    assert "Y: no paths give R2 = 0.6" in found.refusal
    with pytest.raises(InputError, match=r"A, B: a correlation of 0\.5 asks for more than perfectly related"):
        population(of_content({"method": "pls", "constructs": {"A": {"items": 3, "alpha": "0.40"},
                   "B": {"items": 3, "alpha": "0.40"}}, "correlations": {"A~~B": "0.50"}}), Choices())  # fmt: skip


def test_a_table_of_correlations_alone_has_its_set_too(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text(
        'method = "sum-scores"\n[constructs.A]\nitems = 4\nalpha = 0.80\n[constructs.B]\nitems = 3\nalpha = 0.70\n'
        '[correlations]\n"A~~B" = 0.41\n'
    )
    found = reconstruct(path)
    assert not found.refusal
    assert found.returned
    assert not found.nearly


def test_a_contradictory_table_has_no_population(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(CRM.read_text(encoding="utf-8").replace("rho_c = 0.884", "rho_c = 0.894"))
    found = reconstruct(path)
    assert found.verdict == Severity.IMPOSSIBLE
    assert "contradict" in found.refusal
    assert found.default is None


def test_the_population_file_is_the_table_and_every_level_has_its_population(crm: Table, tmp_path: Path) -> None:
    found = span(crm)
    path = tmp_path / "population.toml"
    path.write_text(as_toml(crm, found), encoding="utf-8")
    assert {name: levels for name, levels in catalogue.factors(str(path)).items() if name != "dropped_items"} == {
        each.name: each.levels for each in found.opens if each.name != "dropped_items"
    }
    chosen_levels = {"dropped_items": "zero", "correlation": 0.95, "share_ACRM_PERF": 1.0}
    made = catalogue.population(str(path), chosen_levels)
    sets = {"dropped_loading": 0.0, "correlation ACRM~~OCRM": 0.95, "share PERF~ACRM": 1.0, "mean_answer": 3.0}
    by_hand = population(crm, chosen(sets))
    assert np.array_equal(made.structure.covariance, by_hand.structure.covariance)
    assert made.scale == by_hand.scale
    truth = dict(zip([t.name for t in made.model.targets], made.truth(made.model.targets), strict=True))
    assert truth["ACRM=~CC2"] == 0.0
    assert truth["PERF~OCRM"] == pytest.approx(0.0, abs=1e-12)


def test_numbers_keep_their_zeros() -> None:
    assert [str(read_printed(x)) for x in ("0.60", "0.6", 1, "-0.050")] == ["0.60", "0.6", "1", "-0.050"]
    assert read_printed("0.60").half == pytest.approx(0.005)
    assert Printed(0.6, 1).with_at_least(3) == Printed(0.6, 3)
    assert Printed(0.6, 2).holds(0.605)
    assert not Printed(0.6, 2).holds(0.6051)


def test_an_htmt_with_an_outcome_tells_its_path() -> None:
    table = table_of(htmt={"A,Y": "0.600"}, correlations={"A~~B": "0.300"})
    made = population(table, Choices())
    assert made.structure.construct_correlations[0, 2] == pytest.approx(0.6, abs=0.01)
    assert max(misses(table, [made]).values()) <= 1.0
    assert not [each for each in span(table).opens if each.sets.startswith("share")]


def test_items_of_different_thresholds_get_the_weights_of_pls() -> None:
    means = {"item_means": ["2.30", "3.00", "3.80"]}
    constructs: dict[str, Any] = {c: {"items": 3, "ave": "0.70", **means} for c in "AY"}
    constructs["Y"]["r2"] = "0.300"
    table = of_content({"method": "pls", "scale_points": 5, "model": "Y ~ A", "constructs": constructs})
    off = misses(table, [population(table, Choices())])
    assert off["r2(Y)"] <= 1.0, off
    assert max(off.values()) <= 1.0, off


def test_free_paths_are_nothing_where_the_printed_ones_explain_all() -> None:
    # 0.545 squared is 0.297, and attenuated B adds a little: more than 0.30, but not more than rounds to it
    constructs: dict[str, Any] = {c: {"items": 3, "ave": "0.711"} for c in "ABY"}
    constructs["Y"]["r2"] = "0.30"
    table = table_of(paths={"Y~A": "0.545"}, correlations={"A~~B": "0.200"}, constructs=constructs)
    made = population(table, Choices())
    assert made.paths[2, 1] == 0.0
    assert max(misses(table, [made]).values()) <= 1.0
