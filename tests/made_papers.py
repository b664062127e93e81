"""Simulated papers: a known population, one survey of it, the paper's own procedure, and the table that it prints."""

from dataclasses import dataclass

import numpy as np

from benchmarks.auditing.answers import Key
from benchmarks.auditing.prior import REFERENCE, Prior
from benchmarks.auditing.procedure import Procedure, fitted
from estimators.solution import loading_targets
from sim.batch import Batch
from sim.drawing.many import ManyPopulations
from sim.streams import Address, content_key
from sim.tables.reading.table import Table, of_content
from sim.targets import Target

MODEL = """
A =~ a1 + a2 + a3 + a4
B =~ b1 + b2 + b3 + b4 + b5
Y =~ y1 + y2 + y3 + y4
Y ~ A + B
"""
#: What is asked of the audit and known of the population: power, bias and drop probabilities.
KINDS = ("power", "bias", "as many of each", "as many in all", "a good item dropped")


@dataclass(frozen=True)
class Paper:
    """A paper's table, the population behind it, and the truth by question."""

    table: Table
    many: ManyPopulations
    truth: dict[Key, float]


def frame(n: int, printed: dict[str, object], paper: dict[str, object], rule: bool = True) -> dict[str, object]:
    """The content of a table file."""
    given: dict[str, object] = {"method": "pls", "n": n, "scale_points": 5, "model": MODEL, "paper": paper, **printed}
    return given | ({"loading_rule": "0.70"} if rule else {})


def a_paper(
    number: int, n: int = 80, prior: Prior = REFERENCE, details: str = "paths", precise: int = 3000
) -> Paper | None:
    """Paper `number` on a population drawn from the prior; None where its survey cannot be analysed.

    details: what is printed beside alpha, rho_c, AVE and R2: "paths" with their stars, "loadings", or "little".
    """
    address = Address(number, content_key({"simulated papers": prior.name}))
    rng = address.generator("population", 0)
    bare: dict[str, dict[str, object]] = {c: {} for c in "ABY"}
    empty = of_content({**frame(n, {"constructs": bare}, {}), "model": MODEL})
    many = _drawn(empty, prior, rng)
    procedure = Procedure.of(empty)
    survey = Batch.of(many.draw(n, 1, rng)[0], [0], address, items=empty.model.items)
    constructs = [Target(kind, (c,)) for c in "ABY" for kind in ("alpha", "rho_c", "ave")]
    wanted = (*procedure.paths, Target("r2", ("Y",)), *constructs, *loading_targets(empty.model))
    fit = fitted(procedure.method, survey, empty, wanted)
    if fit.fatal[0]:
        return None
    value = dict(zip([target.name for target in wanted], fit.value[0], strict=True))
    stars = procedure.called(fit.replaced(targets=wanted))[0]
    sections: dict[str, dict[str, object]] = {}
    for block in empty.model.blocks:
        gone = [i for i in block.items if not fit.retained[0, empty.model.items.index(i)]]
        own: dict[str, object] = {"dropped": gone}
        own |= {kind: f"{value[f'{kind}({block.construct})']:.3f}" for kind in ("alpha", "rho_c", "ave")}
        if details == "loadings":
            own["loadings"] = {i: f"{value[f'{block.construct}=~{i}']:.3f}" for i in block.items if i not in gone}
        sections[block.construct] = own
    sections["Y"]["r2"] = f"{value['r2(Y)']:.3f}"
    printed: dict[str, object] = {"constructs": sections}
    paper: dict[str, object] = {}
    if details != "little":
        printed["paths"] = {target.name: f"{value[target.name]:.3f}" for target in procedure.paths}
        paper["claims"] = {
            target.name: "supported" if found else "not supported"
            for target, found in zip(procedure.paths, stars[: len(procedure.paths)], strict=True)
        }
    table = of_content(frame(n, printed, paper))
    return Paper(table, many, _truth(procedure, table, many, n, precise, address))


def _drawn(table: Table, prior: Prior, rng: np.random.Generator) -> ManyPopulations:
    """One population from the prior, by its plain definition."""
    while True:
        loadings = np.concatenate([prior.loadings(1, len(b.items), rng) for b in table.reported.values()], axis=1)
        paths, outside, _ = prior.structures(table.model, 1, rng)
        cuts = []
        for block in table.reported.values():
            scales = prior.scales(table, block)
            cuts.append(np.repeat(scales[rng.integers(len(scales)), :, None], len(block.items), axis=1))
        many = ManyPopulations(table.model, loadings, paths, outside, np.concatenate(cuts, axis=1)[None])
        if many.exists[0]:
            return many


def _truth(
    procedure: Procedure, table: Table, many: ManyPopulations, n: int, precise: int, address: Address
) -> dict[Key, float]:
    """The truth of one population about a paper's table, from many surveys."""
    data = many.draw(n, precise, address.generator("truth", 0))[0]
    batch = Batch.of(data, address=address, items=procedure.table.model.items)
    plain = fitted(procedure.values_only, batch, procedure.table, procedure.paths)
    tested = fitted(procedure.method, batch.rows(slice(0, precise // 4)), procedure.table, procedure.paths)
    called, found = procedure.called(tested), dict[Key, float]()
    constructs = list(procedure.table.model.constructs)
    usable = ~plain.fatal
    for j, target in enumerate(procedure.paths):
        true = many.paths[0, constructs.index(target.parts[0]), constructs.index(target.parts[1])]
        found[Key("power" if true else "type I error here", target.name)] = float(called[:, j].mean())
        found[Key("bias", target.name)] = float((plain.value[usable, j] - true).mean())
    retained = plain.retained[usable]
    good = many.loadings[0] >= 0.70
    found[Key("a good item dropped")] = float((~retained & good).any(axis=1).mean())
    counts = procedure.dropped_counts(retained)
    printed = procedure.dropped_counts(np.array([[item not in table.dropped for item in table.model.items]]))[0]
    found[Key("as many of each")] = float((counts == printed).all(axis=1).mean())
    found[Key("as many in all")] = float((counts.sum(axis=1) == printed.sum()).mean())
    return found
