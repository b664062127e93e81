"""Planted inconsistencies of a paper's numbers, tests and text are found; a sound paper's are not."""

import copy
from typing import Any

import pytest

from sim.errors import InputError
from sim.tables.bounds.consistency import Finding, Severity, check
from sim.tables.bounds.papercheck import check_paper
from sim.tables.reading.table import of_content

#: A paper whose numbers are those of one correlation matrix: loadings, reliabilities, correlations, R2, paths, t.
SOUND: dict[str, Any] = {
    "method": "pls",
    "n": 120,
    "loading_rule": "0.70",
    "model": "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nY =~ y1 + y2 + y3\nY ~ A + B",
    "constructs": {
        "A": {"loadings": ["0.80", "0.85", "0.75"], "ave": "0.642", "rho_c": "0.843", "alpha": "0.72"},
        "B": {"loadings": ["0.78", "0.82", "0.90"], "ave": "0.697", "rho_c": "0.873", "alpha": "0.78"},
        "Y": {"loadings": ["0.88", "0.81", "0.83"], "ave": "0.706", "rho_c": "0.878", "alpha": "0.79", "r2": "0.310"},
    },
    "correlations": {"A~~B": "0.300", "A~~Y": "0.500", "B~~Y": "0.381"},
    "paths": {"Y~A": "0.424", "Y~B": "0.254"},
    "paper": {
        "resamples": 500,
        "items_announced": 9,
        "approached": 200,
        "response_rate": "60",
        "t": {"Y~A": "5.30", "Y~B": "2.90"},
        "p": {"Y~A": "<0.001", "Y~B": "0.004"},
        "stars": {"Y~A": "***", "Y~B": "**"},
        "claims": {"Y~A": "supported", "Y~B": "supported"},
        "larger": ["Y~A > Y~B"],
    },
}


def failed(content: dict[str, Any]) -> dict[str, Finding]:
    table = of_content(content)
    return {f"{f.about}: {f.check}": f for f in (*check(table), *check_paper(table)) if f.severity > Severity.FINE}


def planted(place: str, value: Any) -> dict[str, Any]:
    """The sound paper with another value at `paper.t.Y~A`."""
    content = copy.deepcopy(SOUND)
    *sections, key = place.split(".")
    inside = content
    for section in sections:
        inside = inside[section]
    inside[key] = value
    return content


def test_the_sound_paper_has_no_fault() -> None:
    table = of_content(SOUND)
    assert len((*check(table), *check_paper(table))) > 20
    assert failed(SOUND) == {}


@pytest.mark.parametrize(
    ("place", "value", "found"),
    [
        ("constructs.A.ave", "0.700", "A: AVE and loadings"),
        ("constructs.B.rho_c", "0.920", "B: rho_c and AVE"),
        ("constructs.Y.r2", "0.410", "Y: R2 and paths"),
        ("paths.Y~B", "0.354", "B → Y: path and correlations"),
        ("paper.stars.Y~B", "***", "B → Y: stars and p-value"),
        ("paper.p.Y~B", "0.040", "B → Y: p-value and t"),
        ("paper.t.Y~A", "-5.30", "A → Y: t and path"),
        ("paper.t.Y~A", "16.20", "A → Y: t, path, R2 and n"),
        ("paper.claims.Y~B", "not supported", "B → Y: claim and test"),
        ("paper.items_announced", 8, "items: items announced and listed"),
        ("paper.response_rate", "0.72", "respondents: response rate"),
        ("paper.approached", 100, "respondents: respondents and those approached"),
        ("paper.larger", ["Y~B > Y~A"], "B → Y, A → Y: which path is larger"),
    ],
)
def test_a_planted_inconsistency_is_found(place: str, value: Any, found: str) -> None:
    assert found in failed(planted(place, value))


def test_a_kept_item_under_the_rule_is_found() -> None:
    content = planted("constructs.A.loadings", ["0.80", "0.85", "0.55"])
    assert "A: kept items and the rule" in failed(content)


def test_a_one_sided_p_value_is_told_as_such() -> None:
    finding = failed(planted("paper.p.Y~B", "0.002"))["B → Y: p-value and t"]
    assert finding.severity == Severity.STRAINED
    assert "one-sided" in finding.reason
    assert not failed(
        planted("paper.p.Y~B", "0.002") | {"paper": {**SOUND["paper"], "p": {"Y~B": "0.002"}, "tails": 1}}
    )


def test_stars_without_p_values_are_held_against_t() -> None:
    content = planted("paper.stars.Y~B", "***")
    del content["paper"]["p"]
    assert "B → Y: stars and t" in failed(content)


@pytest.mark.parametrize(
    ("paper", "part"),
    [
        ({"t": {"Y~C": "2.0"}}, "path 'Y~C' is not known"),
        ({"stars": {"Y~A": "****"}}, "number of stars '****'"),
        ({"stars": {"Y~A": "+"}}, "give stars as printed"),
        ({"p": {"Y~A": "1.2"}}, "a p-value lies in 0 to 1"),
        ({"p": {"Y~A": "tiny"}}, "give a number as it is printed"),
        ({"larger": ["Y~A"]}, "write two paths as 'Y~X > Y~Z'"),
        ({"claims": {"Y~A": "perhaps"}}, "supported"),
        ({"level": 5}, "give a level between 0 and 1"),
        ({"rules": "x"}, "there is no such key; did you mean 'rule'?"),
        ({"tails": 3}, "paper.tails"),
    ],
)
def test_a_paper_section_that_cannot_be_used_is_told(paper: dict[str, Any], part: str) -> None:
    with pytest.raises(InputError, match="paper") as told:
        of_content({**SOUND, "paper": paper})
    assert part in str(told.value)
