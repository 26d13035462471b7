"""A Redis that answers as a test's script says, well or badly.

The connection's handshake and the health check are answered rightly. Everything else goes to
`answer(connection, words)`: it returns the bytes to send, or sends, closes or resets itself and
returns nothing.
"""

import socket
import struct
import threading

HANDSHAKE = {
    b"AUTH": b"+OK\r\n",
    b"SELECT": b"+OK\r\n",
    b"HELLO": b"%1\r\n$5\r\nproto\r\n:3\r\n",
    b"INFO": b"$22\r\nredis_version:7.0.15\r\n\r\n",
    b"PING": b"+PONG\r\n",
    b"COMMAND": b"*0\r\n",
    b"CONFIG": b"*2\r\n$9\r\ndatabases\r\n$2\r\n16\r\n",
}


def bulk(text):
    return b"$%d\r\n%s\r\n" % (len(text), text)


def second_word(_, words):
    """The answer to fall back on: the physical key, which tells whose reply it is."""
    return bulk(words[1])


class Connection:
    def __init__(self, accepted):
        self.socket = accepted
        self.stream = accepted.makefile("rb")
        self.released = threading.Event()

    def read_command(self):
        line = self.stream.readline()
        if not line.startswith(b"*"):
            return line.split()
        words = []
        for _ in range(int(line[1:])):
            length = int(self.stream.readline()[1:])
            words.append(self.stream.read(length + 2)[:-2])
        return words

    def send(self, data):
        self.socket.sendall(data)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)

    def block(self):
        """Reads nothing more until the connection is reset or closed."""
        self.released.wait()
        raise OSError("released")

    def reset(self):
        """Ends the connection with an RST."""
        self.released.set()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stream.close()
        self.socket.close()


class FakeRedis:
    def __init__(self):
        self.answer = second_word
        self.handshake = dict(HANDSHAKE)
        self.connections = []  # of lanes: those that have sent a SELECT
        self.last = None       # the one that has sent the last command
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=[Connection(accepted)], daemon=True).start()

    def _serve(self, connection):
        try:
            while words := connection.read_command():
                reply = self.handshake.get(words[0])
                if reply is None:
                    self.last = connection
                    reply = self.answer(connection, words)
                elif words[0] == b"SELECT":
                    self.connections.append(connection)
                if reply:
                    connection.send(reply)
        except (OSError, ValueError):
            pass  # closed by the other side, or by the script

    def once(self, misbehave):
        """The next command is answered by `misbehave`, those after it well."""
        def answer(connection, words):
            self.answer = second_word
            return misbehave(connection, words)
        self.answer = answer

    def close(self):
        self.listener.close()
        for connection in self.connections:
            connection.socket.close()
