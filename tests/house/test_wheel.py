"""The wheel holds every file of the rooms, so that an installed Loadstone does what the repository does."""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
ROOMS = ("sim", "estimators", "benchmarks", "reports")


def tracked() -> set[str]:
    """Files of the rooms and the front door that git tracks or would track; speed tests are not installed."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git, or no repository: there is no list of files to compare with")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *ROOMS, "loadstone.py"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return {path for path in listed if not path.startswith("benchmarks/speed/") and (ROOT / path).exists()}


def package_of(path: str) -> tuple[str, str]:
    """The innermost package around a file, with dots, and the file's path in it."""
    folder = Path(path).parent
    while not (ROOT / folder / "__init__.py").exists():
        folder = folder.parent
    return ".".join(folder.parts), Path(path).relative_to(folder).as_posix()


# --- what pyproject.toml says would be built ---


def test_every_folder_with_python_is_a_package():
    folders = {Path(path).parent for path in tracked() if path.endswith(".py") and "/" in path}
    assert len(folders) > 30
    assert not [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").exists()]


def test_every_package_is_found():
    find = SETUPTOOLS["packages"]["find"]
    packages = {package_of(path)[0] for path in tracked() if "/" in path}
    assert not {one for one in packages if not any(fnmatch(one, pattern) for pattern in find["include"])}
    assert not {one for one in packages if any(fnmatch(one, pattern) for pattern in find["exclude"])}


def test_every_other_file_is_package_data():
    data = SETUPTOOLS["package-data"]
    others = {path for path in tracked() if not path.endswith(".py")}
    assert len(others) > 20
    homes = {path: package_of(path) for path in others}
    left_out = {
        path
        for path, (package, inside) in homes.items()
        if not any(inside.count("/") == one.count("/") and fnmatch(inside, one) for one in data.get(package, []))
    }
    assert not left_out, "name them under [tool.setuptools.package-data] in pyproject.toml"


# --- what is built ---


def can_build() -> bool:
    """Whether a wheel can be built without fetching anything: by setuptools from 70.1 on, or with the package wheel."""
    if importlib.util.find_spec("setuptools") is None:
        return False
    version = importlib.metadata.version("setuptools").split(".")
    return (int(version[0]), int(version[1])) >= (70, 1) or importlib.util.find_spec("wheel") is not None


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from what git tracks, in a folder of its own."""
    if not can_build():
        pytest.skip("no setuptools >= 70.1 in this environment to build a wheel with")
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for path in [*tracked(), "pyproject.toml", "README.md", "LICENSE"]:
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, source / path)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True)
    shutil.rmtree(source)
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.acceptance
def test_a_built_wheel_holds_what_git_tracks(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entry_points,) = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
        assert "loadstone = loadstone:main" in archive.read(entry_points).decode()
    assert {name for name in names if ".dist-info/" not in name} == tracked()


# Of one method: a new environment compiles the loops of every method that it runs.
STUDY = """name = "small"
aims = { title = "A small study", question = "Does an installed wheel run it?" }
data = { population = "three-factors", n = [50, 100], replications = 300, seed = 1 }
estimands = { targets = ["eta3~eta1"] }
methods = { sumscores = { resamples = 50 } }
quick = { n = [50], replications = 20, resamples = 20 }
"""


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Runs a program of a new environment that has the wheel; what the wheel needs is that of this environment.

    Its own packages come first, so that nothing of the checkout is seen; an editable installation here is not, because
    the files that make one are not read in a folder that is only on the path.
    """
    place = tmp_path_factory.mktemp("installed")
    venv.create(place / "env", with_pip=False)
    python = place / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    surroundings = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "NUMBA_CACHE_DIR")}
    options = ["--no-deps", "--no-index", "--quiet", "--no-warn-script-location"]
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", *options, str(wheel)]
    subprocess.run(install, check=True, env=surroundings)
    told = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    own = Path(subprocess.run(told, capture_output=True, text=True, check=True).stdout.strip())
    (own / "needed.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    (place / "work").mkdir()

    def run(*words):
        command = [str(python.parent / words[0]), *words[1:]]
        ended = subprocess.run(
            command, cwd=place / "work", env=surroundings, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return run, place / "work", own


@pytest.mark.acceptance
def test_a_fresh_environment_lists_runs_fits_and_reports(installed):
    run, folder, own = installed
    told = "import loadstone as ls, sim, reports; print(ls.population('three-factors'))"
    told += "; print(ls.__file__, *sim.__path__, *reports.__path__, sep='\\n')"
    population, *places = run("python", "-c", told).strip().rsplit("\n", 3)
    assert population.startswith("Population")
    assert all(Path(line).is_relative_to(own) for line in places)
    assert "crm-clusters" in run("loadstone", "list")
    (folder / "small.toml").write_text(STUDY)
    assert "report: results/small-quick/report.html" in run("loadstone", "run", "small.toml", "--quick")
    shutil.copy(ROOT / "tests" / "reference" / "data" / "crm_000.csv", folder / "survey.csv")
    (folder / "model.txt").write_text(
        "OCRM =~ OGG1 + OGG2 + OGG3 + PCO1 + PCO2\nPERF =~ VA1 + VA2 + VPC1 + VPC2\nPERF ~ OCRM\n"
    )
    words = ("fit", "survey.csv", "--model", "model.txt", "--method", "sumscores", "--out", "fit")
    assert "OCRM → PERF" in run("loadstone", *words)
    assert {"fit.html", "fit.csv", "fit.tex", "fit-scores.csv"} <= {path.name for path in (folder / "fit").iterdir()}
    assert "next: loadstone run mine.toml" in run("loadstone", "new", "study", "mine")
