"""Steps in study files: what a study tells the oracle, what is refused before any draw, and that a study runs."""

import json

import numpy as np
import pytest
from rich.console import Console

from benchmarks.own.method_words import methods_of
from benchmarks.run import runner
from benchmarks.stored import store
from benchmarks.study import study as studies
from sim.errors import InputError
from sim.model import Model


def study_text(methods, factors=""):
    return f"""
name = "steps"
[aims]
title = "Steps"
question = "Do they run?"
[data]
population = "five.toml"
n = [60]
replications = 20
seed = 3
{factors}
[estimands]
targets = ["G~F", "F=~f1"]
{methods}
"""


@pytest.fixture
def write(tmp_path):
    def written(methods, weak="0.0", factors=""):
        (tmp_path / "five.toml").write_text(_population(weak))
        path = tmp_path / "study.toml"
        path.write_text(study_text(methods, factors))
        return str(path)

    return written


def _population(weak):
    loadings = {"f1": 0.8, "f2": 0.7, "f3": 0.7, "f4": weak, "g1": 0.8, "g2": 0.7, "g3": 0.6}
    values = "".join(f'"{item[0].upper()}=~{item}" = {value}\n' for item, value in loadings.items())
    return (
        'title = "Two factors"\nsource = "made for a test"\nmodel = """\n'
        'F =~ f1 + f2 + f3 + f4\nG =~ g1 + g2 + g3\nG ~ F\n"""\n'
        f'[values]\n{values}"G~F" = 0.4\n[scale]\nshares = [0.1, 0.2, 0.4, 0.2, 0.1]\n'
    )


ORACLE = '[methods.oracle]\nestimator = "pls"\nsteps = [{ rule = "oracle" }]\n'


def test_the_oracle_is_told_the_true_items(write):
    study = studies.load(write(ORACLE))
    (method,) = study.methods
    assert method.steps[0].rule.items == ("f1", "f2", "f3", "g1", "g2", "g3")
    assert method.settings["steps"] == [{"rule": "oracle", "items": ["f1", "f2", "f3", "g1", "g2", "g3"]}]


def test_each_cell_has_its_own_truth(write):
    path = write(ORACLE, factors='[data.factors]\nf4 = { sets = "values.F=~f4", levels = [0.0, 0.6] }\n')
    study = studies.load(path)
    items = [study.at(cell).methods[0].steps[0].rule.items for cell in study.cells]
    assert ["f4" in each for each in items] == [False, True]


def test_the_oracle_fits_the_true_model(write):
    wrong = '[models.wrong]\nsyntax = "F =~ f1 + f2 + f3 + f4\\nG =~ g1 + g2 + g3\\nF ~ G"\n'
    study = studies.load(
        write('[methods.oracle]\nestimator = "pls"\nmodel = "wrong"\n' + ORACLE.split("\n", 2)[2] + wrong)
    )
    assert study.methods[0].steps[0].rule.model == study.model.syntax


