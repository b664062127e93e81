"""A p-value that is a share of resamples says no more than they can tell; settings stand as words on pages."""

import numpy as np
import pytest

from benchmarks.own.fitting import fit_survey
from reports.fit.tables import distances, p_text
from sim.model import Model
from tests.own_survey import MODEL, survey


@pytest.mark.parametrize(
    ("value", "least", "words"),
    [
        (0.0, 1 / 51, "<0.020"),
        (0.0, 1 / 501, "<0.002"),
        (0.0, 1 / 1001, "<0.001"),
        (0.0, 1 / 5001, "<0.001"),
        (0.02, 1 / 51, "0.020"),
        (0.0, 0.0, "<0.001"),
        (np.nan, 1 / 51, None),
    ],
)
def test_a_share_of_none_is_printed_as_below_what_the_resamples_can_tell(value, least, words):
    assert p_text(value, least) == words


def test_the_fit_test_prints_its_resamples_and_no_smaller_p():
    data = survey()
    for a, b in (("qual1", "fid1"), ("sat1", "fid2")):  # pairs that the model knows nothing of
        data[b] = np.clip(data[a] + (np.arange(80) % 9 == 0), 1, 5)
    fits = fit_survey(data, Model.parse(MODEL), ["pls[fit_test=50]"], resamples=20)
    (label,) = fits.methods
    assert label == "PLS (exact fit tested on 50 resamples)"
    row = next(row for row in fits.rows if row.target.kind == "srmr_composite" or row.target.kind == "d_uls")
    assert row.least_p == pytest.approx(1 / 51)
    assert row.p_value == 0.0
    printed = str(distances(fits).rows)
    assert "p <0.020" in printed
    assert "<0.001" not in printed


def test_copies_of_an_item_leave_the_fit_test_without_a_p_value():
    data = survey()
    data["qual2"] = data["qual1"]
    fits = fit_survey(data, Model.parse(MODEL), ["pls[fit_test=20]"], resamples=20)
    told = [row for row in fits.rows if row.target.kind == "d_uls"]
    assert told
    assert all(np.isnan(row.p_value) for row in told)
