"""Names that are paths, markup or 300 letters, and numbers beyond reason: harmless, or one message."""

import os
import string
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from benchmarks.files import path_part
from benchmarks.run import capacity, runner
from benchmarks.study.study import load, with_replications
from sim.errors import InputError
from sim.form import content_of
from sim.model import Model
from tests.bad_input import Command
from tests.benchmarks.trust.studies import QUIET, Typed, changed, contents

pytestmark = pytest.mark.acceptance

NAMES = (
    "../../../survey", "/etc/loadstone-was-here", "C:\\\\x", "m" * 300, "[/b] [red]x[/x]", "<script>alert(1)</script>",
    "\\\\input{x} & 50% $y_1$ #", "=cmd|' /C calc'!A0", "@SUM(1)", "-1+1", "con", "a b", "Größe", "a~b", "a-b", ".",
)  # fmt: skip


@given(st.text(max_size=400))
def test_any_text_becomes_one_short_part_of_a_path(text: str) -> None:
    part = path_part(text)
    assert 0 < len(part.encode()) <= 64
    assert set(part) <= set(string.ascii_lowercase + string.digits + "._-")
    assert part[0] not in ".-"
    assert ".." not in part
    assert Path(part).name == part
    assert path_part(part) == part or part.startswith(("con", "prn", "aux", "nul", "com", "lpt"))


@given(st.lists(st.text(alphabet="abAB.-_ /~", max_size=6), unique=True, max_size=30))
def test_no_two_texts_share_a_part(texts: list[str]) -> None:
    assert len({path_part(text).lower() for text in texts}) == len(texts)


def quoted(name: str) -> str:
    return f'"{name}"'


def test_strange_names_come_out_harmless_and_inside_the_folder(tmp_path: Path, typed: Typed) -> None:
    place = tmp_path / "deep" / "within"
    place.mkdir(parents=True)
    levels = ", ".join(f"{quoted(name)} = {0.2 + k / 100}" for k, name in enumerate(NAMES[:6]))
    (place / "pop.toml").write_text(
        f'title = "T [/a]"\nsource = "S <b> [/b]"\nnotes = ["[/n] \\\\x"]\n'
        'model = """\nF =~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nG ~ F\n"""\n[values]\nloading = 0.7\n'
        f'[factors."f[/b]../x"]\nsets = "path G~F"\nmeaning = "m[/e] <i>"\nlevels = {{ {levels} }}\n'.replace(
            "loading = 0.7\n", "".join(f'"{c}=~{i}{k}" = 0.7\n' for c, i in (("F", "x"), ("G", "y")) for k in (1, 2, 3))
        )
    )
    methods = "".join(
        f'[methods.{quoted(name)}]\nestimator = "pls"\nscreening = {{ threshold = 0.70 }}\n' for name in NAMES
    )
    text = changed(population='"pop.toml"', n="[30]", replications="4", targets='["G~F"]', title='"Loadings [/x] <u>"')
    chosen = ", ".join(quoted(name) for name in NAMES[:3])
    text = text.replace("[estimands]", f'[data.factors]\n"f[/b]../x" = [{chosen}]\n\n[estimands]')
    (place / "study.toml").write_text(text.partition("[methods.sumscores]")[0] + methods)
    assert len(tomllib.loads((place / "study.toml").read_text())["methods"]) == len(NAMES)
    before = set(contents(tmp_path))
    ended = typed(place, "run", "study.toml", "--out", "results", "--workers", "1")
    assert ended.returncode == 0, ended.stderr
    assert "Loadings [/x] <u>" in ended.stdout
    new = set(contents(tmp_path)) - before
    assert all(name.startswith("deep/within/results/") for name in new)
    of_methods = [name for name in new if "/tables/dropped-" in name and "/tables/dropped-sets." not in name]
    assert len(of_methods) == 2 * len(NAMES)
    assert all(len(part.encode()) < 100 for name in new for part in name.split("/"))
    assert not Path("/etc/loadstone-was-here.csv").exists()
    page = (place / "results" / "report.html").read_text()
    assert "<script>alert" not in page
    assert "<u>" not in page
    for name in new:
        if name.endswith(".svg"):
            assert "<script>alert" not in (tmp_path / name).read_text()


