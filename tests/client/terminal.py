"""A terminal of a given width, and how wide a text is on it."""

import fcntl
import os
import pty
import select
import struct
import termios
import time
import unicodedata

from paths import CHIBO


def width(text):
    """Columns that a line takes: none for a combining mark, two for a wide character."""
    columns = 0
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
            continue
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return columns


class Terminal:
    """chibo at a pseudo-terminal; all three streams are the terminal, as for a person."""

    def __init__(self, cli, *arguments, columns=80):
        self.output = b""
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            os.execve(CHIBO, [str(CHIBO), *map(str, arguments)], {**cli.environment, "TERM": "xterm"})

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        os.close(self.master)

    def type(self, text):
        os.write(self.master, text.encode())

    def read_until(self, text=None, patience=20):
        """What the program wrote, up to a text or its end."""
        until = time.monotonic() + patience
        while text is None or text.encode() not in self.output:
            if not select.select([self.master], [], [], max(0, until - time.monotonic()))[0]:
                raise TimeoutError(f"no {text!r} in {self.output!r}")
            try:
                piece = os.read(self.master, 65536)
            except OSError:         # how a terminal says that nobody has it open any more
                piece = b""
            if not piece:
                break
            self.output += piece
        return self.output.decode()

    def lines(self):
        return self.read_until().replace("\r\n", "\n").splitlines()

    def exit_code(self):
        """As a shell reports it: 128 and the signal's number for one that was killed."""
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return code if code >= 0 else 128 - code
