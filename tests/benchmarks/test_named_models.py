"""Models that a study names: their limits, how they stand beside each other, what is refused before any draw."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from rich.console import Console
from scipy.optimize import minimize

import reports
from benchmarks.run import runner
from benchmarks.run.estimating import block_table
from benchmarks.study import fitting
from benchmarks.study.study import Study, load
from estimators.catalogue import ESTIMATORS
from estimators.methods import build
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from sim.population.record import Population
from tests.cases import reference

LAVAAN = reference("misspecified_limits")
HEAD = 'name = "made"\n[aims]\ntitle = "t"\nquestion = "q"\n'
POPULATION = """
source = "made"
model = \"\"\"
F =~ x1 + x2 + x3
G =~ y1 + y2 + y3
H =~ z1 + z2 + z3
H ~ F + G
\"\"\"
[values]
"F=~*" = 0.7
"""
VALUES = {
    **{f"{block[0]}=~{item}": 0.8 - 0.1 * i for block in ("Fx", "Gy", "Hz") for i, item in enumerate(
        [f"{block[1]}1", f"{block[1]}2", f"{block[1]}3"]
    )},
    **{"H~F": 0.4, "H~G": 0.3, "F~~G": 0.3, "x1~~y1": 0.1},
}  # fmt: skip
MODELS = """
[models]
fewer-constructs = \"\"\"
F =~ x1 + x2 + x3
H =~ z1 + z2 + z3
H ~ F
\"\"\"
[models.fewer-items]
syntax = \"\"\"
F =~ x3 + x1
G =~ y1 + y2
H =~ z1 + z2 + z3
H ~ F + G
\"\"\"
[models.more-paths]
syntax = \"\"\"
F =~ x1 + x2 + x3
G =~ y1 + y2 + y3
H =~ z1 + z2 + z3
G ~ F
H ~ F + G
\"\"\"
[models.one-construct]
syntax = "A =~ x1 + x2 + x3 + y1 + y2 + y3"
"""


def written(folder: Path, rest: str, data: str = "", population: str = "") -> Path:
    """A study file of a made population with 20 replications of n = 60, and what else is said."""
    values = "\n".join(f'"{name}" = {value!r}' for name, value in VALUES.items())
    made = POPULATION.replace('"F=~*" = 0.7', values) + population
    (folder / "population.toml").write_text(made, encoding="utf-8")
    path = folder / "made.toml"
    path.write_text(
        f'{HEAD}[data]\npopulation = "population.toml"\nn = [60]\nreplications = 20\nseed = 3\n{data}{rest}',
        encoding="utf-8",
    )
    return path


def standardised(model: Model, est: dict[str, float]) -> dict[str, float]:
    """lavaan's std.all of loadings and paths, from estimates under marker scaling."""
    places = {construct: j for j, construct in enumerate(model.constructs)}
    paths, disturbances = np.zeros((len(places), len(places))), np.zeros((len(places), len(places)))
    for (left, right), value in ((name.split("~", 1), value) for name, value in est.items() if "=~" not in name):
        if right.startswith("~") and left in places:
            a, b = places[left], places[right[1:]]
            disturbances[a, b] = disturbances[b, a] = value
        elif left in places:
            paths[places[left], places[right]] = value
    total = np.linalg.inv(np.eye(len(places)) - paths)
    spread = np.sqrt(np.diag(total @ disturbances @ total.T))
    found = {}
    for outcome, predictor in model.paths:
        ratio = spread[places[predictor]] / spread[places[outcome]]
        found[f"{outcome}~{predictor}"] = est[f"{outcome}~{predictor}"] * ratio
    for block in model.blocks:
        for item in block.items:
            part = est[f"{block.construct}=~{item}"] * spread[places[block.construct]]
            found[f"{block.construct}=~{item}"] = part / np.sqrt(part**2 + est[f"{item}~~{item}"])
    return found


