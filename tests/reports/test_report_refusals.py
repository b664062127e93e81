"""What no report is made of: results that are missing, damaged or contradictory; and nothing is written then."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import reports
from sim.errors import InputError
from tests.made_studies import plain_study


def damaged(folder: Path, **changes: Any) -> Path:
    """The plain study with entries of study.json replaced (None: removed)."""
    plain_study(folder)
    facts = json.loads((folder / "study.json").read_text()) | changes
    kept = {key: value for key, value in facts.items() if value is not None}
    (folder / "study.json").write_text(json.dumps(kept))
    return folder


def refusal(folder: Path) -> str:
    """The one message; nothing may have been written."""
    before = sorted(folder.rglob("*"))
    with pytest.raises(InputError) as refused:
        reports.write(folder)
    assert sorted(folder.rglob("*")) == before
    return str(refused.value)


def test_missing_files_are_named(tmp_path: Path) -> None:
    assert "study.json is not there" in refusal(tmp_path)
    (plain_study(tmp_path) / "measures.parquet").unlink()
    assert "measures.parquet is not there" in refusal(tmp_path)


def test_damaged_record_is_refused(tmp_path: Path) -> None:
    (plain_study(tmp_path) / "study.json").write_text('{"name": "goodhue')
    assert "not valid JSON" in refusal(tmp_path)
    assert "seed" in refusal(damaged(tmp_path, seed=None))
    assert "replications" in refusal(damaged(tmp_path, replications="many"))
    assert "not a study's record" in refusal(damaged(tmp_path, methods={}))
    assert "factors are none" in refusal(damaged(tmp_path, cells=[{"cell": 0, "n": 40, "levels": {"x": "1"}}]))
    assert "unscreened 'none' is not known" in refusal(
        damaged(tmp_path, methods={"a": {"label": "A", "unscreened": "none"}})
    )


def test_damaged_measures_are_refused(tmp_path: Path) -> None:
    path = plain_study(tmp_path) / "measures.parquet"
    whole = path.read_bytes()
    measures = pd.read_parquet(path)
    path.write_bytes(whole[: len(whole) // 2])
    assert "is damaged" in refusal(tmp_path)
    measures.drop(columns=["mcse"]).to_parquet(path)
    assert "has no column mcse" in refusal(tmp_path)
    measures.assign(method="semx").to_parquet(path)
    assert "has method semx" in refusal(tmp_path)
    measures.assign(value="much").to_parquet(path)
    assert "wrong type" in refusal(tmp_path)
    measures.iloc[:0].to_parquet(path)
    assert "holds no measures" in refusal(tmp_path)


def test_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (plain_study(tmp_path) / "tables").write_text("a file where the folder of tables should go")
    assert "cannot be written" in refusal(tmp_path)
