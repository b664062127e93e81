"""Laws of rules: each catches a rule with the fault it is about, and a rule of one's own is held by its reference."""

import importlib
import sys

import pytest

from estimators.laws import decisions as laws
from sim.errors import InputError

TEMPLATE = '''
"""A rule with a fault."""
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from estimators.decisions.items import Decision, ItemRule, all_fine, spared
{imports}

@dataclass(frozen=True)
class Faulty(ItemRule):
    """Drops items under the block's median variance."""

    minimum_items: int = 2
    name: ClassVar[str] = "faulty"
    in_units: ClassVar[bool] = True
    condemns: ClassVar[str] = "items"
    proceeds: ClassVar[str] = "all at once"

    def decide(self, batch, model, method):
        """All but some."""
        retained = batch.retained
        values = batch.moments.covariances.diagonal(axis1=1, axis2=2) * 1.0
        values = np.where(retained, values, -1.0)
        {line}
        passes = retained & (values > 0.9)
        kept, short = spared(passes, values, retained, model, self.minimum_items)
        {last}
        return Decision(kept, short, all_fine(batch))
'''

FAULTS = {
    "sound": ({}, None),
    "truth": ({"imports": "from sim.population.record import Population"}, "no-truth"),
    "truth by study": ({"imports": "import benchmarks.study.study"}, "no-truth"),
    "truth by a call": (
        {"imports": "import importlib as i; i.import_module('sim.population.record')"},
        "no-truth",
    ),
    "truth by a builtin": ({"imports": "W = __import__('sim.catalogue')"}, "no-truth"),
    "truth named": ({"imports": "TRUTH = 'sim/catalogue/three-factors.toml'"}, "no-truth"),
    "truth opened": (
        {
            "imports": "import sim",
            "last": "open(sim.__path__[0] + '/cata' + 'logue/three-factors.toml', 'rb').close()",
        },
        "no-truth",
    ),
    "too few": ({"last": "kept[:, :4] = False"}, "keeps-enough"),
    "brings back": ({"last": "kept[:] = True"}, "keeps-enough"),
    "neighbours": ({"line": "values = values - values.mean(axis=0) + 0.9"}, "alone"),
    "writes": ({"line": "batch.answers is not None and batch.answers.__setitem__((0, 0, 0), 9.0)"}, "repeatable"),
    "dice": ({"line": "values = values * np.random.default_rng().uniform(0.5, 1.5, values.shape)"}, None),
    "first item": ({"line": "values[:, 0] = -1.0"}, "order-of-items"),
    "names": ({"line": "values[:, [item.endswith('1') for item in model.items]] = 2.0"}, "names"),
    "address": ({"line": "values[batch.replications % 7 == 3] = 2.0"}, "address"),
    "left out": ({"line": "values = values + 0.3 * np.sign(batch.moments.covariances[:, 1:2, 1] - 1.0)"}, "left-out"),
    "none of a noisy block": ({"last": "kept[values.max(axis=1) < 1.8, : model.bounds[1]] = False"}, "keeps-enough"),
    "company": ({"line": "values = values + 0.3 * (len(batch) > 3)"}, "alone"),
    "mood": (
        {"line": "DONE.append(1); values -= 0.15 * (len(DONE) % 2)", "imports": "DONE = []"},
        "repeatable",
    ),
    "writes what stays": ({"last": "batch.retained[:] = kept"}, "repeatable"),
    "next to": ({"line": "values[:, 1:] = np.minimum(values[:, 1:], values[:, :-1])"}, "order-of-items"),
    "alphabet": ({"line": "values = values + 0.3 * np.array([ord(item[-1]) % 2 for item in model.items])"}, "names"),
    "odd": ({"line": "values = values + 0.4 * (batch.replications[:, None] % 2)"}, "address"),
    "panics": ({"line": "values = values if (values > 1e-9).all() else values * 0.0"}, None),
}


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write(name):
        parts = {"imports": "", "line": "pass", "last": "pass", **FAULTS[name][0]}
        module = f"faulty_{name.replace(' ', '_')}"
        (tmp_path / f"{module}.py").write_text(TEMPLATE.format(**parts))
        importlib.invalidate_caches()
        return {"rule": f"{module}:Faulty"}

    return write


@pytest.mark.parametrize("name", [name for name, (_, law) in FAULTS.items() if law])
def test_a_fault_is_caught_by_its_law(written, name):
    law = FAULTS[name][1]
    held = laws.report(written(name), only=[law])
    assert [each.law for each in held if each.outcome == "broken"] == [law]
    with pytest.raises(laws.RuleBroken, match="faulty breaks the law"):
        laws.check(written(name), only=[law])


def test_a_check_of_all_laws_raises_on_the_first(written):
    with pytest.raises(laws.RuleBroken, match="faulty breaks the law no-truth"):
        laws.check(written("truth"))


def test_chance_that_is_not_addressed_is_caught(written):
    broken = {each.law for each in laws.report(written("dice")) if each.outcome == "broken"}
    assert {"repeatable", "alone"} & broken


def test_a_rule_that_lets_one_data_set_decide_for_all_is_caught(written):
    broken = {each.law for each in laws.report(written("panics")) if each.outcome == "broken"}
    assert "failures" in broken


def test_a_sound_rule_of_ones_own_breaks_none(written):
    held = laws.check(written("sound"))
    assert {each.law: each.outcome for each in held if each.outcome != "held"} == {"units": "untested"}
    assert [each.law for each in held] == [law.name for law in laws.RULE_LAWS]


def test_what_cannot_be_held_is_told():
    with pytest.raises(InputError, match="law of rules 'nams' is not known"):
        laws.report({"rule": "hair"}, without=["nams"])
    with pytest.raises(InputError, match="rule 'hare' is not known"):
        laws.report({"rule": "hare"})
    with pytest.raises(InputError, match="refuses every model"):
        laws.report({"rule": "oracle", "items": ["zz"]})
