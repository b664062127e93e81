"""The README: its Python example runs, and it names every command."""

import re
import tempfile
import tomllib
from pathlib import Path

import pytest
from rich.console import Console

import loadstone
from benchmarks.run import runner
from benchmarks.run.workers import available
from benchmarks.study import study
from reports.book.kinds import kind_of
from reports.results import read

README = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.S)
    exec(compile(example, "README.md", "exec"), {})
    assert "PERF~ACRM" in capsys.readouterr().out


def test_it_names_every_command_there_is():
    assert set(re.findall(r"^    loadstone ([\w-]+)", README, re.M)) == set(loadstone.COMMANDS)
    assert [command.name for command in loadstone.app.registered_commands] == list(loadstone.COMMANDS)


def test_every_make_target_it_names_exists():
    makefile = (Path(__file__).parent.parent.parent / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"make (study|test|quick|speed)\b", README))
    assert named == {"study", "test", "quick", "speed"}
    assert all(re.search(rf"^{target}:", makefile, re.M) for target in named)


@pytest.mark.acceptance
def test_the_answer_at_its_head_is_the_flagships():
    """The cell of n = 72 and what the head tells of: the numbers are the whole flagship's, whatever else is run."""
    whole = tomllib.loads(study.locate("crm-clusters").read_text(encoding="utf-8"))
    first = {factor: levels[:1] for factor, levels in whole["data"]["factors"].items()}
    whole["data"] |= {"n": [72], "factors": first}
    whole["methods"] = {name: whole["methods"][name] for name in ("pls-screened", "pls")}
    del whole["quick"]
    found = study.made(whole, "the flagship's first cell", Path())
    assert found.cells[0].key == study.load("crm-clusters").cells[0].key
    with tempfile.TemporaryDirectory() as folder:
        runner.run(found, Path(folder), available(), Console(quiet=True))
        answer = kind_of(results := read(Path(folder))).answer(results)
    told = " ".join([answer.lead, *answer.sentences, *(s for path in answer.paths for s in path.sentences)])
    told = told.replace("\xa0", " ")
    head = README.partition("## Two commands")[0]
    numbers = re.findall(r"[−+]?\d+\.\d+ ± \d\.\d+%?", head)
    assert len(numbers) == 10
    assert [number for number in numbers if number.lstrip("−+") not in told] == []
