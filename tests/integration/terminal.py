"""redis-cli on a terminal of its own: what is typed into it, and what it then shows."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import harness

PROMPT = r"127\.0\.0\.1:\d+(\[\d+\])?> "
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal:
    def __init__(self, command, environment):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env=dict(os.environ, TERM="xterm", **environment))
        os.close(slave)
        self.shown = ""

    def type(self, text):
        os.write(self.master, text.encode())

    def line(self, text):
        """One line and Enter, once redis-cli shows its prompt: it throws away what is typed earlier."""
        self.wait_for(PROMPT)
        self.type(text + "\r")

    def wait_for(self, pattern):
        """Everything up to where the pattern ends, without colours and cursor movements."""
        deadline = time.monotonic() + harness.PATIENCE
        while True:
            found = re.search(pattern, ESCAPES.sub("", self.shown))
            if found:
                plain = ESCAPES.sub("", self.shown)
                self.shown = plain[found.end():]
                return plain[:found.end()]
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise TimeoutError(f"{pattern!r} is not in {self.shown!r}")
            self.shown += os.read(self.master, 65536).decode(errors="replace")

    def ended(self):
        """The exit status of a program that ends by itself."""
        return self.process.wait(harness.PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
