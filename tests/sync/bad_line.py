"""The bad line between wards and server: chibo_bad_line, one of them for each world."""

import pathlib
import subprocess
import threading

from paths import BUILD

PROGRAM = BUILD / "bin" / "chibo_bad_line"
KINDS = ("clean", "cut_up", "cut_down", "reset_up", "reset_down", "hole_up", "hole_down", "fin_up", "fin_down",
         "half_open", "delay", "slow", "twice")


class BadLine:
    """Use as a context manager. Everything it does to a connection is in `log`."""

    def __init__(self, seed, log):
        self.log = pathlib.Path(log)
        self.lock = threading.Lock()
        self.process = subprocess.Popen([PROGRAM, str(seed), self.log], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def say(self, *words):
        with self.lock:
            self.process.stdin.write(" ".join(map(str, words)) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline().split()
        if not answer or answer[0] == "-1":
            raise RuntimeError(f"chibo_bad_line does not understand {words}")
        return [int(word) for word in answer]

    def ward(self, name):
        """Its port."""
        return self.say("ward", name)[0]

    def target(self, port):
        self.say("target", port)

    def faults(self, name, on):
        self.say("faults", name, int(on))

    def fault(self, name, kind, at):
        """The ward's next connection gets this one after so many bytes."""
        self.say("fault", name, KINDS.index(kind), at)

    def partition(self, name):
        self.say("partition", name)

    def heal(self, name):
        self.say("heal", name)

    def open_now(self):
        return self.say("count")[1]

    def struck(self):
        return self.log.read_text(encoding="ascii").splitlines() if self.log.exists() else []
