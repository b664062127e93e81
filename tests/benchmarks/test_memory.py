"""A block leaves none of its answers behind: memory stays flat however many a run works through."""

import gc

import pytest

from benchmarks.run.estimating import block_table
from benchmarks.study.study import load, with_replications
from sim.batch import Batch


def batches() -> int:
    return sum(isinstance(each, Batch) for each in gc.get_objects())


@pytest.mark.parametrize("name", ["crm-clusters", "researcher-degrees-of-freedom"])
def test_a_block_leaves_no_answers_behind(name: str) -> None:
    """What refers to itself is freed only when it is looked for: the flagship once held 5 GB of such resamples."""
    study = with_replications(load(name, quick=True), 20)
    block_table(study, study.cells[0], 0)  # what is kept for good is made by the first
    gc.collect()
    before = batches()
    gc.disable()
    try:
        block_table(study, study.cells[0], 0)
        assert batches() == before
    finally:
        gc.enable()
