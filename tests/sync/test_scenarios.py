#!/usr/bin/python3
"""What wards on bad lines live through, story by story."""

import unittest

import scenarios
import tap
from world import FAKETIME, District


class Scenarios(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.district = cls.enterClassContext(District())

    def well(self, story, **options):
        self.assertEqual(story(self.district, **options), [])

    def test_repeated(self):
        """an operation sent twice has one effect and one receipt"""
        self.well(scenarios.repeated)

    def test_out_of_order(self):
        """frames twice and in the wrong order: each operation once, in its place"""
        self.well(scenarios.out_of_order)

    def test_other_bytes(self):
        """the same op_id with other bytes is refused"""
        self.well(scenarios.other_bytes)

    def test_commit_fails(self):
        """a commit that fails is not acknowledged, whatever the rows said"""
        self.well(scenarios.commit_fails)

    def test_full_disk(self):
        """a full disk at the ward: nothing is called queued that is not"""
        self.well(scenarios.full_disk)

    def test_racing(self):
        """many writers in one feed leave no hole"""
        self.well(scenarios.racing)

    def test_idle_elsewhere(self):
        """an idle transaction in another database does not stop the feed"""
        self.well(scenarios.idle_elsewhere)

    def test_follows(self):
        """a ward follows its feed without copying it again"""
        self.well(scenarios.follows)

    def test_copied(self):
        """a store copied to a second computer: found, and nothing is lost"""
        self.well(scenarios.copied)

    def test_older_store(self):
        """a store put back to an older copy: replay or fork, and nothing is lost"""
        self.well(scenarios.older_store)

    @unittest.skipUnless(FAKETIME, "faketime is not there")
    def test_away(self):
        """sixty days without a line: everything goes out and everything comes"""
        self.well(scenarios.away)

    def test_left_with_a_queue(self):
        """a member leaves while the old ward has operations on him: purged, kept for a person, counted nowhere"""
        self.well(scenarios.left_with_a_queue)

    def test_poison(self):
        """one poisonous operation among a thousand: 999 pass"""
        self.well(scenarios.poison)

    def test_restored(self):
        """the district goes back to a dump while five wards go on: the end is the same"""
        self.well(scenarios.restored)


if __name__ == "__main__":
    tap.main()
