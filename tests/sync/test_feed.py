#!/usr/bin/python3
"""What a ward copies and pulls: complete, only its own, the same from pages of any size."""

import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration")]

import actors  # noqa: E402
import tap  # noqa: E402
from fixture import ServerCase  # noqa: E402
from mirror import Mirror  # noqa: E402

WARD, BRANCH, SISTER, OTHER_WARD = "HUE.TX", "HUE.TX.01", "HUE.TX.02", "NLO.TT"


class Feeds(ServerCase):
    def setUp(self):
        self.office = actors.act(self, "WO", WARD)
        self.secretary = actors.act(self, "BS", BRANCH)

    def test_first_copy(self):
        """A first copy has what the server counts"""
        for client in (self.office, self.secretary):
            mirror = Mirror(client).copy()
            self.assertGreater(len(mirror.of("member")), 10)
            self.assertEqual(mirror.digests(), mirror.server_digests())


if __name__ == "__main__":
    tap.main()
