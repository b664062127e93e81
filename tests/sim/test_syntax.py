"""Model text: what is read, what goes on over line ends, and what each mistake is told."""

import numpy as np
import pytest

from sim.errors import InputError
from sim.grammar.expressions import Expression
from sim.grammar.syntax import Statement, parse
from sim.model import Model


def written(text: str) -> list[str]:
    """Each statement as `left operator right@line`."""
    return [f"{s.left}{s.operator}{s.right}@{s.line}" for s in parse(text)]


def test_a_statement_is_read_for_each_name_on_either_side() -> None:
    assert parse("F =~ x1 + x2\nG + H ~ F") == [
        Statement("F", "=~", "x1", 1),
        Statement("F", "=~", "x2", 1),
        Statement("G", "~", "F", 2),
        Statement("H", "~", "F", 2),
    ]


def test_every_operator_is_read() -> None:
    assert written("F=~x;C<~y;G~F;x~~y") == ["F=~x@1", "C<~y@1", "G~F@1", "x~~y@1"]


def test_comments_and_empty_lines_are_left_out_and_lines_still_counted() -> None:
    assert written("# first\n\nF =~ x1 # the rest; G =~ y\n ! third kind\nG =~ y1") == ["F=~x1@3", "G=~y1@5"]


def test_a_semicolon_ends_a_statement() -> None:
    assert written("F =~ x1; G =~ y1 ;; G ~ F;") == ["F=~x1@1", "G=~y1@1", "G~F@1"]


@pytest.mark.parametrize(
    "text",
    [
        "F =~ x1 +\n x2",
        "F =~ x1\n + x2",
        "F =~\n x1 + x2",
        "F\n =~ x1 + x2",
        "F =~ x1 + # the first\n\n ! and the second\n x2",
        "F =~ x1 +\r\n x2\r\n",
    ],
)
def test_a_line_that_ends_or_begins_with_plus_or_an_operator_goes_on(text: str) -> None:
    assert written(text) == ["F=~x1@1", "F=~x2@1"]


def test_names_may_hold_dots_digits_and_underscores_but_begin_with_no_digit() -> None:
    assert written("Firm.Size_2 =~ .x_1 + _y") == ["Firm.Size_2=~.x_1@1", "Firm.Size_2=~_y@1"]
    with pytest.raises(InputError, match=r"line 1: .*2nd"):
        parse("F =~ 2nd")


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ("F =~ x1\nG y1", 2, ["`G y1`", "no operator", "=~"]),
        ("F =~ x1\n\nG = y1", 3, ["`G = y1`", "`=`"]),
        ("F =~ x1 ~ y1", 1, ["2 operators"]),
        ("F =~ x1\nA + B := b", 2, ["`A + B := b`", "one name"]),
        ("F =~ x1\nx1 | t1", 2, ["`|`"]),
        ("F =~ x1\na < b b", 2, ["`a < b b`", "no expression"]),
        ("F =~ x1\na == f(b)", 2, ["`a == f(b)`", "exp, log, sqrt"]),
        ("F =~ 0,8*x1", 1, ["`0,8*x1`", "a number (fixed)"]),
        ("F =~ lower(a)*x1", 1, ["`lower(a)`", "`lower(0)`"]),
        ("F =~ c(a, 2b)*x1", 1, ["`2b`", "for each group"]),
        ("F =~ 0.8*NA*x1", 1, ["fixed, and freed"]),
        ("0.8*F =~ x1", 1, ["`0.8*F`", "on the right"]),
        ("F ~ 3", 1, ["`3`", "`~ 3*1`"]),
        ("F =~ x1 + + x2", 1, ["empty place"]),
        ("F =~ x1 +", 1, ["empty place"]),
        ("=~ x1", 1, ["empty place"]),
        ("F =~ x-1", 1, ["`x-1`", "letters"]),
        ("F =~ x1\n# note\nF =~ x 2", 3, ["`x 2`"]),
        ("F =~ x[1]", 1, ["`x[1]`", "quotes or backticks"]),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_stands_there(text: str, line: int, parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    message = str(caught.value)
    assert message.startswith(f"line {line}: ")
    for part in parts:
        assert part in message


@pytest.mark.parametrize("text", ["", "  \n\n", "# only a comment\n! and another", ";;"])
def test_an_empty_model_says_what_to_write(text: str) -> None:
    with pytest.raises(InputError, match="the model is empty; write for instance `F =~ x1"):
        parse(text)


def test_lavaans_other_spellings_of_starts_and_labels_mean_the_same():
    plain = Model.parse("F =~ x1 + x2 + a*x3 + a*x4\nG =~ y1 + y2 + y3\nG ~ F\nx1 ~~ x1")
    other = Model.parse('F =~ x1 + 0.8?x2 + label("a")*x3 + 1?a*x4\nG =~ y1 + 1e-1 ? y2 + y3\nG ~ -0.3?F\nx1 ~~ .4?x1')
    assert other == plain


TWO = "F =~ x1 + x2 + x3\nG =~ y1 + y2 + y3"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (f'{TWO}\nF =~ equal("F=~x2")*x3', f"{TWO}\nF =~ equal1*x3 + equal1*x2"),
        (f'{TWO}\nF =~ a*x2 + equal("F =~ x2")*x3', f"{TWO}\nF =~ a*x2 + a*x3"),
        (f'{TWO}\nG ~ a*F\nF =~ equal("a")*x3', f"{TWO}\nG ~ a*F\nF =~ a*x3"),
        (f'{TWO}\nx1 ~~ equal("x2~~x2")*x1', f"{TWO}\nx1 ~~ equal1*x1\nx2 ~~ equal1*x2"),
        (f'{TWO}\nx1 ~ 1\nx2 ~ equal("x1~1")*1', f"{TWO}\nx1 ~ equal1*1\nx2 ~ equal1*1"),
        (f"{TWO}\nG ~ 1/4*F", f"{TWO}\nG ~ 0.25*F"),
        (f"{TWO}\nG ~ (1 + 1)/4*F", f"{TWO}\nG ~ 0.5*F"),
        (f"{TWO}\nG ~ sqrt(4)*F", f"{TWO}\nG ~ 2*F"),
        (f"{TWO}\nG ~ 1e+1*F", f"{TWO}\nG ~ 10*F"),
        (f"{TWO}\nG ~ +.5*F", f"{TWO}\nG ~ 0.5*F"),
        ("F =~ + x1 + x2\n + x3\nG =~ y1 + y2 + y3", TWO),
        (f"{TWO}\nG ~ b *\n F", f"{TWO}\nG ~ b*F"),
        (f"{TWO}\nF =~ c(a,\n   b)*x2", f"{TWO}\nF =~ c(a, b)*x2"),
        (f'{TWO}\nF =~ label(c("a", "b"))*x2', f"{TWO}\nF =~ c(a, b)*x2"),
        (f"{TWO}\nF =~ start(c(0.5, 0.6))*x2 + c(1, 2)?x3", TWO),
        (f"{TWO}\nG ~ F\nG ~ 0.3?F\nx1 ~~ x2\nx2 ~~ start(0)*x1", f"{TWO}\nG ~ F\nx1 ~~ x2"),
        (f"{TWO}\nF =~ lower(c(0, 1))*x2", f"{TWO}\nF =~ c(lower(0), lower(1))*x2"),
        (f"{TWO}\nG ~ a*F\nd :=\n 2 *\n a", f"{TWO}\nG ~ a*F\nd := 2 * a"),
        (f"{TWO}\nG ~ a*F\na\n == 1\n / 2", f"{TWO}\nG ~ a*F\na == 1 / 2"),
    ],
)
def test_what_lavaan_allows_besides_means_the_same(text: str, same: str) -> None:
    read, known = Model.parse(text), Model.parse(same)
    assert read.syntax == known.syntax
    assert Model.parse(read.syntax).syntax == read.syntax


