"""Fuzzed input files and options: `python -m tests.benchmarks.trust.fuzz FIRST COUNT` tells what came of each, as JSON.

A seed is an input: a sound file of some kind with a few pieces torn out, doubled, replaced by strange ones or moved,
and a command that reads it. What comes of it must be a result (exit code 0) or one message (exit code 2).
"""

import io
import json
import os
import random
import re
import signal
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import loadstone
from tests.benchmarks.trust.studies import changed
from tests.memory import own_peak

STRANGE = (
    "", "0", "-1", "1e999", "nan", "inf", "-inf", "1e-320", "9" * 25, "true", '""', "[]", "{}", '"x"', '"../../x"',
    "[[[]]]", "1979-05-27", '"\\u0000"', '"=1+1"', '"[/red]"', "[1, 2, 3]", '["a", "a"]', "0.5", "1.0000000001", "256",
    '"' + "y" * 300 + '"', "\ufeff", "\x00", "'''", "#", "=", "é", "\u202e", "1_000", "0x1F",
)  # fmt: skip
MODEL = "F =~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nG ~ F\n"
COMMANDS = ("run", "show", "themes", "reconstruct", "replay", "fit")


def sources(kind: str) -> list[str]:
    """Sound files of a kind."""
    folder = Path(str(files("sim.catalogue")))
    if kind in ("run", "replay"):
        return [changed(replications="4"), changed(n="[8]", replications="3", population='"crm-clusters"',
                                                  targets='["PERF~ACRM", "ave(ACRM)", "chisq"]')]  # fmt: skip
    found = {"show": "*.toml", "themes": "themes/*.toml", "reconstruct": "tables/*.toml"}.get(kind)
    if found:
        return [path.read_text(encoding="utf-8") for path in sorted(folder.glob(found))]
    rows = [[(3 * r + 5 * c + r * c) % 5 + 1 for c in range(6)] for r in range(30)]
    return ["x1,x2,x3,y1,y2,y3\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)]


def mutated(text: str, pick: random.Random) -> str:
    """The text with one to four strange things done to it."""
    for _ in range(pick.choice([1, 1, 1, 2, 4])):
        lines = text.split("\n")
        k = pick.randrange(len(lines))
        what = pick.randrange(8)
        if what == 0:
            del lines[k]
        elif what == 1:
            lines.insert(k, pick.choice(lines))
        elif what == 2:
            lines[k] = re.sub(r"=.*", lambda _: "= " + pick.choice(STRANGE), lines[k])
        elif what == 3:
            numbers = list(re.finditer(r"-?\d+\.?\d*", text))
            if numbers:
                at = pick.choice(numbers)
                text = text[: at.start()] + pick.choice(STRANGE) + text[at.end() :]
            continue
        elif what == 4:
            at_ = pick.randrange(len(text) + 1)
            text = text[:at_] + pick.choice(STRANGE) + text[at_:]
            continue
        elif what == 5:
            lines[k] = lines[k].replace(pick.choice('=[]".,~+'), pick.choice(STRANGE), 1)
        elif what == 6:
            words = re.findall(r"[A-Za-z_]{2,}", text) or ["x"]
            lines[k] = lines[k].replace(pick.choice(words), pick.choice(words))
        else:
            lines[k] = lines[k][: pick.randrange(len(lines[k]) + 1)]
        text = "\n".join(lines)
    return text


def words_of(kind: str, path: Path, pick: random.Random) -> list[str]:
    """The command on a file, sometimes with strange options."""
    out = ["--out", str(path.parent / "out")]
    number = str(pick.choice([1, 2, 2, 0, -1, 3, 10**6, 10**20]))
    if kind == "run":
        return [
            "run",
            str(path),
            *out,
            "--workers",
            number,
            "--replications",
            str(pick.choice([4, 4, 4, 2, 1, 10**15])),
        ]
    if kind == "replay":
        cell = pick.choice(["1", "2", "0", "9" * 30, "n = 30", "[/x]"])
        return ["replay", str(path), "--cell", cell, "--replication", number, *out]
    if kind == "fit":
        (path.parent / "model.txt").write_text(mutated(MODEL, pick) if pick.random() < 0.5 else MODEL)
        method = pick.choice(["pls,ml", "sumscores", "pls[scheme=x]", "", ",", "ml[max_iterations=0]", "no:Such"])
        return ["fit", str(path), "--model", str(path.parent / "model.txt"), "--method", method, "--resamples",
                str(pick.choice([20, 20, 0, 10**7]))]  # fmt: skip
    level = ["--level", pick.choice(["0.9", "2", "nan", "0"])] if kind == "themes" and pick.random() < 0.3 else []
    return [kind, str(path), *level]


def one(seed: int) -> dict[str, Any]:
    """What came of an input."""
    pick = random.Random(seed)
    kind = COMMANDS[seed % len(COMMANDS)]
    text = mutated(pick.choice(sources(kind)), pick)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / ("data.csv" if kind == "fit" else "input.toml")
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        words = words_of(kind, path, pick)
        os.chdir(folder)
        told, printed, code = io.StringIO(), io.StringIO(), 0
        sys.argv = ["loadstone", *words]
        signal.alarm(90)
        try:
            with redirect_stdout(printed), redirect_stderr(told):
                loadstone.main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        except BaseException as error:  # what a user would see as a traceback
            code = 1
            told.write(f"Traceback: {type(error).__name__}: {error}")
        finally:
            signal.alarm(0)
            os.chdir("/")
        with suppress(OSError):
            path.unlink()
    return {"seed": seed, "kind": kind, "code": code, "message": told.getvalue()[:2000], "peak": own_peak()}


if __name__ == "__main__":
    first, count = int(sys.argv[1]), int(sys.argv[2])
    for number in range(first, first + count):
        print(json.dumps(one(number)), file=sys.__stdout__, flush=True)