@pytest.mark.parametrize("case", sorted(LAVAAN["limits"]))
@pytest.mark.parametrize("estimator", ["ml", "uls", "gls"])
def test_limits_are_lavaans(case: str, estimator: str) -> None:
    told = LAVAAN["populations"][case]
    population = Population.of(Model.parse(told["model"]), told["values"])
    model = Model.parse(told["fitted"])
    wanted = standardised(model, LAVAAN["limits"][case][estimator]["est"])
    targets = [model.target(name) for name in wanted]
    method = build(estimator, {}, 0.95)
    found = method.estimator.without_inference().fit(Batch.of_moments(population.moments), model, targets)
    # 1e-6: lavaan's optimum is exact to about 1e-12, and ours is where the gradient is under 1e-8
    np.testing.assert_allclose(found.value[0], list(wanted.values()), rtol=0, atol=1e-6)


def test_a_study_tells_the_limit_of_a_model_without_the_cross_loading_beside_the_truth(tmp_path: Path) -> None:
    told = LAVAAN["populations"]["omitted_crossloading"]
    values = "\n".join(f'"{name}" = {value!r}' for name, value in told["values"].items())
    methods = "".join(f"[methods.{name}]\n" for name in ("ml", "uls", "gls"))
    (tmp_path / "crossing.toml").write_text(
        f'{HEAD}[data]\nn = [400]\nreplications = 200\nseed = 8\n[data.population]\nsource = "case 17"\n'
        f'model = """{told["model"]}"""\n[data.population.values]\n{values}\n'
        f'[estimands]\ntargets = ["Y~X", "Y~Z", "X=~x3", "Z=~z1", "X~~Z"]\n{methods}',
        encoding="utf-8",
    )
    runner.run(load(str(tmp_path / "crossing.toml")), tmp_path / "out", 1, Console(quiet=True))
    rows = pd.read_parquet(tmp_path / "out" / "measures.parquet").set_index(["method", "target", "measure", "over"])
    model = Model.parse(told["fitted"])
    for method in ("ml", "uls", "gls"):
        wanted = standardised(model, LAVAAN["limits"]["omitted_crossloading"][method]["est"])
        for target in ("Y~X", "Y~Z", "X=~x3", "Z=~z1"):
            limit = rows.loc[(method, target, "limit_before_cut", "population")]
            assert limit["value"] == pytest.approx(wanted[target], abs=1e-6)
            assert limit["truth"] == told["values"][target]
            bias = rows.loc[(method, target, "bias", "all")]
            # the sample's own bias is of order 1 / n, 0.0025; five standard errors of the mean of 200
            assert abs(bias["value"] + bias["truth"] - limit["value"]) < 5 * bias["mcse"] + 0.01


