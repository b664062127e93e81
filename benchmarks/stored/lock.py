"""One writer at a time: a lock on a results folder that says who holds it and ends with its holder."""

import contextlib
import errno
import json
import os
import platform
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sim.errors import InputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

NAME = ".lock"
#: What a file system says that has no locks of this kind.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)


class Lock:
    """The right to write into a results folder, held from `with` to its end.

    The system gives the lock back when its holder ends, however it ends, so that nothing has to be cleaned up. On NFS
    it holds between machines (Linux makes a lock on the server of it) where the server's lock service runs. On file
    systems without locks the file alone speaks: a holder of this machine is asked for, one of another is believed.
    Raises InputError where somebody else holds it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / NAME
        self._file: int | None = None
        self._length = 0
        self._since = ""
        #: What a holder wrote who ended without giving the lock back; None where there was none.
        self.left_by: dict[str, Any] | None = None

    def __enter__(self) -> Self:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._take()
        except OSError as error:
            raise InputError(
                f"{self.folder} cannot be written ({error.strerror}); give a folder you can write to"
            ) from None
        return self

    def _take(self) -> None:
        """Open and lock the file; again where its last holder removed it in between."""
        for _ in range(100):
            opened = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
            try:
                self._hold(opened)
            except BaseException:
                os.close(opened)
                raise
            self._file = opened
            if self.held():
                self._sign_first()
                return
            os.close(opened)
            self._file = None
        raise InputError(f"{self.path} keeps changing hands; wait for the other programs that use {self.folder}")

    def _hold(self, opened: int) -> None:
        if fcntl is not None:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError as error:
                if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                    raise self._held_by(_signed(opened)) from None
                if error.errno not in _NO_LOCKS:
                    raise
        holder = _signed(opened)
        if holder and _may_live(holder):
            raise self._held_by(holder)

    def _held_by(self, holder: dict[str, Any]) -> InputError:
        who = "another program"
        if holder:
            who = f"process {holder.get('process')} on {holder.get('host')} since {holder.get('since')}"
        return InputError(
            f"{self.folder} is being written by {who}; wait until it is done, stop it, or choose another --out folder"
            + ("" if fcntl is not None else f" (if it no longer runs, delete {self.path})")
        )

    def _sign_first(self) -> None:
        """Sign the lock that was taken, after what the last holder left in it; on a full disk, give it back."""
        assert self._file is not None
        self.left_by = _signed(self._file) or None
        self._since = time.strftime("%Y-%m-%d %H:%M:%S %z")
        try:
            os.ftruncate(self._file, 0)
            self.sign("")
        except OSError:
            self.__exit__(None, None, None)
            raise

    def sign(self, doing: str) -> None:
        """Write who holds the lock, and what of it could end its process (""; whoever comes next is told)."""
        if self._file is None:
            return
        holder = {"host": platform.node(), "process": os.getpid(), "since": self._since}
        text = json.dumps(holder | ({"doing": doing} if doing else {})).encode()
        self._length = max(self._length, len(text))
        text = text.ljust(self._length)  # one write, so that others never read half of it
        if hasattr(os, "pwrite"):
            os.pwrite(self._file, text, 0)
        else:
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, text)

    def ended_before(self) -> str:
        """What to say of a holder before this one that ended without a word; empty where there was none."""
        if self.left_by is None:
            return ""
        who = f"the run before (process {self.left_by.get('process')} on {self.left_by.get('host')})"
        doing = self.left_by.get("doing")
        return f"{who} ended without a word" + (f" while {doing}" if isinstance(doing, str) else "")

    def held(self) -> bool:
        """Whether the lock's file still stands in the folder: not where the folder was moved, removed or replaced."""
        if self._file is None:
            return False
        try:
            there, mine = self.path.lstat(), os.fstat(self._file)
        except OSError:
            return False
        return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)

    def check(self) -> None:
        """Raises InputError where the folder is no longer the one that was locked."""
        if not self.held():
            raise InputError(
                f"{self.folder} was moved or removed while it was being written; nothing more is written: "
                "put it back and run the study again, what is finished is kept"
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        if self.held():
            with contextlib.suppress(OSError):
                self.path.unlink()
        os.close(self._file)
        self._file = None


def _signed(opened: int) -> dict[str, Any]:
    """What the holder wrote of itself; nothing where that cannot be read."""
    try:
        os.lseek(opened, 0, os.SEEK_SET)
        holder: Any = json.loads(os.read(opened, 4096))
        return holder if isinstance(holder, dict) else {}
    except (OSError, ValueError):
        return {}


def _may_live(holder: dict[str, Any]) -> bool:
    """Whether the holder may still run: known of processes of this machine only."""
    process = holder.get("process")
    if holder.get("host") != platform.node() or not isinstance(process, int):
        return True
    return runs(process)


def runs(process: int) -> bool:
    """Whether a process of this machine is alive; True where one cannot ask without harm (Windows)."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
