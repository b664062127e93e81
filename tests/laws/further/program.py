"""A program of one's own, with a fault by its name: least squares on means of standardised items, paths alone."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

fault, model, data, out = sys.argv[1:]
blocks, paths = {}, {}
for line in Path(model).read_text(encoding="utf-8").splitlines():
    for operator in ("=~", "<~"):
        if operator in line:
            name, items = line.split(operator)
            blocks[name.strip()] = [item.strip() for item in items.split("+")]
    if "~" in line and "=~" not in line and "<~" not in line and "~~" not in line:
        outcome, predictors = line.split("~")
        paths[outcome.strip()] = [x.strip() for x in predictors.split("+")]
if fault == "by-place":  # three columns each, as in the survey that it was written for
    names = [item for items in blocks.values() for item in items]
    blocks = {name: names[3 * j : 3 * j + 3] or items for j, (name, items) in enumerate(blocks.items())}
rows = []
table = pd.read_csv(data)
groups = [(r, one) for r, one in table.groupby("data_set")]
for r, one in groups:
    items = one.drop(columns="data_set")
    if (items.std(ddof=0) < 1e-12).any():
        rows.append({"data_set": r, "target": "", "value": "", "status": "CONSTANT_ITEM"})
        continue
    standard = (items - items.mean()) / items.std(ddof=0)
    if fault == "spread-of-all":
        whole = table.drop(columns="data_set")
        standard = (items - whole.mean()) / whole.std(ddof=0)
    scores = {name: standard[own].mean(axis=1) for name, own in blocks.items()}
    told = len(groups) - 1 - r if fault == "backwards" else r
    for outcome, predictors in paths.items():
        among = np.corrcoef([scores[x] for x in [*predictors, outcome]]).reshape(len(predictors) + 1, -1)
        if np.linalg.eigvalsh(among)[0] < 1e-10:
            rows.append({"data_set": told, "target": "", "value": "", "status": "SINGULAR"})
            break
        b = np.linalg.solve(among[:-1, :-1], among[:-1, -1])
        value = [f"{x:.7g}" if fault == "seven-digits" else repr(float(x)) for x in b]
        rows += [
            {"data_set": told, "target": f"{outcome}~{x}", "value": v, "status": "OK"}
            for x, v in zip(predictors, value, strict=True)
        ]
if fault == "last-lost":
    rows = [row for row in rows if row["data_set"] != len(groups) - 1 or len(groups) == 1]
pd.DataFrame(rows, columns=["data_set", "target", "value", "status"]).to_csv(out, index=False)
