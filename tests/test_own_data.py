"""`loadstone fit`: one's own survey through the same estimators, and every way a survey can be unusable."""

import sys

import numpy as np
import pandas as pd
import pytest

import loadstone
from tests.cases import REFERENCE, reference, survey

CASE = reference("composites")["cases"]["crm_000"]


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.txt"
    path.write_text(CASE["model"], encoding="utf-8")
    return path


def command(monkeypatch, *words):
    """Exit code of `loadstone` with these words."""
    monkeypatch.setattr(sys, "argv", ["loadstone", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        loadstone.main()
    return ended.value.code


def test_fit_gives_what_csem_and_lm_give(monkeypatch, capsys, tmp_path, model):
    data, out = REFERENCE / "data" / "crm_000.csv", tmp_path / "estimates.csv"
    words = ["fit", data, "--model", model, "--method", "pls,plsc,sumscores,ml", "--resamples", 50, "--out", out]
    assert command(monkeypatch, *words) in (0, None)
    table = pd.read_csv(out).set_index(["method", "target"])
    assert abs(table.loc[("PLS", "P~A"), "value"] - CASE["csem"]["P~A"]) < 1e-6  # SmartPLS's own stopping rule: 1e-7
    assert abs(table.loc[("PLSc", "P~O"), "value"] - CASE["csem_plsc"]["P~O"]) < 1e-6
    assert abs(table.loc[("Sum scores", "P~A"), "p_value"] - CASE["lm"]["P~A"][2]) < 1e-9
    assert np.isfinite(table.loc[("PLS", "P~A"), "lower"])
    assert "A → P" in capsys.readouterr().out


def broken(kind):
    """The survey, spoilt in one way."""
    data = survey("crm_000")
    match kind:
        case "missing":
            return data.astype(float).mask((data.index.to_numpy()[:, None] == 6) & (data.columns == "PC2"))
        case "constant":
            return data.assign(VA1=3)
        case "text":
            return data.assign(OGG2="often")
        case "column":
            return data.rename(columns={"PRO1": "PR01"})
        case "few":
            return data.head(15)
        case "infinite":
            return data.astype(float).replace({"CC1": {1.0: np.inf}})
    return data


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", ["PC2", "1 missing", "line", "8"]),
        ("constant", ["VA1", "alike"]),
        ("text", ["OGG2", "text", "often"]),
        ("column", ["column 'PRO1' is not known", "did you mean", "PR01"]),
        ("few", ["n = 15", "19 items", "singular", "leave that method out"]),
        ("infinite", ["CC1", "finite"]),
    ],
)
def test_an_unusable_survey_gives_one_message_and_exit_code_2(monkeypatch, capsys, tmp_path, model, kind, words):
    data, out = tmp_path / "data.csv", tmp_path / "estimates.csv"
    broken(kind).to_csv(data, index=False)
    words_given = ["fit", data, "--model", model, "--method", "pls,ml", "--resamples", 30, "--out", out]
    assert command(monkeypatch, *words_given) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in words), told
    assert "Traceback" not in told
    assert len(told.strip().splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"--method": "pls,lisrel"}, ["'lisrel'", "allowed: sumscores"]),
        ({"--method": "pslc"}, ["'pslc'", "did you mean 'plsc'"]),
        ({"--model": "absent.txt"}, ["absent.txt", "cannot be read"]),
        ({"--resamples": "3"}, ["3", "at least 20"]),
        ({"data": "absent.csv"}, ["absent.csv", "cannot be read"]),
    ],
)
def test_wrong_words_give_one_message_and_exit_code_2(monkeypatch, capsys, model, changes, words):
    options = {"--model": str(model), "--method": "pls"} | {k: v for k, v in changes.items() if k != "data"}
    data = changes.get("data", REFERENCE / "data" / "crm_000.csv")
    assert command(monkeypatch, "fit", data, *(word for pair in options.items() for word in pair)) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in words), told
