"""Surveys and models whose names, labels and lines look right and are written otherwise."""

import unicodedata

import numpy as np
import pytest

from benchmarks.own.looking import remarks_on
from sim.errors import InputError
from sim.model import Model
from sim.streams import Address
from sim.surveys.answers import Asked, answers_of
from sim.surveys.groups import read_groups
from sim.surveys.survey import read_model, table_of
from tests.own_survey import ITEMS, MODEL, survey


@pytest.fixture
def written(tmp_path):
    """Writes text or bytes to a file."""

    def write(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def text(data=None, sep=";"):
    return (survey() if data is None else data).to_csv(index=False, sep=sep)


def read(source, model=MODEL, **asked):
    """The answers to the model's items, and what was said of reading them."""
    model = Model.parse(model)
    return answers_of(table_of(source, frozenset(model.items)), model.items, Asked(**asked))


def the_same(answers):
    return np.array_equal(answers.values, survey()[ITEMS].to_numpy())


@pytest.mark.parametrize("sign", ["\u200f", "\u200b", "\ufeff", "\u2060"])
def test_invisible_signs_in_names_are_no_part_of_them(written, sign):
    data = text().replace("qual1", f"{sign}qual1{sign}")
    assert the_same(read(written(data)))
    assert the_same(read(written(text()), MODEL.replace("qual1", f"{sign}qual1{sign}")))
    frame = survey().rename(columns={"qual1": f"qual1{sign}", "sexe": f"{sign}sexe"})
    assert the_same(read(frame))
    assert set(read_groups(frame, Model.parse(MODEL), f"sexe{sign}", 1).labels) == {"H", "F"}


def test_accents_composed_or_not_are_one_name(written):
    data, model = survey().rename(columns={"qual1": "qualité1"}), MODEL.replace("qual1", "qualité1")
    apart = [unicodedata.normalize("NFD", each) for each in (text(data), model)]
    assert the_same(read(written(apart[0]), model))
    assert the_same(read(written(text(data)), apart[1]))


@pytest.mark.parametrize("around", ["model <- '\n{}'", 'm = """\n{}"""\n', "model <- '\n# about\n{}\n'\n"])
def test_a_model_copied_from_a_script_is_read(around):
    assert Model.parse(around.format(MODEL)) == Model.parse(MODEL)


def test_a_model_that_is_no_text_is_told_as_such(written):
    with pytest.raises(InputError, match=r"model file .* holds no text; give a text file in lavaan syntax"):
        read_model(written(bytes(range(256)), "model.txt"))


def test_names_in_capitals_are_told_and_lists_of_columns_are_short(written):
    shouting = survey().rename(columns=str.upper)
    with pytest.raises(InputError, match=r"did you mean QUAL1, QUAL2, QUAL3, SAT1 and 5 more\? capitals count"):
        read(shouting)
    wide = ";".join(f"v{k}" for k in range(400)) + "\n" + ";".join("1" * 400) + "\n"
    with pytest.raises(InputError, match="v39 and 360 more") as told:
        read(written(wide))
    assert len(str(told.value)) < 700


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'[{"id":1,"qual1":3}]', "is a JSON file"),
        (b'{"id":1,"qual1":3}\n', "is a JSON file"),
        (b"ARROW1\0\0" + bytes(50), "is a Feather file"),
    ],
)
def test_files_of_other_kinds_are_named(written, content, words):
    with pytest.raises(InputError, match=words):
        read(written(content))


def closing(*lines):
    """The survey with lines below it."""
    return text() + "".join(f"{name};;" + ";".join(map(str, values)) + "\n" for name, values in lines)


def rounded(statistic, decimals):
    return [f"{value:.{decimals}f}" for value in survey()[ITEMS].agg(statistic)]


