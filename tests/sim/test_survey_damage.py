"""Damaged files are read with remarks, or refused with one message; none is misread without a word."""

import numpy as np
import pytest

from benchmarks.own.looking import remarks_on
from sim.errors import InputError
from sim.model import Model
from sim.surveys.answers import Asked
from sim.surveys.survey import read_survey
from tests.sim import survey_ways as ways
from tests.sim.survey_damage import damaged

MODEL = Model.parse(
    "A =~ CC1 + CC2 + CC3 + PC1 + PC2 + PC3 + OI1 + OI2\nO =~ OGG1 + OGG2 + OGG3 + PCO1 + PCO2\n"
    "P =~ VA1 + VA2 + PRO1 + PRO2 + VPC1 + VPC2\nP ~ A + O"
)
TRUTH = ways.answers()[list(MODEL.items)].to_numpy(dtype=np.float64)


def outcome(path):
    """refused, right, fewer (some respondents, all right), told (with a remark), or silent: misread without a word."""
    try:
        found = read_survey(path, MODEL, 1, "listwise", asked=Asked())
    except InputError as error:
        told = str(error)
        return "refused" if "\n" not in told.strip() and str(path) in told else f"badly told: {told}"
    values = found.answers.values
    known = {tuple(row) for row in TRUTH}
    if values.shape == TRUTH.shape and np.array_equal(values, TRUTH):
        return "right"
    complete = values[~np.isnan(values).any(axis=1)]
    if len(np.unique(complete, axis=0)) == len(complete) and all(tuple(row) in known for row in complete):
        return "fewer"
    reading = found.answers.table.reading
    told = [each for each in remarks_on(found.answers, MODEL) if "free parameters" not in each]
    return "told" if told or reading.left or reading.aside else "silent"


def outcomes(folder, seeds):
    """What became of each damaged file."""
    found = {}
    for seed in seeds:
        what, content = damaged(seed)
        path = folder / "survey.csv"
        path.write_bytes(content)
        found[what] = outcome(path)
    return found


def check(found):
    assert not [what for what, became in found.items() if became not in ("refused", "right", "fewer", "told")]
    assert sum(became == "refused" for became in found.values()) > 0.3 * len(found)
    assert sum(became != "refused" for became in found.values()) > 0.05 * len(found)


def test_some_damaged_files(tmp_path):
    check(outcomes(tmp_path, range(60)))


@pytest.mark.acceptance
def test_five_hundred_damaged_files(tmp_path):
    check(outcomes(tmp_path, range(1000, 1500)))


@pytest.mark.parametrize("seed", range(2000, 2006))
def test_the_command_ends_with_one_message_and_exit_code_2_or_shows_the_survey(command, capsys, tmp_path, seed):
    _, content = damaged(seed)
    (tmp_path / "survey.csv").write_bytes(content)
    (tmp_path / "model.txt").write_text(MODEL.syntax)
    ended = command(
        "fit", tmp_path / "survey.csv", "--model", tmp_path / "model.txt", "--method", "sumscores", "--brief"
    )
    out, err = capsys.readouterr()
    assert ended in (0, None, 2)
    assert "Traceback" not in out + err
    assert (len(err.strip().splitlines()) == 1 and not out) if ended == 2 else "respondents" in out
