"""A plain socket that speaks RESP, for what redis-benchmark cannot do."""

import socket

import servers

PATIENCE = 30  # seconds

def encode(*words):
    words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


class Client:
    def __init__(self, server, user=servers.USER, password=servers.PASSWORD):
        self.socket = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")
        if server.login and user:
            self.ask("AUTH", user, password)

    def ask(self, *words):
        self.socket.sendall(encode(*words))
        return self.reply()

    def reply(self):
        """The reply's bytes; of an array, a list."""
        line = self.file.readline()
        if not line:
            raise EOFError("the connection was closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        if kind == b"$" and int(rest) >= 0:
            return self.file.read(int(rest) + 2)[:-2]
        return None if kind == b"$" else rest

    def close(self):
        self.file.close()
        self.socket.close()
