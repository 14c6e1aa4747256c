"""Speaking to the service byte by byte, as no well-behaved client does."""

import asyncio
import base64
import json
import os
import socket
import struct
from contextlib import suppress
from typing import Any, cast

from tests.handoff.conftest import Service


class Connection:
    """A bare TCP connection to the service."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, service: Service, *, receive_buffer: int | None = None) -> "Connection":
        """Connect; with a `receive_buffer` of few bytes the sender soon has to wait."""
        plain = socket.socket()
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(plain, ("127.0.0.1", service.settings.port))
        # A small limit: the stream itself reads no more than twice as much ahead.
        return cls(*await asyncio.open_connection(sock=plain, limit=1024))

    async def write(self, data: bytes) -> None:
        """Send bytes."""
        self._writer.write(data)
        await self._writer.drain()

    async def request(
        self, method: str, path: str, headers: dict[str, str | bytes], body: bytes = b""
    ) -> None:
        """Send a request's head, and `body` as it is."""
        lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: 127.0.0.1"]
        for name, value in headers.items():
            lines.append(
                name.encode() + b": " + (value if isinstance(value, bytes) else value.encode())
            )
        await self.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        """Return status, headers and JSON of the answer."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines if line)
        length = int(headers.get("content-length", "0"))
        body = await self._reader.readexactly(length)
        is_json = headers.get("content-type", "").startswith("application/json")
        return int(first.split()[1]), headers, json.loads(body) if is_json else body

    async def ended(self) -> bool:
        """Read whatever still comes until the other side has ended the connection."""
        with suppress(ConnectionError):
            while await self._reader.read(65536):
                pass
        return True

    async def end(self) -> None:
        """Say that nothing more will be sent."""
        self._writer.write_eof()

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        with suppress(ConnectionError):  # the service may be first
            await self._writer.wait_closed()

    async def upgrade(self, path: str, origin: str, cookie: str = "") -> None:
        """Open a WebSocket."""
        key = base64.b64encode(os.urandom(16)).decode()
        await self.request(
            "GET",
            path,
            {
                "Origin": origin,
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": key,
                "Cookie": cookie,
            },
        )
        status, _, _ = await self.answer()
        assert status == 101

    async def frame(self, **content: Any) -> None:
        """Send a text frame of less than 64 KiB."""
        data = json.dumps(content).encode()
        size = struct.pack("!BBH", 0x81, 0xFE, len(data))
        await self.write(size + bytes(4) + data)  # masked with zeros


def shrink_buffers(service: Service, size: int = 4096) -> None:
    """Let the kernel keep no more than about `size` bytes for who does not read."""
    assert service._server is not None
    assert service._server.runner is not None
    for site in service._server.runner.sites:
        for listening in cast("asyncio.Server", site._server).sockets:
            # Accepted sockets inherit it.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
