"""`loadstone show` of composites, second-order constructs and another reading: the drawing, the tables, the words."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from benchmarks.portraits.portrait import portrait
from reports.diagram import diagram as path_diagram
from reports.show import page as show_page
from reports.show import tables as show_tables
from sim import catalogue
from tests.svg import SVG, collisions, texts

#: Composites beside factors, and a second-order composite of three dimensions.
KINDS = """
model = '''
STR <~ s1 + s2 + s3
RES =~ r1 + r2 + r3
D1 =~ d11 + d12 + d13
D2 <~ d21 + d22
D3 =~ d31 + d32 + d33 + d34
PERF <~ D1 + D2 + D3
GROW =~ g1 + g2 + g3
PERF ~ STR + RES
GROW ~ PERF
'''
[scale]
thresholds = [-1.0, 0.5]
[values]
"STR~~RES" = 0.3
"s1~~s2" = 0.4
"D1~~D2" = 0.25
"r1~~r2" = 0.1
[factors.weights]
sets = "weight"
levels = [1.0]
[factors.loadings]
sets = "loading"
levels = [0.8]
[factors.paths]
sets = "path"
levels = [0.35]
"""


@pytest.fixture
def kinds(tmp_path: Path) -> str:
    path = tmp_path / "kinds.toml"
    path.write_text(KINDS)
    return str(path)


def test_composites_are_hexagons_with_weights_and_dimensions_stand_below(kinds: str) -> None:
    population = catalogue.population(kinds)
    svg, telephone = path_diagram.wide(population, {}), path_diagram.narrow(population)
    root, told = ET.fromstring(svg), texts(svg)
    assert len(list(root.iter(f"{SVG}polygon"))) == 3
    assert len(list(root.iter(f"{SVG}ellipse"))) == 4
    weights = population.truth([population.model.target(n) for n in ("STR<~s1", "D2<~d21", "PERF<~D1", "PERF<~D3")])
    assert all(f"{weight:.2f}" in told for weight in weights)
    assert all(told.count(name) == 1 for name in (*population.model.constructs, *population.model.items))
    # Three paths, six blocks of items, one arrow from the dimensions, and the curve between STR and RES.
    assert len([e for e in root.iter(f"{SVG}path") if e.get("marker-end")]) == 3 + 6 + 1 + 1
    assert collisions(svg) == set()
    assert "3 dimensions" in texts(telephone)
    assert "D1, D2, D3 dimensions of PERF" in path_diagram.alt(population)


def test_tables_tell_weights_and_correlations_within_composites(kinds: str) -> None:
    shown = portrait(kinds)
    tables = {table.name: table for table in show_tables.tables(shown)}
    assert tables["within"].rows == (("s1, s2", pytest.approx(0.4)),)
    assert tables["errors"].rows == (("r1, r2", pytest.approx(0.1)),)
    sorts = {row[0]: row[-2] for row in tables["constructs"].rows}
    assert (sorts["PERF"], sorts["STR"], sorts["RES"]) == ("composite, second order", "composite", None)
    heads = [column.header for column in tables["weights"].columns]
    names = [row[0] + row[1] for row in tables["weights"].rows]
    assert names == ["STRs1", "STRs2", "STRs3", "D2d21", "D2d22", "PERFD1", "PERFD2", "PERFD3"]
    assert heads[:3] == ["Construct", "Item", "truth"]
    set_by = {row[0]: row[2] for row in tables["correlations"].rows}
    assert [set_by[pair] for pair in ("STR, RES", "D1, D2", "STR, D1", "STR, GROW")] == [
        *("value", "value", "dimensions' loadings", "paths")
    ]
    assert [limit.name for limit in shown.limits if limit.ending] == ["ml"]
    page = show_page.page(shown)
    assert "A hexagon is a composite" in page
    assert "Below a second-order construct" in page


def test_another_reading_is_what_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('base = "three-factors"\n[reading]\nkind = "composite"\n')
    shown = portrait(str(path))
    svg = path_diagram.wide(shown.population, {})
    assert len(list(ET.fromstring(svg).iter(f"{SVG}polygon"))) == 3
    assert f"{shown.true_value('eta2~eta1'):.2f}" in texts(svg)
    limits = {limit.name: limit.value for limit in shown.limits}
    weights = [i for i, target in enumerate(shown.targets) if target.kind == "weight"]
    assert len(weights) == 9
    assert np.isfinite(limits["pls"][weights]).all()
    assert "truth of all blocks composite" in show_page.page(shown)