@pytest.mark.parametrize("label", ["lambda", "in", "b.1", "exp", "None", "\N{MICRO SIGN}", "b_1", "e"])
def test_a_label_is_a_word_of_any_language(label: str) -> None:
    model = Model.parse(f"{TWO}\nG ~ {label}*F\nq := {label}^2 + exp({label})*1e+1\n2*{label} == 1")
    assert model.terms.restrictions[0].linear == ({label: 2.0}, -1.0)
    value = model.terms.definitions[0].expression.value({label: 0.5})
    assert value == pytest.approx(0.25 + 10 * np.exp(0.5), rel=1e-14)


def test_a_number_that_is_none_is_no_error_of_the_program() -> None:
    for text in ("1/0", "a/0", "2^5000", "(-8)^(1/3)", "log(0)"):
        assert not np.isfinite(Expression.read(text).value({"a": np.float64(1.0)}))
    with pytest.raises(InputError, match=r"line 4: `a == 1/0` \(line 4\) has a number that is not finite"):
        Model.parse(f"{TWO}\nG ~ a*F\na == 1/0")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("G ~ a*F\na == 1\na == 2", "line 5: `a == 2` contradicts what else is said of `a`"),
        ("G ~ a*F\na > 1\na < 0", "line 5: `a < 0` contradicts what else is said of `a`"),
        ("G ~ lower(1)*F + a*F\na < 0", "line 4: `a < 0` contradicts"),
        ("G ~ a*F\n1 == 2", "line 4: `1 == 2` contradicts what else is said of numbers alone"),
        ("F =~ a*x2 + b*x3\na + b == 1\na == 2*b\nb > 0.5", "line 6: `b > 0.5` contradicts"),
        ("G ~ 2*a*F\na == 1", "line 4: `a == 1` contradicts"),
        ("F =~ a*x1\na == 2", "line 4: `a == 2` contradicts"),
        (
            "F =~ 2*a*x2 + 3*a*x3",
            "line 3: label `a` stands before a parameter of 3, `F =~ 3.0*a*x3` (line 3), and",
        ),
        ("F =~ a*x1 + 0.5*a*x2", "line 3: label `a` stands before a parameter of 0.5"),
        ("G ~ a*F\na >= 0", "line 4: `a >= 0`: a bound is written `>`"),
        ("G ~ a*F\n0 < a < 1", "line 4: `0 < a < 1` relates more than two expressions"),
        ("G ~ a*F\na == a == 1", "line 4: `a == a == 1` relates more than two expressions"),
        ("G ~ a*F\nq := b", "`q := b` (line 4): label 'b' is not known"),
        ("x1 ~*~ 1*x1", "line 3: `x1 ~*~ 1*x1` has scaling factors"),
        ("x1 | t1", "line 3: `x1 | t1` has thresholds"),
        ("group: 1", "line 3: `group: 1` has blocks of a model for each group, which are not read"),
        ('F =~ equal("F=~z")*x3', '`F =~ equal("F=~z")*x3` (line 3): the model has no parameter `F=~z`'),
        ('F =~ equal("F=~x3")*x3', '`F =~ equal("F=~x3")*x3` (line 3): a parameter is equal to itself'),
        ("F =~ equal(z)*x3", '`F =~ equal("z")*x3` (line 3): `z` is no label and no parameter'),
    ],
)
def test_what_cannot_hold_or_is_not_read_is_told_where_it_stands(lines: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        Model.parse(f"{TWO}\n{lines}")
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)
