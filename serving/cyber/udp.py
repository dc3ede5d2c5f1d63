"""A UDP port to which exporters of NetFlow and IPFIX send."""

import socket

from hlaska.errors import SourceError

BUFFER_BYTES = 8 * 1024 * 1024
"""Asked of the system for what waits to be read; it may give less. What finds no room there is
lost, and counted by its sequence number."""
MOST_DATAGRAMS = 600
"""Taken at once: some 15,000 records."""


class UdpPort:
    """Takes datagrams in; without a thread: what comes meanwhile waits in the system's buffer.

    Args:
        host: Address of this machine to listen on, 0.0.0.0 or :: for all of them.
        port: Number of the port; 0 for any that is free.

    Raises:
        SourceError: nobody can listen there, or somebody does already.
    """

    def __init__(self, host: str, port: int) -> None:
        try:
            family, _, _, _, where = socket.getaddrinfo(
                host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE
            )[0]
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            raise SourceError(
                f"{host!r} is no address to listen on ({error.strerror}); name one of this machine"
            ) from error
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
            self._socket.bind(where)
        except OSError as error:
            self._socket.close()
            raise SourceError(
                f"UDP port {port} of {host} cannot be listened on ({error.strerror}); is it an "
                "address of this machine, and does nothing else listen there?"
            ) from error

    @property
    def port(self) -> int:
        """Number of the port."""
        number: int = self._socket.getsockname()[1]
        return number

    def receive(self, timeout_s: float) -> list[tuple[str, bytes]]:
        """What has come, at most `MOST_DATAGRAMS`: the address of who sent it, and the bytes.

        Args:
            timeout_s: How long to wait while there is nothing.
        """
        found: list[tuple[str, bytes]] = []
        while len(found) < MOST_DATAGRAMS:
            try:
                self._socket.settimeout(0 if found else timeout_s)
                data, where = self._socket.recvfrom(65_535)
            except (BlockingIOError, TimeoutError):
                break
            except OSError:
                if self._socket.fileno() < 0:
                    break  # closed meanwhile
                raise
            found.append((where[0], data))
        return found

    def close(self) -> None:
        """Listen no longer."""
        self._socket.close()
