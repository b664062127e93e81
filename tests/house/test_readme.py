"""The README: its Python example runs, and it names every command."""

import re
from pathlib import Path

import loadstone

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
