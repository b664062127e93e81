"""Random damage to any file of a results folder: noticed, or without any effect. Never another number in silence."""

import random
import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
import vl_convert

import reports
from benchmarks.run import runner
from benchmarks.stored import checksums, mark
from benchmarks.stored.verifying import verified
from benchmarks.study.study import load
from sim.errors import InputError
from tests.benchmarks.trust.studies import QUIET, changed, contents
from tests.full import FULL

pytestmark = pytest.mark.acceptance

KINDS = ("bit", "swap", "copy", "foreign", "cut", "gone", "moved")


@pytest.fixture(scope="module", autouse=True)
def drawn_once() -> Iterator[None]:
    """The same specification is the same drawing: each is made once, which is most of the time that a page takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vl_convert, "vegalite_to_svg", lru_cache(vl_convert.vegalite_to_svg))
        patch.setattr(vl_convert, "svg_to_pdf", lru_cache(vl_convert.svg_to_pdf))
        yield


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study with its results and report, and those of another seed."""
    folder = tmp_path_factory.mktemp("sound")
    for name, seed in (("small", "11"), ("other", "12")):
        (folder / f"{name}.toml").write_text(changed(seed=seed))
        runner.run(load(str(folder / f"{name}.toml")), folder / name, 1, QUIET)
        reports.write(folder / name)
    return folder


def damage(kind: str, folder: Path, other: Path, pick: random.Random) -> str:
    """Do one random damage to a folder of results; gives what was done."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    path = pick.choice(files)
    alike = [each for each in files if each.suffix == path.suffix and each != path]
    content = path.read_bytes()
    if kind == "bit":
        at, bit = pick.randrange(len(content)), pick.randrange(8)
        path.write_bytes(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])
        return f"bit {bit} of byte {at} of {path.name}"
    if kind == "cut":
        path.write_bytes(content[: pick.randrange(len(content))])
    elif kind == "gone":
        path.unlink()
    elif kind == "foreign" or not alike:
        path.write_bytes((other / path.relative_to(folder)).read_bytes())
    elif kind == "moved":
        path.rename(pick.choice(alike))
    else:
        second = pick.choice(alike)
        if kind == "swap":
            path.write_bytes(second.read_bytes())
        second.write_bytes(content)
    return f"{kind} {path.relative_to(folder)}"


def told(text: dict[str, bytes]) -> dict[str, bytes]:
    """What readers see: everything but the blocks, of which other bytes may hold the same numbers."""
    return {name: content for name, content in text.items() if not name.startswith("blocks")}


def check_one(kind: str, number: int, sound: Path, place: Path) -> None:
    """One damage: `verify`, `report` and `run` each refuse it, or what they give is what was there before."""
    pick = random.Random(f"{kind} {number}")
    good = contents(sound / "small")
    folder = place / f"{kind}-{number}"
    shutil.copytree(sound / "small", folder)
    what = damage(kind, folder, sound / "other", pick)
    study, before = load(str(sound / "small.toml")), contents(folder)
    if before == good:
        return
    try:
        verified(folder)
    except InputError:
        pass
    else:  # nothing but bytes of a block's file that say nothing, or a block that is not there yet
        assert told(before) == told(good), f"verify passes after {what}"
    for again in (
        lambda: (mark.check_described(folder, study, "small.toml"), reports.write(folder)),
        lambda: (runner.run(study, folder, 1, QUIET), reports.write(folder)),
    ):
        try:
            again()
        except InputError:
            continue
        after = contents(folder)
        assert set(told(good)) <= set(after), what
        assert {name: after[name] for name in told(good)} == told(good), f"another number after {what}"
    shutil.rmtree(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damage_is_noticed_or_does_no_harm(kind: str, sound: Path, tmp_path: Path) -> None:
    for number in range(1):
        check_one(kind, number, sound, tmp_path)


@pytest.mark.acceptance
@pytest.mark.skipif(not FULL, reason="takes ten minutes: LOADSTONE_FULL=1; the test before it does one of each kind")
@pytest.mark.parametrize("kind", KINDS)
def test_three_hundred_damages_are_noticed_or_do_no_harm(kind: str, sound: Path, tmp_path: Path) -> None:
    for number in range(1, 44):
        check_one(kind, number, sound, tmp_path)


def test_a_bit_of_every_byte_of_the_small_files_is_guarded(sound: Path, tmp_path: Path) -> None:
    # The mark and the list of checksums are what everything else is held against: a bit of every byte of them, one by
    # one (every seventh where tests are not as long as their names say).
    shutil.copytree(sound / "small", tmp_path / "small")
    study = load(str(sound / "small.toml"))
    for name in (mark.NAME, checksums.NAME):
        path = tmp_path / "small" / name
        whole = path.read_bytes()
        for at in range(0, len(whole), 1 if FULL else 7):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
            with pytest.raises(InputError):
                verified(tmp_path / "small")
            if name == mark.NAME:
                with pytest.raises(InputError):
                    mark.check_described(tmp_path / "small", study, "small.toml")
        path.write_bytes(whole)
    assert "all" in verified(tmp_path / "small")


def test_blocks_that_the_measures_rest_on_are_missed(sound: Path, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    shutil.copytree(sound / "small", folder)
    lost = max((folder / "blocks").rglob("*.parquet"))
    lost.unlink()
    with pytest.raises(
        InputError, match=r"holds [\d,]+ replications, and the measures rest on [\d,]+: blocks are lost"
    ):
        verified(folder)
