"""Results of two studies that were never run, to make reports of: numbers from formulas, like real ones."""

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measures.basis.formulas import wilson
from benchmarks.measures.basis.itemgroups import groups
from benchmarks.measures.catalogue import BY_NAME
from benchmarks.stored import checksums
from reports.results import Estimate, Results

REPLICATIONS = 2000
BLOCKS = {
    "ACRM": ["CC1", "CC2", "CC3", "PC1", "PC2", "PC3", "OI1", "OI2"],
    "OCRM": ["OGG1", "OGG2", "OGG3", "PCO1", "PCO2"],
    "PERF": ["VA1", "VA2", "PRO1", "PRO2", "VPC1", "VPC2"],
}
DROPPED = ("CC2", "PC1", "OI2", "PRO1", "PRO2")
LOADING = {"ACRM": 0.74, "OCRM": 0.69, "PERF": 0.76}
FACTORS: dict[str, list[str]] = {
    "dropped_items": ["weak", "as-good", "zero"],
    "crm_correlation": ["0.5", "0.3", "0.7"],
    "ocrm_effect": ["small", "zero"],
}
#: Distance of each method's limit before the cut from the truth, as a share of it, and its standard error at n = 72.
METHODS: dict[str, tuple[str, bool, float, float]] = {
    "sums": ("Sum scores", False, -0.14, 0.095),
    "sums-screened": ("Sum scores, 0.70 rule", True, -0.13, 0.097),
    "pls": ("PLS", False, -0.11, 0.090),
    "pls-screened": ("PLS, 0.70 rule", True, -0.12, 0.092),
    "ml": ("ML SEM", False, 0.0, 0.120),
    "ml-screened": ("ML SEM, 0.70 rule", True, 0.01, 0.124),
}
#: The keys of groups of items, by the label under which they are stored.
GROUP_KEYS = {group.label: group.key for group in groups(0.70)}
#: What study.json says of the rule.
RULE = {
    "name": "all-at-once",
    "label": "0.70 rule",
    "threshold": 0.70,
    "minimum_items": 2,
    "too_few": "fewer than two items",
    "sentence": "The 0.70 rule drops items whose standardised loading is under 0.70, all at once.",
    "strong_kept": True,
}


def normal_share(z: float) -> float:
    """Share of a standard normal variable below z."""
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


