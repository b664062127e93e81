"""One zip with a study, its program, versions, measures, report and checksums, as an RO-Crate (extra `archive`)."""

import hashlib
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from benchmarks.archive import sources
from benchmarks.files import whole_file
from benchmarks.stored import checksums, lock, machine, mark, verifying
from benchmarks.study.study import Study, locate
from sim.errors import InputError

#: Members of the archive: the study's files, the results, the program.
STUDY, RESULTS, PROGRAM = "study", "results", "program"
_WHEN = (2020, 1, 1, 0, 0, 0)
_README = """# {title}

{question}

An archive of the simulation study `{name}`, made by Loadstone {version}: an RO-Crate, which
`ro-crate-metadata.json` describes.

| place | what it holds |
|---|---|
| `study/` | the study file and the files that it names |
| `results/` | its results: see `results/README.md` |
| `program/` | the program that computed them, whole |
| `requirements.txt` | every package beneath it, in its exact version |
| `CITATION.cff` | how to cite it |
| `SHA256SUMS` | checksums: `sha256sum --check SHA256SUMS` |

## To run it again

With Python {python}, in the unpacked folder:

    python -m venv again
    again/bin/pip install -r requirements.txt ./program
    again/bin/loadstone run study/{file}{quick} --out repeated
    again/bin/loadstone compare results repeated

The same versions on the same kind of processor give the same numbers to the last bit. `compare` needs the raw
estimates, which are here {estimates}; without them `cmp results/measures.parquet repeated/measures.parquet` tells.
"""


def place_of(study: Study, to: Path | None) -> Path:
    """Where the archive goes: NAME.zip here, or in the folder `to`, or `to` itself. Raises InputError."""
    name = f"{study.name}.zip"
    if to is None or to.is_dir():
        return (to or Path()) / name
    if to.suffix != ".zip":
        raise InputError(f"--to {to}: the archive is a ZIP file; give a name that ends in .zip, such as {name}")
    return to


def pack(study: Study, given: str, folder: Path, archive: Path, estimates: bool = False) -> Path:
    """Write the archive of a study's results; `given`: how the study was named; estimates: raw ones too.

    The same results give the same bytes. Raises InputError where results are missing, damaged or unfinished, where
    `rocrate` is not installed, or where the study names files that an archive cannot hold.
    """
    try:
        from rocrate.rocrate import ROCrate
    except ImportError:
        raise InputError('`pack` needs rocrate: pip install "loadstone[archive]"') from None
    verifying.verified(folder)
    path = locate(given)
    members = _members(study, path, folder, estimates)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for name, content in members.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        crate = ROCrate()
        _describe(crate, study, path, root, members)
        members["ro-crate-metadata.json"] = _steady(json.dumps(crate.metadata.generate()).encode())
    sums = "".join(f"{hashlib.sha256(members[name]).hexdigest()}  {name}\n" for name in sorted(members))
    members["SHA256SUMS"] = sums.encode()
    with whole_file(archive) as waiting, zipfile.ZipFile(waiting, "w", zipfile.ZIP_DEFLATED) as file:
        for name in sorted(members):
            member = zipfile.ZipInfo(name, _WHEN)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            file.writestr(member, members[name])
    return archive


def _members(study: Study, path: Path, folder: Path, estimates: bool) -> dict[str, bytes]:
    """Every file of the archive but its description and checksums."""
    stored = json.loads((folder / "study.json").read_bytes())
    members = {f"{STUDY}/{name}": content for name, content in sources.of_study(path).items()}
    unlisted = [name for name in (checksums.NAME, mark.NAME, machine.NAME) if (folder / name).is_file()]
    listed = [*checksums.read(folder), *unlisted]
    blocks = [p.relative_to(folder).as_posix() for p in sorted((folder / "blocks").rglob("*.parquet"))]
    for name in [*listed, *(blocks if estimates else [])]:
        if name != lock.NAME:
            members[f"{RESULTS}/{name}"] = (folder / name).read_bytes()
    members |= {f"{PROGRAM}/{name}": content for name, content in sources.of_program().items()}
    members["requirements.txt"] = sources.requirements().encode()
    versions = stored.get("versions", {})
    members["README.md"] = _README.format(
        title=study.file.aims.title, question=study.file.aims.question, name=study.name,
        version=versions.get("loadstone", ""), python=versions.get("python", ""), file=path.name,
        quick=" --quick" if study.quick else "", estimates="too" if estimates else "only where they were packed",
    ).encode("utf-8", "replace")  # fmt: skip
    members["CITATION.cff"] = _citation(study, versions)
    return members


