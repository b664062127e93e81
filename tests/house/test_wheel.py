"""The wheel holds every file of the rooms, so that an installed Loadstone does what the repository does."""

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
import tomllib
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


@pytest.mark.acceptance
@pytest.mark.skipif(not can_build(), reason="no setuptools >= 70.1 in this environment to build a wheel with")
def test_a_built_wheel_holds_what_git_tracks(tmp_path):
    source = tmp_path / "source"
    for path in [*tracked(), "pyproject.toml", "README.md", "LICENSE"]:
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, source / path)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entry_points,) = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
        assert "loadstone = loadstone:main" in archive.read(entry_points).decode()
    assert {name for name in names if ".dist-info/" not in name} == tracked()
