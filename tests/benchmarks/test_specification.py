"""Changed models: what is stored of a change, and how often it is the true one."""

import numpy as np
from rich.console import Console

from benchmarks.evaluation import evaluate
from benchmarks.evaluation.respecified import to_the_true_model
from benchmarks.evaluation.sampled import Estimates
from benchmarks.measures.basis.selections import ModelChanges
from benchmarks.measures.decisions.specification import TRUE_MODEL
from benchmarks.run import runner
from benchmarks.stored import store
from benchmarks.study import study as studies
from estimators.decisions.models.freed import with_changes
from estimators.methods import build
from sim.batch import Batch
from sim.drawing.draw import draw_block
from sim.model import Model
from sim.population.record import Population
from sim.respecification import differences
from tests.estimators.decisions.cases import HERE

FIRST = "X =~ x1 + x2 + x3\nW =~ w1 + w2 + w3\nY =~ y1 + y2 + y3\nY ~ X + W"
TRUTH = FIRST + "\nx1 ~~ x2"
VALUES = {"*=~*": 0.7, "x1~~x2": 0.25, "X~~W": 0.3, "Y~X": 0.5, "Y~W": 0.0}
POPULATION = Population.of(Model.parse(TRUTH), VALUES)
SEARCH = [{"rule": "modification-indices", "least": 10.83}, {"rule": "weak-paths", "level": 0.001}]


def test_differences_are_told_by_name_whatever_their_order():
    first = Model.parse(FIRST)
    assert differences(first, first) == ""
    assert differences(first, Model.parse(FIRST + "\nx2 ~~ x1")) == "x1~~x2"
    assert differences(Model.parse(TRUTH), Model.parse(FIRST.replace(" + W", ""))) == "-Y~W, -x1~~x2"
    assert differences(first, with_changes(first, [("X", "y1"), ("x1", "x2"), ("Y", "w2")])) == "X=~y1, Y=~w2, x1~~x2"
    assert differences(first, Model.parse(FIRST + "\nY =~ x2")) == "Y=~x2"


def test_a_zero_is_no_relation_of_a_population():
    assert POPULATION.relations == {"Y~X", "x1~~x2"}


def test_cross_loadings_are_relations_of_a_population():
    crossed = Population.of(Model.parse(TRUTH), VALUES | {"X=~y1": 0.3, "Y=~w2": -0.2})
    assert crossed.relations == {"Y~X", "x1~~x2", "X=~y1", "Y=~w2"}
    general = Population.of(Model.parse(TRUTH), VALUES | {"G=~y1": 0.3, "G=~w2": 0.3}, unmodelled=["G"])
    assert general.relations is None, "no model of the study can have the construct"


def test_a_long_search_in_large_samples_ends_with_the_truth():
    """At n = 3000 both relations have a power of 1, and a chance of 1 in 1000 for each false one is hardly met."""
    batch = draw_block(POPULATION, 3000, HERE, 0, 20)
    first = Model.parse(FIRST)
    fit = build("ml", {"steps": SEARCH}, 0.95, model=first).fit(batch, first)
    assert (fit.changes == "x1~~x2, -Y~W").mean() > 0.9
    assert build("ml", {}, 0.95, model=first).fit(batch, first).changes.tolist() == [""] * 20


def test_changes_are_those_of_the_replication_wherever_it_stands():
    """Data sets with other models are fitted together, and come back to their own places."""
    batch = draw_block(POPULATION, 72, HERE, 0, 40)
    first = Model.parse(FIRST)
    method = build("ml", {"steps": [{"rule": "modification-indices"}]}, 0.95, model=first)
    whole = method.fit(batch, first)
    assert len(set(whole.changes)) > 3
    for r in range(0, 40, 7):
        alone = method.fit(Batch.of(batch.raw[r : r + 1], items=batch.items), first)
        assert alone.changes[0] == whole.changes[r]