def plain_ml(model: Model, covariance: NDArray[np.float64]) -> dict[str, float]:
    """ML limits by a general optimiser on log det Sigma + tr(S Sigma^-1), constructs of variance 1."""
    blocks, p = model.block_of, len(model.items)
    exogenous = [model.constructs.index(name) for name in model.exogenous]
    pairs = [(a, b) for i, a in enumerate(exogenous) for b in exogenous[i + 1 :]]
    steps = [(model.constructs.index(y), model.constructs.index(x)) for y, x in model.paths]

    def implied(t: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        among = np.eye(len(model.constructs))
        for (a, b), value in zip(pairs, t[p : p + len(pairs)], strict=True):
            among[a, b] = among[b, a] = value
        weights = np.zeros_like(among)
        for (y, x), value in zip(steps, t[p + len(pairs) : p + len(pairs) + len(steps)], strict=True):
            weights[y, x] = value
        for j in model.causal_order:
            if weights[j].any():
                earlier = list(model.causal_order[: model.causal_order.index(j)])
                among[j, earlier] = among[earlier, j] = weights[j] @ among[:, earlier]
        loadings = t[:p]
        sigma = np.outer(loadings, loadings) * among[np.ix_(blocks, blocks)]
        return sigma + np.diag(np.exp(t[-p:])), weights

    def discrepancy(t: NDArray[np.float64]) -> float:
        sigma, _ = implied(t)
        sign, logdet = np.linalg.slogdet(sigma)
        return float(logdet + np.trace(np.linalg.solve(sigma, covariance))) if sign > 0 else 1e9

    start = np.concatenate([np.full(p, 0.7), np.full(len(pairs) + len(steps), 0.2), np.full(p, np.log(0.5))])
    at = minimize(discrepancy, start, method="BFGS", options={"gtol": 1e-9, "maxiter": 5000}).x
    for _ in range(3):  # Newton steps on finite differences take it the rest of the way
        at = at - np.linalg.solve(_hessian(discrepancy, at), _gradient(discrepancy, at))
    _, weights = implied(at)
    found = {f"{model.constructs[y]}~{model.constructs[x]}": weights[y, x] for y, x in steps}
    total = at[:p] / np.sqrt(at[:p] ** 2 + np.exp(at[-p:]))
    return found | {f"{model.constructs[blocks[i]]}=~{item}": total[i] for i, item in enumerate(model.items)}


def _gradient(f, t, h=1e-4):  # type: ignore[no-untyped-def]
    """Five-point differences: their error is of order h^4 = 1e-16."""
    return np.array([
        (f(t - 2 * e) - 8 * f(t - e) + 8 * f(t + e) - f(t + 2 * e)) / (12 * h) for e in h * np.eye(len(t))
    ])  # fmt: skip


def _hessian(f, t, h=1e-3):  # type: ignore[no-untyped-def]
    return np.array([(_gradient(f, t + e) - _gradient(f, t - e)) / (2 * h) for e in h * np.eye(len(t))])


@pytest.mark.parametrize("case", sorted(LAVAAN["limits"]))
def test_the_limit_of_ml_is_that_of_a_plain_optimiser(case: str) -> None:
    told = LAVAAN["populations"][case]
    population = Population.of(Model.parse(told["model"]), told["values"])
    model = Model.parse(told["fitted"])
    wanted = plain_ml(model, population.structure.covariance)
    method = build("ml", {}, 0.95).estimator.without_inference()
    found = method.fit(Batch.of_moments(population.moments), model, [model.target(name) for name in wanted])
    # 1e-6: gradients by differences are exact to about 1e-11, divided by curvatures of 0.01 and more
    np.testing.assert_allclose(found.value[0], list(wanted.values()), rtol=0, atol=1e-6)


FEW = Model.parse("F =~ x3 + x1\nG =~ y1 + y2\nH =~ z1 + z2 + z3\nH ~ F + G")


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
@pytest.mark.parametrize("model", ["fewer-constructs", "fewer-items", "more-paths"])
def test_every_method_fits_every_model_as_if_it_had_its_items_alone(name: str, model: str, tmp_path: Path) -> None:
    rest = f'{MODELS}[estimands]\ntargets = ["H~F", "F~~G", "F=~x1"]\n[methods.own]\nestimator = "{name}"\n'
    rest += f'[methods.other]\nestimator = "{name}"\nmodel = "{model}"\n'
    path = written(tmp_path, rest, population="[scale]\ncategories = 5\n")
    if (name, model) == ("gscam", "fewer-items"):
        with pytest.raises(InputError, match=r"methods\.other: block F has two items, which leave gscam a choice"):
            load(str(path))
        return
    study = load(str(path))
    own, other = study.methods
    batch = study.cells[0].draw_block(study.address(study.cells[0]), 0, 3)
    fitted = study.fitted(other)
    assert fitted == Model.parse(study.file.models[model].syntax)
    wanted = study.estimated(other)
    named = dataclasses.replace(batch, items=study.model.items)
    alone = other.estimator.fit(named.only(fitted.items), fitted, wanted)
    told = fitting.fit(study, other, batch)
    for q, target in enumerate(study.estimands):
        expected = alone.value[:, wanted.index(target)] if target in wanted else np.full(3, np.nan)
        np.testing.assert_array_equal(told.value[:, q], expected)
    np.testing.assert_array_equal(told.status, alone.status)
    plain = own.estimator.fit(batch, study.model, study.estimands)
    np.testing.assert_array_equal(fitting.fit(study, own, batch).value, plain.value)


def test_models_stand_beside_each_other(tmp_path: Path) -> None:
    methods = "".join(
        f'[methods.{estimator}-{model}]\nestimator = "{estimator}"\nmodel = "{model}"\n'
        for estimator in ("ml", "sumscores")
        for model in ("population", "fewer-constructs", "more-paths", "one-construct")
    )
    targets = ["H~F", "H~G", "G~F", "A=~x1", "F~~G"]
    path = written(tmp_path, f"{MODELS}[estimands]\ntargets = {json.dumps(targets)}\n{methods}")
    study = load(str(path))
    runner.run(study, tmp_path / "results", 1, Console(quiet=True))
    reports.write(tmp_path / "results")
    measures = pd.read_parquet(tmp_path / "results" / "measures.parquet")
    lacking = measures[
        (measures["method"] == "ml-fewer-constructs") & (measures["target"].isin(["H~G", "F~~G", "A=~x1"]))
    ]
    assert lacking.empty
    assert (measures[measures["measure"] == "convergence_rate"]["value"] == 1).all()
    bias = measures[(measures["measure"] == "bias") & (measures["over"] == "all")].set_index(["method", "target"])[
        "value"
    ]
    from_limit = measures[(measures["measure"] == "bias_from_limit") & (measures["over"] == "all")]
    of_model = measures[measures["measure"] == "misspecification"].set_index(["method", "target"])["value"]
    for row in from_limit.itertuples():
        if (row.method, row.target) in bias.index:
            assert row.value + of_model[row.method, row.target] == pytest.approx(
                bias[row.method, row.target], abs=1e-12
            )
    assert not any(method.endswith("population") for method in from_limit["method"])
    assert {"G~F", "A=~x1"} <= set(from_limit["target"])
    page = (tmp_path / "results" / "report.html").read_text(encoding="utf-8")
    assert "Not estimated, since its model lacks it" in page or "Not estimated, since its model lacks them" in page


def test_the_fitted_model_as_a_factor_is_the_same_as_methods_beside_each_other(tmp_path: Path) -> None:
    beside = (
        f'{MODELS}[estimands]\ntargets = ["H~F", "H~G"]\n[methods.a]\nestimator = "ml"\n'
        '[methods.b]\nestimator = "ml"\nmodel = "fewer-constructs"\n'
    )
    as_factor = f'{MODELS}[estimands]\ntargets = ["H~F", "H~G"]\n[methods.a]\nestimator = "ml"\n'
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = load(str(written(tmp_path / "one", beside)))
    two = load(
        str(written(tmp_path / "two", as_factor, '[data.factors]\nmodel = ["population", "fewer-constructs"]\n'))
    )
    assert [cell.key for cell in two.cells] == [one.cells[0].key] * 2  # the same data sets
    table = block_table(one, one.cells[0], 0).to_pandas()
    for cell, method in zip(two.cells, ("a", "b"), strict=True):
        found = block_table(two, cell, 0).to_pandas()
        wanted = table[table["method"] == method]
        for target in ("H~F", "H~G"):
            np.testing.assert_array_equal(found[f"value:{target}"], wanted[f"value:{target}"])
    assert two.at(two.cells[1]).fitted(two.methods[0]) == Model.parse(two.file.models["fewer-constructs"].syntax)
    assert two.definition != one.definition


def test_truth_stays_the_populations(tmp_path: Path) -> None:
    study = one_cell(
        tmp_path,
        "[models]\nchain = '''F =~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nH =~ z1 + z2 + z3\nG ~ F\nH ~ G'''\n",
        ["H~F", "H~G", "G~F", "F->G->H"],
        "chain",
    )
    truth = dict(zip([t.name for t in study.estimands], study.cells[0].truth(study.estimands), strict=True))
    assert truth["H~F"] == 0.4
    assert truth["H~G"] == 0.3
    assert np.isnan(truth["G~F"])  # nothing leads to G in the population
    assert np.isnan(truth["F->G->H"])


def test_a_path_that_the_population_lacks_is_zero_where_it_could_be_added(tmp_path: Path) -> None:
    model = "F =~ x1 + x2\nG =~ y1 + y2\nH =~ z1 + z2\nG ~ F\nH ~ G"
    values = {f"{c}=~{i}{k}": 0.7 for c, i in ("Fx", "Gy", "Hz") for k in (1, 2)} | {"G~F": 0.5, "H~G": 0.4}
    told = f'source = "made"\nmodel = """{model}"""\n[values]\n' + "\n".join(f'"{k}" = {v}' for k, v in values.items())
    (tmp_path / "chain.toml").write_text(told, encoding="utf-8")
    more = "F =~ x1 + x2\nG =~ y1 + y2\nH =~ z1 + z2\nG ~ F\nH ~ G + F"
    rest = f'[estimands]\ntargets = ["H~F", "H~G"]\n[models]\nmore = """{more}"""\n[methods.ml]\nmodel = "more"\n'
    text = written(tmp_path, rest).read_text(encoding="utf-8")
    path = tmp_path / "made.toml"
    path.write_text(text.replace("population.toml", "chain.toml"), encoding="utf-8")
    study = load(str(path))
    assert list(study.cells[0].truth(study.estimands)) == [0.0, 0.4]
    limit = fitting.fit(study, study.methods[0], Batch.of_moments(study.cells[0].world.population.moments), True)
    np.testing.assert_allclose(limit.value[0], [0.0, 0.4], atol=1e-8)


def one_cell(folder: Path, models: str, targets: list[str], model: str) -> Study:
    """A study whose only method, ML, fits a model."""
    rest = f'{models}[estimands]\ntargets = {json.dumps(targets)}\n[methods.ml]\nmodel = "{model}"\n'
    return load(str(written(folder, rest)))


@pytest.mark.parametrize(
    ("models", "targets", "model", "told"),
    [
        (
            "[models]\na = 'F =~ x1 + x2'\n",
            ["F=~x1"],
            "b",
            ["methods.ml: model: model 'b' is not known", "population, a"],
        ),
        ("[models]\na = 'F =~ x1 + xx1'\n", ["F=~x1"], "a", ["methods.ml: model a", "item 'xx1'", "did you mean 'x1'"]),
        ("[models]\na = 'F =~ x1 + '\n", ["F=~x1"], "a", ["models.a: line 1", "empty place"]),
        ("[models]\npopulation = 'F =~ x1 + x2'\n", ["F=~x1"], "population", ["models.population", "give another"]),
        ("[models]\na = 3\n", ["F=~x1"], "population", ["models.a", "3 given"]),
        ("[models.a]\nsyntx = 'F =~ x1'\n", ["F=~x1"], "population", ["models.a.syntx", "syntax"]),
        ("[models]\na = 'F =~ x1 + x2'\n", ["Q=~x1"], "a", ["estimands.targets[1]", "construct 'Q'"]),
    ],
)
def test_what_is_wrong_with_a_model_is_told_by_name(
    models: str, targets: list[str], model: str, told: list[str], tmp_path: Path
) -> None:
    with pytest.raises(InputError) as error:
        one_cell(tmp_path, models, targets, model)
    for text in told:
        assert text in str(error.value)


OUTSIDE = '''
from dataclasses import dataclass

from estimators.composites.sumscores import SumScores


@dataclass(frozen=True)
class OfSomebody(SumScores):
    """Sum scores, from outside."""
'''


def test_an_estimator_from_outside_fits_a_named_model(tmp_path: Path) -> None:
    (tmp_path / "of_somebody.py").write_text(OUTSIDE, encoding="utf-8")
    rest = f'{MODELS}[estimands]\ntargets = ["H~F", "H~G"]\n' + "".join(
        f'[methods.{name}]\nestimator = "{estimator}"\nmodel = "fewer-constructs"\n'
        for name, estimator in (("own", "sumscores"), ("outside", "of_somebody:OfSomebody"))
    )
    study = load(str(written(tmp_path, rest)))
    table = block_table(study, study.cells[0], 0).to_pandas()
    own, outside = (table[table["method"] == name] for name in ("own", "outside"))
    np.testing.assert_array_equal(own["value:H~F"], outside["value:H~F"])
    assert outside["value:H~G"].isna().all()
    with pytest.raises(InputError, match="allow-code"):
        load(str(tmp_path / "made.toml"), code="refuse")
