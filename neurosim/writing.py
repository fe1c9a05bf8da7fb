"""The one place that writes files: a file or a folder is there whole and on the disk, or is what it was before.

A new version is written under another name in the same folder and flushed to the disk; then it takes the name of the old one in one step,
and the folder is flushed as well.  Whatever ends the process in between leaves the old version, and perhaps a file ``.….part`` beside it,
which the next one to write the same file removes.  `h5py`, `matplotlib` and `numpy` make their files in memory, so that a full disk meets
none of them half-way.
"""
from __future__ import annotations

import errno
import hashlib
import itertools
import os
import platform
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import InputError, NeurosimError

Content = bytes | memoryview
_numbers = itertools.count()
_ours: set[str] = set()  # names under which this process writes now
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_NO_FLUSH = (errno.EINVAL, errno.EACCES, errno.ENOTSUP, errno.ENOSYS)


def write_bytes(path: str | os.PathLike[str], content: Content) -> None:
    """Write a file, or replace it: all of it or nothing.

    Raises
    ------
    NeurosimError
        If it cannot be written; what was there before still is.
    """
    path = Path(path)
    with _told(path), _beside(path) as part:
        _put(part, content)
        os.replace(part, path)
        _flush_names(path.parent)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """`write_bytes` of a text as UTF-8; what UTF-8 cannot hold is written as a backslash and its number."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_new(path: str | os.PathLike[str], text: str) -> None:
    """`write_text` of a file that must not exist: of two that write it at once one is refused.

    Raises
    ------
    InputError
        If it is there.
    NeurosimError
        If it cannot be written.

    Notes
    -----
    File systems without hard links cannot refuse the second of two that write within the same microseconds: its file replaces the other.
    """
    path = Path(path)
    with _told(path), _beside(path) as part:
        if os.path.lexists(path):
            raise _existing(path)
        _put(part, text.encode("utf-8", "backslashreplace"))
        try:
            os.link(part, path)
        except FileExistsError as error:
            raise _existing(path) from error
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            os.replace(part, path)
        _flush_names(path.parent)


def ensure_folder(folder: str | os.PathLike[str]) -> None:
    """Make a folder and its parents if they are not there.

    Raises
    ------
    NeurosimError
        If it cannot be made.
    """
    with _told(Path(folder)):
        Path(folder).mkdir(parents=True, exist_ok=True)


def put_folder(folder: str | os.PathLike[str], files: Mapping[str, str | bytes]) -> None:
    """Make a folder with these files, all of them or nothing; its parent is there.

    Parameters
    ----------
    folder : is not there, or empty
    files : by name, ``/`` makes folders, one at the end an empty one

    Raises
    ------
    InputError
        If it is there and not empty: of two that make it at once one is refused.
    NeurosimError
        If it cannot be written; it is not there then.
    """
    folder = Path(folder)
    with _told(folder), _beside(folder) as part:
        part.mkdir()
        for name, content in files.items():
            (part / name if name.endswith("/") else (part / name).parent).mkdir(parents=True, exist_ok=True)
            if not name.endswith("/"):
                _put(part / name, content.encode() if isinstance(content, str) else content)
        for place in (part, *filter(Path.is_dir, part.rglob("*"))):
            _flush_names(place)
        try:
            os.rename(part, folder)
        except (FileExistsError, NotADirectoryError) as error:
            raise _existing(folder) from error
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                raise _existing(folder) from error
            raise
        _flush_names(folder.parent)


def _existing(path: Path) -> InputError:
    return InputError(str(path), "already exists; name another place, or move this one away")


def is_name(path: Path) -> bool:
    """Whether the system could have a file of that name."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in one sentence what could not be written."""
    if not is_name(path):
        raise NeurosimError(f"{path}: cannot be written (no file can have that name)")
    try:
        yield
    except OSError as error:
        raise NeurosimError(f"{path}: cannot be written ({error.strerror or error})") from error


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A name in the same folder that nothing has; in the end nothing has it again."""
    if not path.name:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    start = f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:12]}-{_machine()}-"  # however long the name is
    _sweep(path.parent, start)
    part = path.with_name(f"{start}{os.getpid()}-{next(_numbers)}.part")
    while os.path.lexists(part):
        part = path.with_name(f"{start}{os.getpid()}-{next(_numbers)}.part")
    _ours.add(part.name)
    try:
        yield part
    finally:
        _gone(part)
        _ours.discard(part.name)


def _machine() -> str:
    """Processes have numbers of their machine, and several may share a folder."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _sweep(folder: Path, start: str) -> None:
    """Remove what was left by processes of this machine that died while they wrote the same file."""
    with suppress(OSError):
        for name in os.listdir(folder):
            found = re.fullmatch(r"(\d{1,9})-\d+\.part", name.removeprefix(start)) if name.startswith(start) else None
            if found and name not in _ours and not _lives(int(found[1])):
                _gone(folder / name)


def _lives(process: int) -> bool:
    """Whether there is such a process, other than this one, which knows what it writes."""
    if process == os.getpid():
        return False
    if os.name != "posix":  # no harmless question there
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user
        return True
    return True


def _gone(part: Path) -> None:
    """Remove it if it is there; that it cannot be must not hide why it is to go."""
    with suppress(OSError, ValueError):
        if part.is_dir() and not part.is_symlink():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink()


def _put(path: Path, content: Content) -> None:
    """A new file, on the disk."""
    with open(path, "xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _flush_names(folder: Path) -> None:
    """Put on the disk which names a folder has, where the system lets programs do that."""
    if os.name != "posix":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_FLUSH:
            raise


@contextmanager
def held(lock: Path, folder: Path, advice: str = "") -> Iterator[None]:
    """Hold a folder for this process, by a lock file whose own folder is there; it is let go whatever ends the process.

    Parameters
    ----------
    advice : what else could be done, at the end of the sentence

    Raises
    ------
    InputError
        If another process holds it, or the lock cannot be written.
    """
    from filelock import FileLock, Timeout

    taken = FileLock(str(lock))
    try:
        taken.acquire(blocking=False)
    except Timeout as error:
        raise InputError(str(folder), f"another process is at work on it; wait for that one{advice}") from error
    except OSError as error:
        raise InputError(str(folder), f"cannot be written ({error.strerror})") from error
    try:
        yield
    finally:
        taken.release()