def _citation(study: Study, versions: dict[str, str]) -> bytes:
    """How to cite the study's data, as reference managers read it: JSON is YAML."""
    told = {
        "cff-version": "1.2.0",
        "message": "If you use these results, please cite the study, its source and the program.",
        "type": "dataset",
        "title": study.file.aims.title,
        "abstract": study.file.aims.question,
        "version": versions.get("loadstone", "0"),
        "authors": [{"name": "The authors of the study file"}],
        "references": [
            {"type": "software", "title": "Loadstone", "authors": [{"name": "The Loadstone developers"}],
             "version": versions.get("loadstone", "0")},
            *([{"type": "generic", "title": study.cells[0].world.source, "authors": [{"name": "see the title"}]}]
              if study.cells[0].world.source else []),
        ],
    }  # fmt: skip
    return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in told.items()).encode() + b"\n"


def _describe(crate: Any, study: Study, path: Path, root: Path, members: dict[str, bytes]) -> None:
    """The entities of the crate: the study file runs in the program and gave the results."""
    from rocrate.model.contextentity import ContextEntity

    crate.name, crate.description = study.file.aims.title, study.file.aims.question
    crate.license = "https://spdx.org/licenses/BSD-3-Clause"
    program = crate.add(ContextEntity(crate, "#loadstone", properties={
        "@type": "SoftwareApplication", "name": "Loadstone", "softwareRequirements": "requirements.txt",
    }))  # fmt: skip
    words = _words(path.name)
    for name in sorted(members):
        if not name.startswith(f"{PROGRAM}/"):
            crate.add_file(root / name, name, properties={
                "name": name, "encodingFormat": _format(name), "sha256": hashlib.sha256(members[name]).hexdigest(),
                **({"description": words[name]} if name in words else {}),
            })  # fmt: skip
    crate.add_dataset(root / PROGRAM, f"{PROGRAM}/", properties={
        "name": "the program", "description": "all of Loadstone's source, as it computed the results",
    })  # fmt: skip
    crate.add(ContextEntity(crate, "#run", properties={
        "@type": "CreateAction", "name": "the run", "instrument": {"@id": program.id},
        "object": {"@id": f"{STUDY}/{path.name}"},
        "result": [{"@id": f"{RESULTS}/measures.parquet"}, {"@id": f"{RESULTS}/study.json"}],
    }))  # fmt: skip


def _words(study: str) -> dict[str, str]:
    return {
        f"{STUDY}/{study}": "the study file",
        f"{RESULTS}/measures.parquet": "every measure with its Monte Carlo standard error and its count",
        f"{RESULTS}/study.json": "what was asked and how: populations, cells, methods, versions, seed",
        f"{RESULTS}/report.html": "the report",
        f"{RESULTS}/README.md": "what the results folder holds",
        "requirements.txt": "every package beneath the program in its exact version",
    }


_FORMATS = {
    ".parquet": "application/vnd.apache.parquet", ".json": "application/json", ".html": "text/html",
    ".csv": "text/csv", ".svg": "image/svg+xml", ".tex": "application/x-tex", ".toml": "application/toml",
    ".md": "text/markdown", ".py": "text/x-python",
}  # fmt: skip


def _format(name: str) -> str:
    return _FORMATS.get(Path(name).suffix, "text/plain")


def _steady(metadata: bytes) -> bytes:
    """The description without the time at which it was written, so that the same results give the same bytes."""
    told = json.loads(metadata)
    for entity in told["@graph"]:
        if "datePublished" in entity:
            entity["datePublished"] = "2020-01-01"
    return json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True).encode()