class Rows:
    """Collects the rows of measures.parquet for one cell after another."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.where: dict[str, Any] = {}

    def add(self, measure: str, value: float, mcse: float, target: str = "", truth: float = math.nan) -> None:
        counts = {"usable": self.where["used"], "all": REPLICATIONS}
        if measure.startswith("limit"):
            counts = {"population": 0}
        for over, used in counts.items():
            place = {key: each for key, each in self.where.items() if key != "used"}
            lost = over == "all" and measure in ("power", "type_1_error", "coverage")
            row = {
                "target": target,
                "measure": measure,
                "over": over,
                "truth": truth,
                "value": value * self.where["used"] / REPLICATIONS if lost else value,
                "mcse": mcse,
                "lower": math.nan,
                "upper": math.nan,
                "jackknife": math.nan,
                "group": GROUP_KEYS.get(target, ""),
            }
            self.rows.append(
                {**place, **row, "n_used": REPLICATIONS if lost else used, "n_total": REPLICATIONS if used else 0}
            )

    def share(self, measure: str, value: float, target: str = "", truth: float = math.nan) -> None:
        self.add(measure, value, math.sqrt(value * (1 - value) / self.where["used"]), target, truth)


def path_rows(rows: Rows, target: str, truth: float, n: int, limit: float, spread: float, screened: bool) -> None:
    """Every measure of one path for a method whose limit is off by the share `limit`."""
    before = truth * (1 + limit)
    after = before - 0.06 * truth
    se = spread * math.sqrt(72 / n)
    mean = after + (0.8 / n if not screened else 1.4 / n)
    bias = mean - truth
    root = math.sqrt(rows.where["used"])
    reach = 1.96 * 0.96
    rows.add("bias", bias, se / root, target, truth)
    if truth:
        rows.add("relative_bias", bias / truth, se / root / truth, target, truth)
    rows.add("empirical_se", se, se / root / math.sqrt(2), target, truth)
    rows.add("mean_model_se", 0.96 * se, 0.1 * se / root, target, truth)
    rows.add("relative_error_model_se", -0.04, 0.7 / root, target, truth)
    rows.add("rmse", math.hypot(bias, se), se / root, target, truth)
    rows.share("coverage", normal_share(reach - bias / se) - normal_share(-reach - bias / se), target, truth)
    found = 1 - normal_share(reach - mean / se) + normal_share(-reach - mean / se)
    rows.share("power" if truth else "type_1_error", found, target, truth)
    rows.add("limit_before_cut", before, 0.0, target, truth)
    rows.add("limit_after_cut", after, 0.0, target, truth)
    rule = -0.02 * truth if screened else 0.0
    rows.add("step_method", before - truth, 0.0, target, truth)
    rows.add("step_scale", after - before, 0.0, target, truth)
    rows.add("step_rule", rule, abs(rule) / root, target, truth)
    rows.add("step_chance", mean - after - rule, se / root, target, truth)
    rows.share("coverage_of_limit", 0.93, target, truth)
    if screened:
        rows.add("screening_shift", 0.6 / n - 0.01 * truth, 0.2 * se / root, target, truth)


def drop_rows(rows: Rows, loadings: dict[str, float], n: int) -> None:
    """The rule drops an item when its estimated loading, a little above the true one, falls under 0.70."""
    rates = {name: normal_share((0.68 - loading) * math.sqrt(n) / 0.55) for name, loading in loadings.items()}
    for name, rate in rates.items():
        rows.share("drop_rate", rate, name, loadings[name])
    for kind, kept, under in (
        ("true items", 0.001, 1.0),
        ("true items >= 0.70", 0.70, 1.0),
        ("weak items < 0.70", 0.001, 0.70),
    ):
        of = [rate for name, rate in rates.items() if kept <= loadings[name] < under]
        if of:
            rows.share("drop_rate", sum(of) / len(of), kind)
            rows.share("group_any_dropped", 1 - math.prod(1 - rate for rate in of), kind)
            spread = math.sqrt(sum(rate * (1 - rate) for rate in of))
            rows.add("group_items_lost", sum(of), spread / math.sqrt(REPLICATIONS), kind)
            rows.add("group_size", float(len(of)), 0.0, kind)
    null = [rate for name, rate in rates.items() if not loadings[name]]
    if null:
        rows.share("drop_rate", sum(null) / len(null), "null items")
    total, spread = sum(rates.values()), math.sqrt(sum(rate * (1 - rate) for rate in rates.values()))
    rows.add("items_dropped", total, spread / math.sqrt(REPLICATIONS))
    rows.share("many_dropped", normal_share((total - 4.5) / spread))
    rows.share("block_short", 0.012 * 72 / n if n < 200 else 0.0)


def truths(levels: dict[str, str]) -> tuple[dict[str, float], dict[str, float]]:
    """Loadings and paths of one population."""
    weak = {"weak": 0.5, "zero": 0.0}
    loadings = {
        f"{block}=~{item}": weak.get(levels["dropped_items"], LOADING[block]) if item in DROPPED else LOADING[block]
        for block, items in BLOCKS.items()
        for item in items
    }
    small = 0.13 if levels["ocrm_effect"] == "small" else 0.0
    return loadings, {"PERF~ACRM": 0.80 - float(levels["crm_correlation"]) * small, "PERF~OCRM": small}


def screened_study(
    folder: Path, factors: dict[str, list[str]] = FACTORS, sizes: tuple[int, ...] = (72, 150, 300)
) -> Path:
    """A results folder like the flagship's; `factors` may leave levels out but names all three."""
    rows, cells, calibration = Rows(), [], []
    for combination in itertools.product(*factors.values()):
        levels = dict(zip(factors, combination, strict=True))
        loadings, paths = truths(levels)
        calibration.append({"levels": levels, "rows": published(), "loadings": loadings, "paths": paths})
        for n in sizes:
            number_of = len(cells) + 1
            label = ", ".join([f"n = {n}", *(f"{factor} = {level}" for factor, level in levels.items())])
            cells.append({"cell": number_of, "n": n, "levels": levels, "label": label})
            for name, (_, screened, limit, spread) in METHODS.items():
                used = REPLICATIONS - (round(9000 / n) if name.startswith("ml") else 0)
                rows.where = {"cell": number_of, "n": n, **levels, "method": name, "used": used}
                for path, truth in paths.items():
                    path_rows(rows, path, truth, n, limit, spread, screened)
                rows.add("bias", -0.05, 0.002, "r2(PERF)", 0.60)
                rows.add("bias", 0.02, 0.001, "ave(ACRM)", 0.55)
                rows.share("usable_rate", used / REPLICATIONS)
                rows.share("convergence_rate", used / REPLICATIONS)
                rows.share("inadmissibility_rate", 1 - used / REPLICATIONS)
                rows.add("resamples_lost", 0.01, 0.001)
                if screened:
                    drop_rows(rows, loadings, n)
    facts = {
        "name": "crm-clusters",
        "title": "Dropping every item under 0.70 from 72 questionnaires",
        "question": "A study ran PLS on 72 five-point questionnaires, dropped every item that loaded under 0.70 and "
        "reported two paths. Had the truth been known, how often would that procedure have found it?",
        "aims": ["How often does the 0.70 rule drop true items?", "What does it do to the two paths?"],
        "population": "crm-clusters",
        "source": "Talmenssour, Chebh & Noureddine, Table 2",
        "notes": ["The source prints no item distribution: the category shares are ours."],
        "model": "\n".join([*(f"{b} =~ {' + '.join(i)}" for b, i in BLOCKS.items()), "PERF ~ ACRM + OCRM"]),
        "constructs": {
            "ACRM": "analytical CRM",
            "OCRM": "operational CRM",
            "PERF": "organisational performance",
        },
        "seed": 20210901,
        "replications": REPLICATIONS,
        "items": 19,
        "groups": [vars(group) for group in groups(0.70)],
        "estimands": ["PERF~ACRM", "PERF~OCRM", "r2(PERF)", "ave(ACRM)"],
        "factors": {name: {"meaning": f"what {name} means", "levels": levels} for name, levels in factors.items()},
        "sizes": list(sizes),
        "cells": cells,
        "methods": {
            name: {
                "label": label,
                "estimator": name.partition("-")[0],
                "rule": RULE if screened else None,
                "unscreened": name.partition("-")[0] if screened else None,
                "resamples": 500 if name.startswith("pls") else None,
                "description": "composites weighted by mode A" if name == "pls" else "",
            }
            for name, (label, screened, _, _) in METHODS.items()
        },
        "calibration": calibration,
        "versions": {"python": "3.11.7", "numpy": "2.4.6"},
        "command": "loadstone run crm-clusters --output results/crm-clusters",
        "replay": "loadstone replay crm-clusters --cell 1 --replication 17",
    }
    return store(folder, facts, rows)


