"""Pages in a browser without a screen: the document after its scripts ran, and what they said."""

import shutil
import subprocess
from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def in_chromium(page: Path, profile: Path, budget: int = 20_000) -> tuple[str, list[str]]:
    """The document after its scripts ran, and every message on the console. budget: milliseconds of the page's time."""
    options = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --hide-scrollbars"
    flags = [*options.split(), "--allow-file-access-from-files", "--enable-logging=stderr", "--v=0"]
    flags += [f"--user-data-dir={profile}", "--window-size=1800,1800", f"--virtual-time-budget={budget}"]
    command = [str(CHROMIUM), *flags, "--dump-dom", page.as_uri()]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    return ran.stdout, [line for line in ran.stderr.splitlines() if ":CONSOLE" in line]
