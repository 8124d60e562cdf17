#!/usr/bin/python3
"""kill -9 of every process, under load: the pool heals, and what was acknowledged is there exactly once."""

import os
import random
import signal

from district import FaultCase

import tap
from journal import FAIL, OK, UNKNOWN, Writers, drain

WARM = 40          # writes before the fault, and after the healing
HEAL_S = 15


class Kill(FaultCase):
    def survive(self, fault):
        """Writers go on through the fault; returns how many writes had happened without an answer."""
        with Writers(self) as writers:
            writers.wait_for(WARM)
            fault()
            healed_s = self.heals_within(HEAL_S)
            writers.wait_for(WARM)
        operations = writers.all()
        unknown = writers.count(UNKNOWN)
        drain(self.connect(), operations)
        self.asked += operations
        replayed = sum(op.replayed for op in operations)
        print(f"# healed in {healed_s:.1f} s; {writers.count(OK)} ok, {writers.count(FAIL)} refused, "
              f"{unknown} unknown, of them {replayed} had happened", flush=True)
        self.journal_and_database_agree()
        return replayed

    def test_backend(self):
        """kill -9 of a backend: PostgreSQL restarts itself"""
        self.survive(lambda: os.kill(random.choice(self.backends()), signal.SIGKILL))

    def test_postmaster(self):
        """kill -9 of the postmaster, then a start"""
        def fault():
            os.kill(self.cluster.postmaster(), signal.SIGKILL)
            self.cluster.start()
        self.survive(fault)

    def test_server(self):
        """kill -9 of chibod, then a start"""
        def fault():
            self.server.kill()
            self.server.start()
        self.survive(fault)

    def test_terminated(self):
        """backends ended by an administrator"""
        self.survive(lambda: [os.kill(pid, signal.SIGTERM) for pid in self.backends()])

    def test_stopped_gently(self):
        """SIGTERM of chibod under load: it ends with 0 and has answered whatever it did"""
        def fault():
            self.assertEqual(self.server.stop(), 0)
            self.server.start()
        self.assertEqual(self.survive(fault), 0)


if __name__ == "__main__":
    tap.main()
