"""The script that draws a report's figures: kept beside the compiled modules, and made anew where it is not there."""

from pathlib import Path

import pytest
import vl_convert

from reports.drawing import vega


def test_the_kept_script_is_what_the_package_makes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(vega, "__file__", str(tmp_path / "vega.py"))
    vega.vega_script.cache_clear()
    made = vega.vega_script()
    (kept,) = (tmp_path / "__pycache__").iterdir()
    assert vl_convert.__version__ in kept.name
    assert kept.read_text(encoding="utf-8") == made
    monkeypatch.delattr(vl_convert, "javascript_bundle")
    vega.vega_script.cache_clear()
    assert vega.vega_script() == made
    vega.vega_script.cache_clear()


def test_a_place_that_cannot_be_written_is_done_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("a file where a folder should be")
    monkeypatch.setattr(vega, "__file__", str(tmp_path / "vega.py"))
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda *words, **settings: "drawn")
    vega.vega_script.cache_clear()
    assert vega.vega_script() == "drawn"
    vega.vega_script.cache_clear()
