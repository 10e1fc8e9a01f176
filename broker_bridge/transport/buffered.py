"""A socket that reads and writes in large pieces for a client that asks in small ones.

paho reads a packet in three calls and writes one packet per call; at thousands of messages a second the
system calls would cost more than the packets.
"""

import socket
import ssl
from contextlib import suppress

from broker_bridge.wire.fields import extent

READ_BYTES = 64 * 1024
"""Read at once: some hundred messages, a few milliseconds of work, so that the loop stays responsive."""
WRITE_BYTES = 1024 * 1024
"""Kept unsent before `send` says that it would block; the packets then wait in the client's own bounded
queue."""


class BufferedSocket:
    """What paho takes for a socket. Never blocks, and does no input or output but in `fill` and `flush`."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._incoming = b""
        self._position = self._end = 0
        self._outgoing = bytearray()
        self._ended = False

    def fill(self) -> None:
        """Take what the peer sent, about `READ_BYTES`. A broken connection is an end of stream."""
        pieces = [self._incoming[self._position :]]
        try:
            pieces.append(self._sock.recv(READ_BYTES))
            self._ended = not pieces[-1]
            # What TLS has decrypted already, no selector announces.
            while isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
                pieces.append(self._sock.recv(READ_BYTES))
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self._ended = True
        self._incoming = b"".join(pieces)
        self._position = 0

    def packet(self) -> tuple[int, bytes] | None:
        """First byte and body of the packet that comes next, and None when it is not whole yet.

        Taken in by `recv`, or passed by with `skip`. Raises `MalformedPacket` for what is no packet.
        """
        data, position = self._incoming, self._position
        if position >= len(data):
            return None
        # No limit but MQTT's own: the broker is ours, or one that was chosen.
        start, end = extent(data, position)
        if end > len(data):
            return None
        self._end = end
        return data[position], data[start:end]

    def skip(self) -> None:
        """Pass by the packet that `packet` gave last."""
        self._position = self._end

    @property
    def ended(self) -> bool:
        """True when the peer sends no more."""
        return self._ended

    @property
    def unread(self) -> int:
        """Bytes taken in and not asked for yet; an end of stream counts as one."""
        return len(self._incoming) - self._position + self._ended

    def recv(self, buffer_size: int) -> bytes:
        """Bytes that were taken in; raises `BlockingIOError` when there are none."""
        start = self._position
        piece = self._incoming[start : start + buffer_size]
        if not piece and not self._ended:
            raise BlockingIOError
        self._position = start + len(piece)
        return piece

    def send(self, buffer: bytes | bytearray) -> int:
        """Keep bytes for the next `flush`; raises `BlockingIOError` when too many are kept already."""
        if len(self._outgoing) > WRITE_BYTES:
            raise BlockingIOError
        self._outgoing += buffer
        return len(buffer)

    def write(self, data: bytes) -> None:
        """Keep bytes for the next `flush`, however many: the caller has a bound of its own."""
        self._outgoing += data

    def flush(self) -> bool:
        """Send what is kept; True when nothing is left. Raises `OSError` when the connection is broken."""
        while self._outgoing:
            try:
                sent = self._sock.send(self._outgoing)
            except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return False
            del self._outgoing[:sent]
        return True

    def close(self) -> None:
        """Try once to send what is kept, then close."""
        with suppress(OSError):
            self.flush()
        self._sock.close()

    def fileno(self) -> int:
        """For the event loop's selector."""
        return self._sock.fileno()

    def setblocking(self, flag: bool) -> None:
        """As a socket's."""
        self._sock.setblocking(flag)
