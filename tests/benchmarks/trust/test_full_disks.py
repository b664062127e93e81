"""Disks that are full at 20 sizes: one message, nothing half-written, and the same files once there is room."""

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import reports
from benchmarks.run import runner
from benchmarks.stored.verifying import verified
from benchmarks.study.study import load
from sim.errors import InputError
from tests.benchmarks.trust.studies import QUIET, contents
from tests.full import FULL

pytestmark = pytest.mark.acceptance

SIZES = 20 if FULL else 6


def fails_without_room(reported: Path, place: Path) -> bool:
    """Whether a run finds no room; what it leaves is whole."""
    study = load(str(reported / "small.toml"))
    try:
        runner.run(study, place, 2, QUIET)
    except InputError as error:
        told = str(error)
    else:
        return False
    assert "cannot be written" in told
    stored = contents(place) if place.exists() else {}
    right = contents(reported / "results")
    for name, content in stored.items():
        if name.startswith("blocks/"):
            assert content == right[name]
    assert not [name for name in stored if name.endswith(".part")]
    return True


def same_with_room(reported: Path, place: Path) -> None:
    """The run goes on to the files of an undisturbed one."""
    runner.run(load(str(reported / "small.toml")), place, 2, QUIET)
    reports.write(place)
    verified(place)
    assert contents(place) == contents(reported / "results")


@contextmanager
def limited(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_no_file_may_be_large(reported: Path, tmp_path: Path) -> None:
    stored = contents(reported / "results")
    largest = max(len(content) for name, content in stored.items() if name.startswith(("blocks", "measures")))
    failed = []
    for number, size in enumerate(np.linspace(50, largest - 1, SIZES).astype(int)):
        with limited(int(size)):
            failed.append(fails_without_room(reported, tmp_path / str(number)))
    assert all(failed)
    same_with_room(reported, tmp_path / str(SIZES // 2))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Gives a disk of so many bytes. Skipped where this user may not mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=64k", "loadstone-test", str(place)]
    if shutil.which("mount") is None or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("a disk of a given size needs Linux and the rights of root")

    def resized(size: int) -> Path:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(place)], capture_output=True, check=True)
        return place

    yield resized
    subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


def test_a_full_disk(reported: Path, small_disk: Callable[[int], Path]) -> None:
    # tmpfs counts pages of 4 KB: at the smallest not even the lock finds room, at the largest the measures do not.
    stored = [
        c for name, c in contents(reported / "results").items() if name.startswith(("blocks", "measures", "study"))
    ]
    pages = sum(-(-len(content) // 4096) + 1 for content in stored)
    failed = []
    for size in np.linspace(1, pages, SIZES).astype(int):
        place = small_disk(int(size) * 4096) / "out"
        failed.append(fails_without_room(reported, place))
        small_disk(2**26)
        runner.run(load(str(reported / "small.toml")), place, 2, QUIET)
        assert (place / "measures.parquet").read_bytes() == (reported / "results" / "measures.parquet").read_bytes()
        if len(failed) == SIZES // 2:
            same_with_room(reported, place)
        shutil.rmtree(place)
    assert sum(failed) >= SIZES // 2