def study(folder, fitted=FIRST, rule='{ rule = "modification-indices" }', n=150, replications=60, **further):
    values = "\n".join(f'"{name}" = {value}' for name, value in (VALUES | further).items())
    (folder / "study.toml").write_text(
        'name = "search"\n[aims]\ntitle = "A"\nquestion = "B"\n'
        f"[data]\nn = [{n}]\nreplications = {replications}\nseed = 4\n"
        f'[data.population]\ntitle = "P"\nsource = "made for a test"\nmodel = """\n{TRUTH}\n"""\n'
        f"[data.population.values]\n{values}\n"
        f'[models.first]\nsyntax = """\n{fitted}\n"""\n[estimands]\ntargets = ["Y~X"]\n'
        '[methods.plain]\nestimator = "ml"\n'
        '[methods.search]\nestimator = "ml"\nmodel = "first"\n'
        f'steps = [{rule}, {{ rule = "weak-paths" }}]\n'
    )
    return studies.load(str(folder / "study.toml"))


def test_the_rates_are_plain_counts_of_what_is_stored(tmp_path):
    own = study(tmp_path)
    runner.run(own, tmp_path / "results", 1, Console(quiet=True))
    stored = store.cell_estimates(tmp_path / "results", own, 1)
    changes = stored.loc[stored["method"] == "search", "changes"].tolist()
    assert set(stored.loc[stored["method"] == "plain", "changes"]) == {""}
    rows = evaluate.evaluate(own, own.cells[0], stored)
    found = rows[rows["method"] == "search"].set_index(["measure", "target"])["value"]
    assert found["model_changed", ""] == np.mean([change != "" for change in changes])
    assert found["true_model", ""] == np.mean([change == "x1~~x2, -Y~W" for change in changes]) > 0
    often = found["model_rate"]
    assert often.iloc[0] == max(changes.count(each) for each in set(changes)) / 60
    assert "model_changed" not in set(rows.loc[rows["method"] == "plain", "measure"])


def test_a_cross_loading_of_the_population_belongs_to_the_true_model(tmp_path):
    """Only loadings are freed: in blocks of three X=~y1 and y2~~y3 are nearly the same model."""
    rule = '{ rule = "modification-indices", free = "cross-loadings", least = 7 }'
    own = study(tmp_path, rule=rule, n=400, replications=30, **{"X=~y1": 0.3, "x1~~x2": 0.0})
    runner.run(own, tmp_path / "results", 1, Console(quiet=True))
    stored = store.cell_estimates(tmp_path / "results", own, 1)
    changes = stored.loc[stored["method"] == "search", "changes"].tolist()
    assert sum("X=~y1" in change for change in changes) > 20
    rows = evaluate.evaluate(own, own.cells[0], stored)
    found = rows[rows["method"] == "search"].set_index(["measure", "target"])["value"]
    assert found["true_model", ""] == np.mean([change == "X=~y1, -Y~W" for change in changes]) > 0
    assert found["model_changed", ""] == np.mean([change != "" for change in changes])
    assert found["model_rate"].iloc[0] == max(changes.count(each) for each in set(changes)) / 30
    crossed = study(tmp_path, FIRST + "\nY =~ x2", rule, **{"X=~y1": 0.3, "x1~~x2": 0.0})
    missing = to_the_true_model(Estimates(own, own.cells[0], own.methods[1], {}, None))
    assert missing == "X=~y1, -Y~W"
    missing = to_the_true_model(Estimates(crossed, crossed.cells[0], crossed.methods[1], {}, None))
    assert missing == "X=~y1, -Y=~x2, -Y~W", "a model may have one too many"


def test_no_model_is_called_true_where_none_can_be(tmp_path):
    own = study(tmp_path, FIRST.replace("Y =~ y1 + y2 + y3", "Y =~ y1 + y2"))
    assert to_the_true_model(Estimates(own, own.cells[0], own.methods[1], {}, None)) is None, "it has another block"
    among = {"w1~~w2": 0.3, "w1~~w3": 0.3, "w2~~w3": 0.3}
    weights = {"W<~w1": 1.0, "W<~w2": 1.0, "W<~w3": 1.0}
    composite = Population.of(Model.parse(TRUTH.replace("W =~", "W <~")), VALUES | weights | among)
    assert composite.relations is None, "correlations within a composite are no error covariances"
    sample = ModelChanges("", "usable", np.nan, 2, changes=np.array(["", "a~~b"]), to_true=None)
    assert TRUE_MODEL.function(sample) is None
