"""Advice: rankings that are known are told, methods that are the same have no winner, criteria are kept or not."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.advising.advice import Advice, advise
from benchmarks.advising.criteria import Criteria, Verdict, limits_of, of_bias, of_rate
from benchmarks.advising.ranking import by_error, by_power
from benchmarks.advising.tally import Tally
from benchmarks.advising.worlds import MOST_WORLDS, candidates
from benchmarks.measures.basis.formulas import Measured
from benchmarks.planning.curve import Count
from reports.advising import files, words
from sim.errors import InputError

HEAD = 'title = "t"\nsource = "s"\n'
FACTORS = (
    HEAD + 'model = """\nX =~ x1 + x2 + x3\nY =~ y1 + y2 + y3\nY ~ X\n"""\n'
    '[values]\n"X=~*" = 0.7\n"Y=~*" = 0.7\n"Y~X" = 0.4\n'
)
#: Composites whose items weigh very unequally: sums and mode A give the wrong ones the same say.
COMPOSITES = (
    HEAD + 'model = """\nX <~ x1 + x2 + x3\nZ <~ z1 + z2 + z3\nY <~ y1 + y2 + y3\nY ~ X + Z\n"""\n'
    '[values]\n"Y~X" = 0.4\n"Y~Z" = 0.4\n"X~~Z" = 0.5\n'
    + "".join(
        f'"{block}<~{item}1" = 0.9\n"{block}<~{item}2" = 0.1\n"{block}<~{item}3" = -0.3\n'
        f'"{item}1~~{item}2" = 0.2\n"{item}1~~{item}3" = 0.2\n"{item}2~~{item}3" = 0.2\n'
        for block, item in ("Xx", "Zz", "Yy")
    )
)


def advised(folder: Path, text: str, n: int, methods: str, **asked: object) -> Advice:
    path = folder / "population.toml"
    path.write_text(text)
    return advise(str(path), n, methods, **{"replications": 300, "resamples": 25, **asked})  # type: ignore[arg-type]


def keeping(advice: Advice) -> list[str]:
    return [member.planned.name for member in advice.keeping]


def test_on_composites_mode_b_is_told(tmp_path: Path) -> None:
    advice = advised(tmp_path, COMPOSITES, 600, "sumscores, pls[modes=A], pls", resamples=100)
    assert "sumscores" not in keeping(advice)
    assert advice.members[0].broken[0] == "bias"
    assert advice.by_error is not None
    assert advice.by_error.winner == "pls"
    assert any(told.startswith("PLS has the smallest error") for told in words.conclusion(advice))


def test_on_factors_ml_is_told(tmp_path: Path) -> None:
    advice = advised(tmp_path, FACTORS, 200, "pls, sumscores, ml")
    assert keeping(advice) == ["ml"]
    assert "only ML SEM keeps the criteria" in words.conclusion(advice)[0]
    assert all("bias" in member.broken for member in advice.members[:2])


def test_among_methods_that_keep_the_criteria_the_one_with_less_error_is_first(tmp_path: Path) -> None:
    lax = Criteria(bias=0.9, coverage=(0.0, 1.0), type_1=(0.0, 0.5), usable=0.5)
    advice = advised(tmp_path, COMPOSITES, 200, "sumscores, pls", criteria=lax)
    assert advice.by_error is not None
    assert advice.by_error.winner == "pls"
    assert any("PLS has the smallest error" in told for told in words.conclusion(advice))


def test_two_methods_that_are_the_same_have_no_winner(tmp_path: Path) -> None:
    advice = advised(tmp_path, FACTORS, 200, "ml, ml[likelihood=normal]")
    assert advice.by_error is not None
    assert advice.by_power is not None
    for ranking in (advice.by_error, advice.by_power):
        assert ranking.winner is None
        assert set(ranking.ahead) == {"ml", "ml[likelihood=normal]"}
    told = " ".join(words.conclusion(advice))
    assert "No method has the smallest error" in told
    assert "No method has the highest power" in told


def test_the_same_advice_for_any_number_of_workers(tmp_path: Path) -> None:
    one, two = (advised(tmp_path, FACTORS, 60, "ml, sumscores", replications=130, workers=w) for w in (1, 2))
    assert files.page(one) == files.page(two)
    assert all(
        np.array_equal(a.tallies[0].error, b.tallies[0].error) for a, b in zip(one.members, two.members, strict=True)
    )
    assert one.members[0].tallies[0].error.shape == (130, 1)


def test_every_method_that_fits_is_run(tmp_path: Path) -> None:
    advice = advised(tmp_path, FACTORS, 50, "", replications=50, resamples=20)
    names = {member.planned.name for member in advice.members}
    assert names >= {"pls", "plsc", "sumscores", "ml", "sam", "gls", "croon", "miiv"}
    assert not names & {"wlsmv", "ordpls"}
    assert any("WLSMV needs answers in categories" in why for why in advice.refused)


# --- what the criteria say ---


@pytest.mark.parametrize(
    ("value", "mcse", "verdict"),
    [(0.02, 0.01, "kept"), (0.12, 0.03, "not clear"), (-0.12, 0.005, "broken"), (0.09, 0.01, "not clear")],
)
def test_a_bias_is_judged_with_its_error(value: float, mcse: float, verdict: str) -> None:
    assert of_bias(Measured(value, mcse, 100), Criteria()).verdict == Verdict(verdict)


@pytest.mark.parametrize(("happened", "verdict"), [(9500, "kept"), (9300, "not clear"), (9100, "broken")])
def test_a_rate_is_judged_by_its_interval(happened: int, verdict: str) -> None:
    assert of_rate("coverage", Count(50, happened, 10_000), (0.93, 0.97)).verdict == Verdict(verdict)


def test_a_rate_of_one_is_no_limit() -> None:
    assert of_rate("usable", Count(50, 1000, 1000), (0.95, 1.0)).verdict == Verdict.KEPT


@pytest.mark.parametrize("given", [{"coverage": (0.97, 0.93)}, {"bias": -0.1}, {"usable": 1.5}])
def test_wrong_criteria_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(InputError, match="criterion"):
        Criteria(**given)  # type: ignore[arg-type]


def test_limits_are_read_from_words() -> None:
    assert limits_of("--coverage", "0.9-0.99") == (0.9, 0.99)
    with pytest.raises(InputError, match="lowest and the highest"):
        limits_of("--coverage", "0.9")


# --- rankings ---


def tally(error: np.ndarray, found: np.ndarray) -> Tally:
    return Tally(error, np.ones_like(found), found, np.ones_like(error))


def test_a_ranking_is_paired() -> None:
    """Errors that differ by a little in the same direction everywhere: far within their spread, clear when paired."""
    rng = np.random.default_rng(1)
    error = rng.standard_normal((400, 2))
    found = rng.random((400, 2)) < 0.5
    near, far = tally(error, found), tally(1.02 * error, found)
    ranking = by_error({"far": [far], "near": [near]})
    assert ranking.winner == "near"
    differences = (far.error**2 - near.error**2).mean(axis=1)
    assert ranking.rows[1].difference == pytest.approx(differences.mean())
    assert ranking.rows[1].error == pytest.approx(differences.std(ddof=1) / np.sqrt(400))
    assert by_power({"far": [far], "near": [near]}).winner is None


def test_nobody_wins_by_chance() -> None:
    """Of two methods alike in law, one is called behind in about 5 % of 200 rankings: at most 22 (P = 0.0002)."""
    rng = np.random.default_rng(2)
    found = np.zeros((100, 1), dtype=bool)
    wins = 0
    for _ in range(200):
        pair = {name: [tally(rng.standard_normal((100, 1)), found)] for name in "ab"}
        wins += by_error(pair).winner is not None
    assert wins <= 22


# --- which populations ---


def test_a_model_alone_gets_assumed_numbers(tmp_path: Path) -> None:
    path = tmp_path / "model.txt"
    path.write_text("X =~ x1 + x2\nZ =~ z\nY =~ y1 + y2\nY ~ X + Z\n")
    (found,), told = candidates(str(path), (), "", False)
    assert "loadings 0.7" in told
    model = found.world.model
    assert found.world.truth([model.target("Y~X"), model.target("X=~x1")], 50) == pytest.approx([0.3, 0.7])
    assert found.nulls["Y~X"].truth([model.target("Y~X"), model.target("Y~Z")], 50) == pytest.approx([0, 0.3])


def test_the_set_that_is_left_open_is_run_up_to_nine() -> None:
    found, _ = candidates("crm-clusters", (), "PERF~OCRM", True)
    assert len(found) == MOST_WORLDS
    assert len({tuple(each.levels.items()) for each in found}) == MOST_WORLDS
    assert found[0].levels["dropped_items"] == "weak"
    assert [bool(each.nulls) for each in found].count(False) > 0  # where the effect is zero already


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"n": 2}, "--n is 2"),
        ({"replications": 10}, "--replications is 10"),
        ({"paths": "r2(Y)"}, "advice is about paths"),
        ({"methods": "pls,pls"}, "named twice"),
    ],
)
def test_wrong_wishes_are_refused(asked: dict[str, object], told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=told.replace("(", r"\(")):
        advised(tmp_path, FACTORS, **{"n": 50, "methods": "ml", **asked})  # type: ignore[arg-type]
