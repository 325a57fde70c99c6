"""Files that a person asked for: a regular file is replaced whole, nothing else ever is.

A symbolic link stays and what it leads to is written. A FIFO, a character device and an open
descriptor such as /dev/stdout are written to as they are.
"""

from __future__ import annotations

import errno
import glob
import os
import secrets
import stat
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

MOST_LINKS = 40  # that lead one to the next, as in Linux
# What is written to as it is, and what never is.
STREAMS = (stat.S_IFIFO, stat.S_IFCHR)
UNWRITABLE = {
    stat.S_IFDIR: "a folder",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a block device",
}


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part."""
    write_files({path: content if isinstance(content, bytes) else encoded(content)})


def encoded(text: str) -> bytes:
    r"""Return text in UTF-8; a byte of a file's name that is not UTF-8 becomes `\udcXX`.

    That is how JSON writes it too.
    """
    return text.encode("utf-8", "backslashreplace")


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write files so that a reader sees the old content of each or the new, never a part.

    All are on the disk before the first takes its place: what fails before leaves every old one.
    What is no regular file is written to in between. Raises OSError if that cannot be.
    """
    # Names are known before there are files, so that none is forgotten at whatever moment a signal
    # ends this.
    own = f"{os.getpid()}.{secrets.token_hex(4)}"
    targets = {end_of_links(path): content for path, content in contents.items()}
    streams = [path for path in targets if _is_stream(path)]
    files = [path for path in targets if path not in streams]
    staged = {path: path.with_name(f".{path.name}.{own}") for path in files}
    try:
        for path, temporary in staged.items():
            _stage(temporary, targets[path])
        for path in streams:
            _write_through(path, targets[path])
        for path, temporary in staged.items():
            temporary.replace(path)
        for folder in {path.parent for path in staged}:
            _sync(folder)
    except BaseException:
        for temporary in staged.values():
            with suppress(OSError):
                temporary.unlink()
        raise


def end_of_links(path: Path) -> Path:
    """Return what a path leads to, which need not be there; an open descriptor stays by its name.

    Raises OSError if the links go round in a circle.
    """
    for _ in range(MOST_LINKS):
        if _is_descriptor(path) or not path.is_symlink():
            return path
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _is_descriptor(path: Path) -> bool:
    """Return whether a path is an open descriptor of this process, as /dev/fd/1 is."""
    folders = {os.path.realpath(each) for each in ("/dev/fd", "/proc/self/fd")}
    return path.name.isdecimal() and os.path.realpath(path.parent) in folders


def obstacle(path: Path) -> str:
    """Return why no file can be written at a path, as far as can be told before, else nothing."""
    try:
        target = end_of_links(path)
        if _is_stream(target):
            return "" if _may_write(target) else "something that cannot be written to"
    except OSError as error:
        return error.strerror or str(error)
    if not target.parent.is_dir():
        return f"no folder {target.parent}"
    if not os.access(target.parent, os.W_OK):
        return f"a folder, {target.parent}, that cannot be written to"
    return ""


def _is_stream(path: Path) -> bool:
    """Return whether a path is to be written to as it is. Raises OSError if it never is."""
    if _is_descriptor(path):
        return True
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except FileNotFoundError:
        return False
    if kind in UNWRITABLE:
        raise OSError(errno.EINVAL, UNWRITABLE[kind])
    return kind in STREAMS


def _may_write(path: Path) -> bool:
    return _is_descriptor(path) or os.access(path, os.W_OK)


def _write_through(path: Path, content: bytes) -> None:
    """Write to something that stays what it is; a FIFO waits for its reader."""
    target = os.dup(int(path.name)) if _is_descriptor(path) else os.open(path, os.O_WRONLY)
    with os.fdopen(target, "wb") as stream:
        stream.write(content)


def _stage(temporary: Path, content: bytes) -> None:
    """Write a file that is not there yet, down to the disk."""
    with temporary.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    """Bring a folder's new names to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_leftovers(paths: Collection[Path]) -> None:
    """Remove what processes that were killed while they wrote these files have left beside them."""
    for path in map(end_of_links, paths):
        for left in path.parent.glob(f".{glob.escape(path.name)}.*.*"):
            process = left.name.removeprefix(f".{path.name}.").split(".")[0]
            if process.isdecimal() and not _is_running(int(process)):
                with suppress(OSError):
                    left.unlink()


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # another user's, or beyond what the system counts to
        return True
    return True
