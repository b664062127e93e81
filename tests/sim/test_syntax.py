"""Model text: what is read, what goes on over line ends, and what each mistake is told."""

import pytest

from sim.errors import InputError
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
    with pytest.raises(InputError, match=r"`equal\(F=~x2\)` makes two parameters equal; write one label before both"):
        Model.parse('F =~ x1 + x2 + equal("F=~x2")*x3')
