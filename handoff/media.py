"""The folder of files: each once, under the SHA-256 of what is in it."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import structlog
from sqlalchemy.exc import SQLAlchemyError

from handoff.clock import Clock, new_id
from handoff.errors import ConfigurationError, FileBroken, FileTooLarge
from handoff.files import HEAD, LIMIT, PICTURES, File, check_whole, name_for, type_of, unknown_type
from handoff.pictures import redraw
from handoff.store import attachments
from handoff.store.base import Store

log = structlog.get_logger(__name__)

UNUSED_FOR = timedelta(days=1)
"""How long a file stays that no message has: one may be on its way."""

_SWEEP_SECONDS = 3600.0
_BATCH = 500
_IN_MEMORY = 256 * 1024
_AT_ONCE = 2
"""Pictures drawn at the same time; each may need 200 MB for a moment."""


def prepare(folder: Path) -> None:
    """Make the folder; raises ConfigurationError where files cannot be kept in it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise ConfigurationError(
            f"The service cannot keep files in {folder} ({error.strerror}): let DEVIR_MEDIA_DIR"
            " name a folder that it may write to."
        ) from error


class Media:
    """Keeps files. Several processes may share a folder, on one file system."""

    def __init__(self, folder: Path, store: Store, clock: Clock) -> None:
        self._folder = folder
        self._store = store
        self._clock = clock
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def keep(self, pieces: AsyncIterable[bytes], name: str | None) -> File:
        """Keep a file that comes in pieces, under a name that is only claimed.

        It is on disk when this returns, a picture drawn anew, and stays while a message has it.
        Raises FileTooLarge, FileTypeRefused or FileBroken.
        """
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spooled:
            size = 0
            async for piece in pieces:
                size += len(piece)
                if size > LIMIT:
                    raise FileTooLarge(f"send a file of at most {LIMIT} bytes", limit=LIMIT)
                spooled.write(piece)
            async with self._slots:
                return await asyncio.to_thread(self._keep, spooled, name)

    def path(self, file: File) -> Path:
        """Return where a file lies."""
        return self.place(file.sha256)

    def place(self, sha256: str) -> Path:
        """Return where the file with this in it lies."""
        return self._folder / sha256[:2] / sha256

    def _keep(self, spooled: IO[bytes], name: str | None) -> File:
        spooled.seek(0)
        content = spooled.read()
        if not content:
            raise FileBroken("the file is empty; send another one")
        kind = type_of(content[:HEAD])
        if kind is None:
            raise unknown_type()
        width = height = None
        if kind in PICTURES:
            picture = redraw(content, kind)
            kind, content = picture.type, picture.content
            width, height = picture.width, picture.height
        else:
            check_whole(kind, content)
        file = File(
            sha256=hashlib.sha256(content).hexdigest(),
            type=kind,
            size=len(content),
            name=name_for(name, kind),
            width=width,
            height=height,
        )
        self._write(self.path(file), content)
        return file

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            path.touch()  # `_remove` must not take it for one that has long been unused
            return
        new = path.with_name(f"{new_id()}.new")
        with open(new, "xb", opener=_for_owner) as written:
            written.write(content)
            written.flush()
            os.fsync(written.fileno())
        new.replace(path)
        for folder in (path.parent, self._folder):
            _sync(folder)

    async def run(self) -> None:
        """Remove files that no message has any more, every hour until cancelled."""
        while True:
            try:
                await self.remove_unused()
            except (SQLAlchemyError, OSError):
                log.exception("unused_files_not_removed")
            await asyncio.sleep(_SWEEP_SECONDS)

    async def remove_unused(self) -> None:
        """Remove what has lain for a day in the folder and is in no message."""
        before = self._clock() - UNUSED_FOR
        old = await asyncio.to_thread(lambda: list(self._older(before)))
        for start in range(0, len(old), _BATCH):
            batch = {path.name: path for path in old[start : start + _BATCH]}
            async with self._store.read() as tx:
                used = await attachments.used(tx, batch)
            unused = [path for name, path in batch.items() if name not in used]
            await asyncio.to_thread(_remove, unused, before)
            if unused:
                log.info("unused_files_removed", count=len(unused))

    def _older(self, before: datetime) -> Iterator[Path]:
        for path in self._folder.glob("??/*"):
            if _touched(path) < before:
                yield path


def _remove(paths: list[Path], before: datetime) -> None:
    for path in paths:
        if _touched(path) < before:  # it may have come once more meanwhile
            path.unlink(missing_ok=True)


def _touched(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.max.replace(tzinfo=UTC)  # another process has removed it


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
