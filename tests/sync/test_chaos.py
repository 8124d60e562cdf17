#!/usr/bin/python3
"""Seeds of bad days for five wards; then everything that was acknowledged is there once, and everybody holds the same."""

import os
import time
import unittest

import chaos
import tap
from world import FAKETIME

SEEDS, MINUTES = 100, 8


class Chaos(unittest.TestCase):
    def test_seeds(self):
        """acknowledged is there once, refused is not, copies and digests are the server's, no foreign name lies anywhere"""
        seed, minutes = os.environ.get("CHIBO_SEED"), float(os.environ.get("CHIBO_MINUTES", MINUTES))
        seeds = [int(seed)] if seed else range(1, SEEDS + 1)
        total, wrong = {}, []

        def tell(number, found, seen, seconds):
            print(f"# seed {number}: {seen}, {seconds:.1f} s; again: tests/run sync --seed {number}" if number is not None
                  else "# the ledger of all seeds", flush=True)
            wrong.extend(f"seed {number}: {line}" for line in found)
            for name, count in seen.items():
                total[name] = total.get(name, 0) + count

        failed, ran = chaos.run(seeds, time.monotonic() + minutes * 60, tell)
        print(f"# {ran} seeds: {total}" + ("" if FAKETIME else "; clocks did not jump: faketime is not there"), flush=True)
        self.assertEqual(failed, 0, "\n".join(line[:400] for line in wrong[:40]))
        self.assertEqual(wrong, [])
        self.assertGreater(ran, 0)


if __name__ == "__main__":
    tap.main()