@pytest.mark.parametrize("name", ["a\\u0000b", "a\\u001bb", "a\\nb", "a\\u0085b", "a\\ufffeb"])
def test_control_characters_in_names_are_mistakes(name: str, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(changed() + f'\n[methods."{name}"]\nestimator = "pls"\n')
    with pytest.raises(InputError, match="has control characters"):
        load(str(tmp_path / "study.toml"))


def test_a_name_of_a_study_is_short(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(changed(name=f'"{"s" * 300}"'))
    with pytest.raises(InputError, match="name"):
        load(str(tmp_path / "study.toml"))


# --- numbers ---

BEYOND = [
    (changed(seed="9" * 5000), "beyond reason"),
    (changed(seed="9" * 30), "a whole number of 30 digits"),
    (changed(replications="10000001"), "less than or equal to 10000000"),
    (changed(n="[100001]"), "less than or equal to 100000"),
    (changed(n="[" * 100_000 + "]" * 100_000), "too deep"),
    (changed(n="[" * 40 + "30" + "]" * 40), "more than 32 deep"),
    (changed() + "resamples = 1000000000\n", "at most 100,000"),
    (changed() + "max_iterations = 1000000000\n", "1,000,000"),
    (changed() + "[quick]\nresamples = 1000000\n", "less than or equal to 100000"),
    (changed() + "[quick]\nreplications = 100000000\n", "less than or equal to 10000000"),
    (changed() + "\x00", "not TOML"),
]


@pytest.mark.parametrize(("text", "told"), BEYOND, ids=[told for _, told in BEYOND])
def test_numbers_beyond_reason_are_mistakes_like_others(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(InputError, match=told):
        load(str(tmp_path / "study.toml"))


def test_too_many_cells_are_counted_before_any_is_made(tmp_path: Path) -> None:
    factors = "".join(
        f'[factors.f{k}]\nsets = "responses.{key}"\nlevels = [{", ".join(str(i / 100) for i in range(20))}]\n'
        for k, key in enumerate(("careless", "straightlining", "acquiescence", "common_method"))
    )
    (tmp_path / "pop.toml").write_text(f'base = "crm-clusters"\n{factors}')
    chosen = "".join(f"f{k} = [{', '.join(str(i / 100) for i in range(20))}]\n" for k in range(4))
    text = changed(population='"pop.toml"', targets='["PERF~ACRM"]')
    (tmp_path / "study.toml").write_text(text.replace("[estimands]", f"[data.factors]\n{chosen}\n[estimands]"))
    with pytest.raises(InputError, match=r"320,000 cells .*at most 20,000"):
        load(str(tmp_path / "study.toml"))


def test_replications_on_the_command_line_have_the_limit_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(changed())
    with pytest.raises(InputError, match=r"replications is 1000000000000000; .* at most 10,000,000"):
        with_replications(load(str(tmp_path / "study.toml")), 10**15)


def test_a_model_larger_than_any_survey_is_refused() -> None:
    with pytest.raises(InputError, match="500 constructs; at most 200"):
        Model.parse("\n".join(f"F{k} =~ a{k} + b{k}" for k in range(500)))
    with pytest.raises(InputError, match="1,001 items; at most 1,000"):
        Model.parse("F =~ " + " + ".join(f"a{k}" for k in range(1001)))


def test_memory_is_asked_for_before_anything_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "memory", lambda: 1_000_000)
    (tmp_path / "study.toml").write_text(changed())
    with pytest.raises(InputError, match=r"takes about .* GB of memory for each of 2 workers, and 0.0 GB are free"):
        runner.run(load(str(tmp_path / "study.toml")), tmp_path / "out", 2, QUIET)
    assert not (tmp_path / "out").exists()


def test_work_of_days_is_told_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rich.console import Console

    monkeypatch.setattr(capacity, "_seconds", lambda study, cell: 86400.0)
    (tmp_path / "study.toml").write_text(changed(n="[30]"))
    study = with_replications(load(str(tmp_path / "study.toml")), 200_000)
    capacity.tell_if_long(study, runner.shared(study), 4, Console(width=500))
    assert "This will take about 50,000.0 days on 4 workers" in capsys.readouterr().out


# --- files ---


def test_devices_pipes_folders_and_huge_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with (tmp_path / "huge.toml").open("wb") as file:
        file.truncate(11_000_000)
    for name, told in (
        ("pipe.toml", "no regular file"), ("huge.toml", "at most 10,000,000"), (".", "cannot be read"),
        ("/dev/zero", "no regular file"), ("/dev/null", "no regular file"), ("none.toml", "does not exist"),
        ("a\0b.toml", "cannot be read"), ("x" * 300, "cannot be read"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=told):
            content_of(tmp_path / name, "study file")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_an_output_without_room_is_one_message(tmp_path: Path) -> None:
    import subprocess

    from tests.benchmarks.trust.studies import command, environment

    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            command("list"), stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), check=False, timeout=60
        )
    assert ended.returncode == 2
    assert ended.stderr == (
        "loadstone: the output cannot be written (No space left on device); give it a place with room\n"
    )


def test_markup_in_a_path_is_a_path(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("study.toml").write_text(changed(replications="4", n="[30]"))
    assert command("run", "study.toml", "--out", "[/x]/o") in (0, None)
    assert (tmp_path / "[" / "x]").exists() or (tmp_path / "[").exists() or Path("[").exists()
    assert reports.write(Path("[/x]/o")).exists()
