"""Results that cannot be used: damaged, missing, contradictory, or of another study. Nothing of them is touched."""

import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.run import runner
from benchmarks.study import study
from reports.results import read
from sim.errors import InputError
from tests.bad_input import TINY, Refused, assert_says, changed, the_block

SILENT = Console(quiet=True)


def test_the_results_these_tests_damage_are_sound(results: Path) -> None:
    assert (
        study.load(str(results.parent.parent / "tiny.toml")).fingerprint in (results / "fingerprint.json").read_text()
    )
    assert len(read(results).measures) > 20


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.99])
def test_a_truncated_block_is_refused_and_left_as_it_is(kept: float, results: Path, refused: Refused) -> None:
    block = the_block(results)
    whole = block.read_bytes()
    block.write_bytes(whole[: int(kept * len(whole))])
    assert_says(refused("run", "tiny.toml"), [str(block.relative_to(Path.cwd())), "damaged", "delete it"])


@pytest.mark.acceptance
def test_a_flipped_bit_anywhere_in_a_block_is_refused_or_does_no_harm(
    results: Path, finished: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Measuring again after the damage shows whether a number changed: either the command refuses, or the measures are
    # the same to the last byte. One bit in every 97th byte of data, names and footer.
    block = the_block(results)
    whole = block.read_bytes()
    measures = (finished / "results" / "tiny" / "measures.parquet").read_bytes()
    loaded = study.load("tiny.toml")
    messages = []
    for at in range(0, len(whole), 97):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        block.write_bytes(bytes(damaged))
        try:
            runner.run(loaded, results, 1, SILENT)
        except InputError as error:
            messages.append(str(error))
        assert (results / "measures.parquet").read_bytes() == measures, f"byte {at} changed a number unseen"
    assert all("damaged" in message for message in messages)
    assert len(messages) > len(whole) / 97 / 3
    block.write_bytes(bytes(whole[:2000]) + bytes([whole[2000] ^ 1]) + whole[2001:])
    assert_says(refused("run", "tiny.toml"), [block.name, "damaged", "delete it"])


def test_a_block_of_another_size_says_so(results: Path, refused: Refused) -> None:
    block = the_block(results)
    other = changed(
        TINY, ('name = "tiny"', 'name = "other"'), ('["eta2~eta1", "r2(eta3)"]', '["eta3~eta1", "r2(eta3)"]')
    )
    Path("other.toml").write_text(other)
    runner.run(study.load("other.toml"), results.parent / "other", 1, SILENT)
    shutil.copy(the_block(results.parent / "other"), block)
    assert_says(refused("run", "tiny.toml"), [block.name, "columns", "delete it"])


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '"x"', "null", "\x00\xff"])
def test_a_damaged_fingerprint_is_refused_with_the_way_out(text: str, results: Path, refused: Refused) -> None:
    (results / "fingerprint.json").write_text(text, encoding="latin-1")
    assert_says(refused("run", "tiny.toml"), ["fingerprint.json", "damaged", "--fresh"])


def test_results_of_another_study_are_not_touched(results: Path, refused: Refused) -> None:
    Path("tiny.toml").write_text(changed(TINY, ("seed = 1", "seed = 2")))
    assert_says(refused("run", "tiny.toml"), ["results/tiny", "another version", "seed", "--fresh", "--out"])


@pytest.mark.parametrize("name", ["study.json", "measures.parquet"])
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.98])
def test_a_report_on_truncated_results_is_refused(name: str, kept: float, results: Path, refused: Refused) -> None:
    whole = (results / name).read_bytes()
    (results / name).write_bytes(whole[: int(kept * len(whole))])
    assert_says(refused("report", "tiny.toml"), [name, "damaged", "loadstone run"])


@pytest.mark.parametrize("name", ["study.json", "measures.parquet"])
def test_a_report_without_results_names_what_is_missing(name: str, results: Path, refused: Refused) -> None:
    (results / name).unlink()
    assert_says(refused("report", "tiny.toml"), [name, "not there", "loadstone run"])


@pytest.mark.parametrize("text", ["[]", "{}", "null", '{"name": 3}'])
def test_a_report_on_another_kind_of_json_is_refused(text: str, results: Path, refused: Refused) -> None:
    (results / "study.json").write_text(text)
    assert_says(refused("report", "tiny.toml"), ["study.json", "not a study's record"])


def test_a_report_on_results_that_contradict_each_other_is_refused(results: Path, refused: Refused) -> None:
    stored = json.loads((results / "study.json").read_text())
    stored["methods"] = {"ml": stored["methods"]["sumscores"]}
    (results / "study.json").write_text(json.dumps(stored))
    assert_says(refused("report", "tiny.toml"), ["measures.parquet", "method"])


def test_a_flipped_bit_anywhere_in_the_measures_is_refused_or_does_no_harm(results: Path) -> None:
    path = results / "measures.parquet"
    whole, sound = path.read_bytes(), read(results).measures
    for at in range(0, len(whole), 61):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        path.write_bytes(bytes(damaged))
        try:
            same = read(results).measures.equals(sound)
        except InputError:
            continue
        assert same, f"byte {at} changed a number unseen"