def published() -> list[dict[str, Any]]:
    return [
        {"quantity": "ave(ACRM)", "published": 0.604, "achieved": 0.604, "solved": True},
        {"quantity": "alpha(ACRM)", "published": 0.837, "achieved": 0.8362, "solved": False},
        {"quantity": "r2(PERF)", "published": 0.502, "achieved": 0.502, "solved": True},
    ]


def plain_study(folder: Path) -> Path:
    """Four predictors, no factors, no screening, no calibration, one construct without a label; one path is zero."""
    rows, cells = Rows(), []
    true = {"Y~A": 0.48, "Y~B": 0.314, "Y~C": 0.114, "Y~D": 0.0}
    for index, n in enumerate((40, 90)):
        cells.append({"cell": index, "n": n, "levels": {}, "label": f"n = {n}"})
        for name, limit in {"sums": -0.15, "pls": -0.13, "ml": 0.0}.items():
            rows.where = {"cell": index, "n": n, "method": name, "used": REPLICATIONS}
            for path, truth in true.items():
                path_rows(rows, path, truth, n, limit, 0.1, False)
            rows.share("usable_rate", 1.0)
    facts = {
        "name": "goodhue-2012",
        "title": "Four predictors & one outcome: <n = 40>",
        "question": "Does PLS find more than regression?",
        "seed": 1,
        "replications": REPLICATIONS,
        "estimands": list(true),
        "sizes": [40, 90],
        "cells": cells,
        "methods": {name: {"label": name.upper(), "estimator": name} for name in ("sums", "pls", "ml")},
    }
    return store(folder, facts, rows)


def store(folder: Path, facts: dict[str, Any], rows: Rows) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.json").write_text(json.dumps(facts))
    measures = pd.DataFrame(rows.rows)
    rate = np.array([BY_NAME[name].rate for name in measures["measure"]])
    measures["lower"], measures["upper"] = wilson(
        measures["value"].where(rate).to_numpy(), measures["n_used"].to_numpy()
    )
    measures.to_parquet(folder / "measures.parquet", index=False)
    checksums.record(folder, ["study.json", "measures.parquet"])
    return folder


def stored(results: Results, method: str, target: str, measure: str) -> Estimate:
    """One stored number of the baseline cell."""
    found = results.estimate(results.baseline_cell, method, target, measure)
    assert found is not None
    return found
