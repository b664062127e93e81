"""Speed of few resamples extrapolated beside many: a block of 256 data sets of the flagship. Run by `make speed`.

What the few must cost at most is a fifth: the ratio of both `per_second` of one run.
"""

from pathlib import Path

import pytest

from benchmarks.run.estimating import block_table
from benchmarks.speed.test_stages import timed
from benchmarks.study.study import made
from sim.streams import BLOCK


@pytest.mark.parametrize(("resamples", "extrapolate"), [(160, True), (2000, False)])
def test_a_block_of_bootstrapped_pls(benchmark, resamples, extrapolate):
    content = {
        "name": "few",
        "aims": {"title": "Few resamples", "question": "Are they enough?"},
        "data": {"population": "crm-clusters", "n": [72], "replications": BLOCK, "seed": 3},
        "estimands": {"targets": ["PERF~ACRM", "PERF~OCRM"]},
        "methods": {"pls": {"resamples": resamples}},
        "performance": {"extrapolate": extrapolate},
    }
    study = made(content, "the speed of few resamples", Path())
    timed(benchmark, lambda: block_table(study, study.cells[0], 0), BLOCK)