@pytest.mark.parametrize(
    "lines",
    [
        [("", rounded("mean", 2)), ("", rounded("std", 2))],
        [("", rounded("mean", 1))],
        [("n", [80] * 9)],
        [("N", [80] * 9), ("Total", survey()[ITEMS].sum()), ("", rounded("mean", 2)), ("ET", rounded("std", 3))],
        [("Moyenne", rounded("mean", 2)), ("s", rounded("std", 3)), ("Min", [1] * 9), ("Max", [5] * 9)],
    ],
)
def test_lines_that_sum_up_are_no_respondents(written, lines):
    answers = read(written(closing(*lines)))
    assert the_same(answers)
    assert f"80 respondents of {80 + len(lines)} lines: {len(lines)} of totals" in answers.words


@pytest.mark.parametrize("line", [[3] * 9, [1] * 9, [3.5] * 9, ["1.0"] * 9, ["3.0"] * 9, [5, 4, 5, 4, 5, 4, 5, 4, 5]])
def test_a_last_respondent_stays(written, line):
    assert len(read(written(closing(("81", line)))).values) == 81


def test_fractions_among_whole_answers_are_told_and_change_no_range(written):
    data = survey().astype(dict.fromkeys(ITEMS, float))
    data.loc[3, "qual2"], data.loc[4:6, "sat1"], data.loc[9, "fid2"] = 3.04, 3.27, 2.913
    answers = read(written(text(data)), reverse=("qual2",))
    assert answers.values[0, 1] == 6 - data["qual2"][0]
    told = remarks_on(read(written(text(data))), Model.parse(MODEL))
    assert any(
        "sat1 has answers that are no whole numbers (3.27): means put in for missing answers?" in r for r in told
    )
    assert not any("another scale" in remark for remark in told)


def test_a_code_that_many_have_is_told_as_one(written):
    data = survey()
    data.loc[3:30, "qual2"] = 9
    told = remarks_on(read(written(text(data))), Model.parse(MODEL))
    assert any("qual2 has 9 as 28 of 80 answers" in r and "say --missing-code=9" in r for r in told)


def test_a_declared_code_that_no_answer_has_is_told(written):
    data = survey()
    data.loc[3, "qual2"] = 99
    told = read(written(text(data)), codes=("99", "zzz", "-99,99")).words
    assert "no answer is zzz (--missing-code, once for each code); no answer is -99,99" in told
    assert "no answer is 99 " not in told


FRENCH = ["Pas du tout d'accord", "Plutôt pas d'accord", "Neutre", "Plutôt d'accord", "Tout à fait d'accord"]
ARABIC = ["غير موافق بشدة", "غير موافق", "محايد", "موافق", "موافق بشدة"]


def labelled(labels):
    data = survey().astype(dict.fromkeys(ITEMS, object))
    data[ITEMS] = survey()[ITEMS].map(lambda answer: labels[answer - 1])
    return data


@pytest.mark.parametrize(
    "labels",
    [
        [label.replace("'", " ").replace("ô", "o").replace("à", "a") for label in FRENCH],
        [label.replace("موافق", "مـوافق") for label in ARABIC],
    ],
)
def test_labels_in_other_spellings_are_recognised(written, labels):
    assert the_same(read(written(text(labelled(labels))), confirmed=True))


def test_one_label_beside_a_common_scale_is_named(written):
    data = labelled(FRENCH)
    data.loc[[4, 9], "qual1"] = "Ne sait pas"
    told = r"'Ne sait pas' is none of the common French scale of agreement .*say --missing-code \"Ne sait pas\""
    with pytest.raises(InputError, match=told):
        read(written(text(data)), confirmed=True)
    assert np.isnan(read(written(text(data)), confirmed=True, codes=("Ne sait pas",)).values).sum() == 2


@pytest.mark.parametrize("seed", [-1, 1.5, True, "1"])
def test_a_seed_that_is_none_is_told(seed):
    with pytest.raises(InputError, match=r"seed is .*; give a whole number of 0 or more"):
        Address(seed, "ab" * 32)
