"""How large a survey may be: sizes are checked before anything is swallowed."""

import re
import zipfile
from pathlib import Path

from sim.errors import InputError

#: Bytes of a text file, of any other file, and of what a packed one unfolds to.
TEXT_BYTES, FILE_BYTES, UNPACKED_BYTES = 1_000_000_000, 200_000_000, 300_000_000
#: Columns; characters of a cell, of a line; cells of a table that is not read line by line.
COLUMNS, CELL, LINE, CELLS = 16_384, 131_072, 4_000_000, 20_000_000
_STEP = 1 << 20


def check_file(path: Path, most: int) -> None:
    """Raise InputError for a file of more bytes than `most`."""
    size = path.stat().st_size
    if size > most:
        raise InputError(
            f"data file {path} has {size / 1e6:,.0f} MB; files up to {most / 1e6:,.0f} MB are read, so keep only the "
            "columns of the model"
        )


def check_columns(source: str, columns: int) -> None:
    """Raise InputError for a table that is too wide."""
    if columns > COLUMNS:
        raise InputError(
            f"{source} has {columns:,} columns; up to {COLUMNS:,} are read, so keep only the columns of the model"
        )


def check_cells(source: str, rows: int, columns: int) -> None:
    """Raise InputError for a table of too many columns or cells."""
    check_columns(source, columns)
    if rows * columns > CELLS:
        raise InputError(
            f"{source} has {rows:,} rows and {columns:,} columns; up to {CELLS:,} cells of such a file are "
            "read, so keep "
            "only the columns of the model, or save it as CSV"
        )


def check_archive(path: Path) -> None:
    """Unfold a packed workbook piece by piece and count. Raises InputError where it is too large or damaged."""
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as file:
                    while piece := file.read(_STEP):
                        total += len(piece)
                        if total > UNPACKED_BYTES:
                            raise InputError(
                                f"data file {path} unfolds to more than {UNPACKED_BYTES / 1e6:,.0f} MB; save the "
                                "sheet with the answers alone, or as CSV"
                            )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
        raise InputError(f"data file {path} is damaged ({error}); save it again, or as CSV") from None


def check_sheets(path: Path) -> None:
    """Raise InputError where filled cells of a sheet lie so far apart that the area between them is too large.

    A workbook of a few bytes may hold A1 and XFD1048576; a reader lays out all 17 billion cells between them.
    """
    filled = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,4})(\d{1,8})"[^>/]*>')
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if re.fullmatch(r"/?xl/worksheets/[^/]+\.xml", name, re.IGNORECASE):
                rows, columns = 0, 0
                for letters, row in filled.findall(archive.read(name)):
                    rows, columns = max(rows, int(row)), max(columns, _column(letters))
                check_cells(f"data file {path}: {Path(name).name}", rows, columns)


def _column(letters: bytes) -> int:
    """Number of the column `letters`, from 1: `AA` is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
