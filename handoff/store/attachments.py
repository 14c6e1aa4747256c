"""Which messages have which files; the files themselves lie in a folder."""

from collections.abc import Collection, Sequence

from sqlalchemy import insert, select

from handoff.files import File
from handoff.store.base import Transaction
from handoff.store.tables import attachment


async def add(tx: Transaction, message_id: str, files: Sequence[File]) -> None:
    """Keep that a message has these files."""
    if files:
        await tx.execute(
            insert(attachment),
            [
                {"message_id": message_id, "position": position, "sha256": file.sha256}
                for position, file in enumerate(files)
            ],
        )


async def used(tx: Transaction, hashes: Collection[str]) -> set[str]:
    """Return those of `hashes` that a message has."""
    rows = await tx.execute(
        select(attachment.c.sha256).where(attachment.c.sha256.in_(hashes)).distinct()
    )
    return {row.sha256 for row in rows}
