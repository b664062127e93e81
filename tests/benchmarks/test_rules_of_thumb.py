"""Rules of thumb, each against the worked figures of its paper."""

import pytest

from benchmarks.planning import thumb
from sim.model import Model

#: Path, inverse square root and gamma-exponential numbers: Kock & Hadaya (2018), Tables 3 to 5, and the text (0.197).
KOCK_HADAYA = [(0.397, 40, 26), (0.147, 287, 273), (0.100, 619, 605), (0.197, 160, 146)]
#: Further ones of the text, by the inverse square root alone.
SQUARE_ROOT = [(0.237, 111), (0.286, 76), (0.253, 97), (0.35, 51)]
#: Cohen (1992), Table 2, multiple R at 5 %: predictors, and respondents for a small, medium and large f2.
COHEN = {2: (481, 67, 30), 3: (547, 76, 34), 4: (599, 84, 38), 5: (645, 91, 42), 6: (686, 97, 45), 8: (757, 107, 50)}
#: Westland's (2010) bound for an effect, as Table 4 of PMC4917209 gives it: constructs, n for 0.1, 0.2 and 0.3.
WESTLAND = {
    **{2: (152, 37, 16), 3: (290, 69, 28), 4: (387, 92, 38), 5: (463, 110, 45), 6: (526, 124, 50)},
    **{7: (579, 137, 55), 8: (625, 148, 60), 9: (666, 157, 63), 10: (703, 166, 67)},
}


@pytest.mark.parametrize(("path", "square_root", "exponential"), KOCK_HADAYA)
def test_kock_and_hadaya(path: float, square_root: int, exponential: int) -> None:
    assert thumb.inverse_square_root(path, 0.8, 0.05, tails=1) == square_root
    assert thumb.gamma_exponential(path, 0.8, 0.05) == exponential


@pytest.mark.parametrize(("path", "square_root"), SQUARE_ROOT)
def test_kock_and_hadaya_in_the_text(path: float, square_root: int) -> None:
    assert thumb.inverse_square_root(path, 0.8, 0.05, tails=1) == square_root


def test_two_tails_ask_for_more() -> None:
    assert thumb.inverse_square_root(0.197, 0.8, 0.05, tails=2) == 203  # (1.95996 + 0.84162)^2 / 0.197^2 = 202.2


def test_gamma_stands_where_the_exponential_asks_for_ten_or_fewer() -> None:
    assert thumb.gamma_exponential(0.8, 0.8, 0.05) == 10


@pytest.mark.parametrize("predictors", COHEN)
def test_cohen(predictors: int) -> None:
    """Within 1 %, or two respondents where there are few: Cohen read lambda off a table of a few denominators."""
    for f2, printed in zip((0.02, 0.15, 0.35), COHEN[predictors], strict=True):
        assert thumb.least_for_f2(predictors, f2, 0.8, 0.05) == pytest.approx(printed, rel=0.01, abs=2.01)


@pytest.mark.parametrize("arrows", thumb.HAIR)
def test_hair(arrows: int) -> None:
    """The printed table is that of noncentral F with R2 / (1 + R2) for f2, where f2 is R2 / (1 - R2)."""
    for r2, printed in zip(thumb.HAIR_R2, thumb.HAIR[arrows], strict=True):
        assert thumb.least_for_f2(arrows, r2 / (1 + r2), 0.8, 0.05) == pytest.approx(printed, abs=1.01)
        assert thumb.hair_table(arrows, r2) == printed
        assert thumb.least_for_r2(arrows, r2, 0.8, 0.05) < printed


def test_hair_as_kock_and_hadaya_read_it() -> None:
    assert thumb.hair_table(2, 0.549) == 33
    assert thumb.hair_table(2, 0.09) == 110
    assert thumb.hair_table(11, 0.5) is None


@pytest.mark.parametrize("constructs", WESTLAND)
def test_westland_by_effect(constructs: int) -> None:
    found = tuple(thumb.westland_effect(effect, constructs, 0.8, 0.05) for effect in (0.1, 0.2, 0.3))
    assert found == WESTLAND[constructs]


def test_westland_by_ratio() -> None:
    assert [thumb.westland_ratio(r, 1) for r in (2, 3, 4)] == [400, 200, 100]
    assert thumb.westland_ratio(12, 1) == thumb.westland_ratio(9, 2)


def test_ten_times_as_kock_and_hadaya_count() -> None:
    """Their model: three outcomes with two predictors each."""
    model = Model.parse(
        "A =~ a1 + a2\nB =~ b1 + b2\nC =~ c1 + c2\nD =~ d1 + d2\nE =~ e1 + e2\nC ~ A + B\nD ~ C + A\nE ~ C + A"
    )
    assert thumb.ten_times(model) == 20
    assert thumb.ten_times(Model.parse("A <~ a1 + a2 + a3 + a4\nB =~ b1 + b2\nB ~ A")) == 40


def test_wolf_where_the_model_is_like_theirs() -> None:
    """Their mediation model: three factors of three items, loadings of 0.65."""
    model = Model.parse("X =~ x1 + x2 + x3\nM =~ m1 + m2 + m3\nY =~ y1 + y2 + y3\nM ~ X\nY ~ X + M")
    assert thumb.wolf_largest(model, [0.65] * 9) == 460
    assert thumb.wolf_largest(model, [0.65] * 8 + [0.9]) is None
    assert thumb.wolf_largest(Model.parse("X =~ x1 + x2\nY =~ y1 + y2\nY ~ X"), [0.65] * 4) is None
