"""A survey of 72 x 19 answers is read to the same numbers however it is written, and what was done is told."""

import numpy as np
import pytest

from sim.errors import InputError
from sim.model import Model
from sim.surveys.answers import Asked
from sim.surveys.survey import read_survey
from tests.sim import survey_ways as ways

MODEL = Model.parse(
    "A =~ CC1 + CC2 + CC3 + PC1 + PC2 + PC3 + OI1 + OI2\nO =~ OGG1 + OGG2 + OGG3 + PCO1 + PCO2\n"
    "P =~ VA1 + VA2 + PRO1 + PRO2 + VPC1 + VPC2\nP ~ A + O"
)
TRUTH = ways.answers()[list(MODEL.items)].to_numpy(dtype=np.float64)


def read(path, words=()):
    asked = Asked(confirmed="--confirm-labels" in words, labels=tuple(words[1:]) if "--labels" in words else ())
    return read_survey(path, MODEL, 1, asked=asked)


def test_there_are_more_than_forty_ways():
    assert len(ways.TEXTS) + len(ways.LABELS) + len(ways.FILES) > 40


@pytest.mark.parametrize("way", ways.TEXTS)
def test_a_text_file_is_read_to_the_same_numbers(tmp_path, way):
    path = tmp_path / "survey.csv"
    path.write_bytes(ways.TEXTS[way]())
    found = read(path)
    np.testing.assert_array_equal(found.answers.values, TRUTH)
    assert found.answers.words.startswith("72 respondents")


@pytest.mark.parametrize("way", ways.LABELS)
def test_labels_are_read_to_the_same_numbers_and_never_without_a_word(tmp_path, way):
    content, words = ways.LABELS[way]
    path = tmp_path / "survey.csv"
    path.write_bytes(content())
    found = read(path, words)
    np.testing.assert_array_equal(found.answers.values, TRUTH)
    assert "1 = " in found.answers.words
    with pytest.raises(InputError, match="labels"):
        read(path)


@pytest.mark.parametrize("way", ways.FILES)
def test_files_of_other_programs_are_read_to_the_same_numbers(tmp_path, way):
    path = tmp_path / way
    ways.FILES[way](path)
    np.testing.assert_array_equal(read(path).answers.values, TRUTH)


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("semicolons", ["72 respondents; separator ;, UTF-8; columns N°, Ville, Remarque left aside"]),
        ("decimal commas", ["separator ;, decimal comma, UTF-8"]),
        ("windows-1252", ["Windows-1252"]),
        ("dos", ["DOS 850"]),
        ("macintosh", ["Mac OS Roman"]),
        ("utf-16", ["separator tab, UTF-16"]),
        ("blank rows", ["72 respondents of 75 lines: 3 empty"]),
        ("title", ["1 line above the header left aside"]),
        ("questions below the names", ["2 more header lines left aside"]),
        ("empty columns", ["2 empty columns left aside"]),
        ("row names", ["separator space", "row names left aside"]),
        ("index column", ["row names left aside"]),
        ("totals", ["72 respondents of 74 lines: 2 of totals"]),
        ("sums without a name", ["72 respondents of 73 lines: 1 of totals"]),
        ("note below", ["72 respondents of 74 lines: 1 empty, 1 below the answers"]),
    ],
)
def test_what_was_done_is_told(tmp_path, way, words):
    path = tmp_path / "survey.csv"
    path.write_bytes(ways.TEXTS[way]())
    told = read(path).answers.words
    assert all(word in told for word in words), told
