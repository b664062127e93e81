"""Speed of few resamples extrapolated beside many: a block of 256 data sets of the flagship. Run by `make speed`.

What the few must cost at most is a fifth: the ratio of both `per_second` of one run.
"""

import pytest

from benchmarks.run.estimating import block_table
from benchmarks.speed.test_stages import timed
from benchmarks.study.study import load
from sim.streams import BLOCK

STUDY = """
name = "few"
[aims]
title = "Few resamples"
question = "Are they enough?"
[data]
population = "crm-clusters"
n = [72]
replications = 256
seed = 3
[estimands]
targets = ["PERF~ACRM", "PERF~OCRM"]
[methods.pls]
resamples = {resamples}
[performance]
extrapolate = {extrapolate}
"""


@pytest.mark.parametrize(("resamples", "extrapolate"), [(160, "true"), (2000, "false")])
def test_a_block_of_bootstrapped_pls(benchmark, tmp_path, resamples, extrapolate):
    (tmp_path / "few.toml").write_text(STUDY.format(resamples=resamples, extrapolate=extrapolate))
    study = load(str(tmp_path / "few.toml"))
    timed(benchmark, lambda: block_table(study, study.cells[0], 0), BLOCK)
