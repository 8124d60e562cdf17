#!/usr/bin/python3
"""Seeds of bad days for five wards; then everything that was acknowledged is there once, and everybody holds the same."""

import multiprocessing
import os
import time
import unittest

import chaos
import tap
from world import FAKETIME

SEEDS, MINUTES, LANES = 100, 12, 2      # a day waits more than it works: two districts side by side


def play(lane, seeds, until, told):
    """One district with its days."""
    try:
        failed, ran = chaos.run(seeds, until, lambda *line: told.put(line), lane=lane)
    except BaseException as error:  # noqa: BLE001: told by whoever counts
        told.put((None, [repr(error)], {}, 0))
        failed, ran = 1, 0
    told.put((failed, ran))


class Chaos(unittest.TestCase):
    def setUp(self):
        self.wrong, self.total = [], {}

    def tell(self, number, found, seen, seconds):
        print(f"# seed {number}: {seen}, {seconds:.1f} s; again: tests/run sync --seed {number}" if number is not None
              else "# the ledger of all seeds", flush=True)
        self.wrong.extend(f"seed {number}: {line[:400]}" for line in found)
        for name, count in seen.items():
            self.total[name] = self.total.get(name, 0) + count

    def test_seeds(self):
        """acknowledged is there once, refused is not, copies and digests are the server's, no foreign name lies anywhere"""
        seed, minutes = os.environ.get("CHIBO_SEED"), float(os.environ.get("CHIBO_MINUTES", MINUTES))
        lanes = [[int(seed)]] if seed else [range(1 + lane, SEEDS + 1, LANES) for lane in range(LANES)]
        told, until, ends = multiprocessing.Queue(), time.monotonic() + minutes * 60, []
        for number, seeds in enumerate(lanes):
            multiprocessing.Process(target=play, args=(f"-{number}", seeds, until, told), daemon=True).start()
        while len(ends) < len(lanes):
            line = told.get(timeout=600)
            if len(line) == 2:
                ends.append(line)
            else:
                self.tell(*line)
        ran = sum(ran for _, ran in ends)
        print(f"# {ran} seeds: {self.total}" + ("" if FAKETIME else "; clocks did not jump: faketime is not there"), flush=True)
        self.assertEqual(sum(failed for failed, _ in ends), 0, "\n".join(self.wrong[:60]))
        self.assertEqual(self.wrong, [])
        self.assertGreater(ran, 0)


if __name__ == "__main__":
    tap.main()