def test_a_study_runs_and_what_it_stores_tells_what_was_dropped(write, tmp_path):
    methods = (
        '[methods.plain]\nestimator = "pls"\n' + ORACLE + '[methods.tidy]\nestimator = "pls"\n'
        'steps = [{ rule = "item-total", threshold = 0.3 }, { rule = "one-at-a-time", threshold = 0.5 }]\n'
    )
    study = studies.load(write(methods))
    assert [each.name if each else None for each in map(study.unscreened, study.methods)] == [None, "plain", "plain"]
    runner.run(study, tmp_path / "out", 1, Console(quiet=True))
    told = json.loads((tmp_path / "out" / "study.json").read_text())["methods"]["tidy"]
    assert "; before that, the item-total 0.30 rule drops" in told["description"]
    stored = store.ByMethod(tmp_path / "out", study, study.cells[0])
    assert not stored["oracle"]["retained:f4"].any()
    assert stored["oracle"][["retained:f1", "retained:g3"]].to_numpy().all()
    assert not stored["tidy"]["retained:f4"].all()
    assert (stored["tidy"]["status"] == 0).all()
    assert np.isfinite(stored["tidy"]["value:G~F"]).all()


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ('steps = [{ rule = "hare" }]', "steps[1]: rule 'hare' is not known; did you mean 'hair'?"),
        (
            'steps = [{ rule = "hair" }, { rule = "item-total", treshold = 1 }]',
            "steps[2]: setting of the rule item-total",
        ),
        ("steps = [{ threshold = 0.3 }]", "steps[1]: a step names no rule"),
        ('steps = "hair"', "steps is 'hair'; write for instance steps = ["),
        ("steps = []", "steps is []; write"),
        ("steps = [3]", "steps[1]: a step is 3; write a table"),
        ('steps = [{ rule = "hair" }]\nscreening = {}', "screening and steps are both given"),
        (
            'steps = [{ rule = "upper-limit" }]',
            "steps[1] (upper-limit): the rule upper-limit decides by standard errors",
        ),
        ('steps = [{ rule = "item-total", by = "ml" }]', "the rule item-total looks at no fit; leave out by"),
        ('steps = [{ rule = "hair", by = "mll" }]', "steps[1]: estimator 'mll' is not known"),
        ('steps = [{ rule = "hair", weak = 0.8 }]', "steps[1]: hair: weak is 0.8 and strong 0.7"),
        ('steps = [{ rule = "hair" }]\nwhole_procedure = true', "whole_procedure resamples the steps too"),
        ("whole_procedure = true", "there are no steps"),
        (
            'steps = [{ rule = "random", number = 1 }]\nresamples = 20\nwhole_procedure = true',
            "the rule random means nothing in a resample",
        ),
        ('steps = [{ rule = "random" }]', "give as_many_as or number"),
        ('steps = [{ rule = "random", as_many_as = { rule = "nothing" } }]', "which drops no items"),
    ],
)
def test_what_does_not_compose_is_refused_before_any_draw(write, method, message):
    with pytest.raises(InputError) as error:
        studies.load(write(f'[methods.tidy]\nestimator = "pls"\n{method}\n'))
    assert message in str(error.value)
    assert "methods.tidy: " in str(error.value)


def test_steps_are_written_on_a_line_for_ones_own_survey():
    model = Model.parse("F =~ f1 + f2 + f3 + f4\nG =~ g1 + g2 + g3\nG ~ F")
    words = ['pls[steps=[{rule="hair", weak=0.3}, {rule="item-total"}], scheme=centroid]']
    ((label, method),) = methods_of(words, model, {"resamples": 50}, 0.95).items()
    assert [step.rule.name for step in method.steps] == ["hair", "item-total"]
    assert label == "PLS, 0.30 to 0.70 rule, item-total 0.30 rule (scheme=centroid)"
    with pytest.raises(InputError, match=r"the oracle needs the truth.*here give items"):
        methods_of(['pls[steps=[{rule="oracle"}]]'], model, None, 0.95)


def test_somebodys_own_rule_is_not_run_unless_it_is_allowed(write, tmp_path):
    path = write('[methods.own]\nestimator = "pls"\nsteps = [{ rule = "my_rule_of_steps:First" }]\n')
    with pytest.raises(InputError, match="'my_rule_of_steps:First' is code of somebody's own"):
        studies.load(path, code="refuse")
    (tmp_path / "my_rule_of_steps.py").write_text(OWN)
    study = studies.load(path)
    assert "my_rule_of_steps sha256" in study.code["own"]
    batch = study.cells[0].draw_block(study.address(study.cells[0]), 0, 5)
    fit = study.methods[0].fit(batch, study.model)
    assert not fit.retained[:, 0].any()
    assert fit.retained[:, 1:].all()


OWN = '''
"""A rule of one's own."""
from dataclasses import dataclass, replace
from typing import ClassVar

from estimators.decisions.items import Decision, ItemRule, all_fine, spared


@dataclass(frozen=True)
class First(ItemRule):
    """Drops the first item."""

    minimum_items: int = 2
    name: ClassVar[str] = "first"
    condemns: ClassVar[str] = "the first item"
    proceeds: ClassVar[str] = "whatever it is"

    def decide(self, batch, model, method):
        """All but the first item."""
        passes = batch.retained.copy()
        passes[:, 0] = False
        kept, short = spared(passes, 0.0 + passes, batch.retained, model, self.minimum_items)
        return Decision(kept, short, all_fine(batch))
'''
