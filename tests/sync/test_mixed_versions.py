#!/usr/bin/python3
"""A client of the release before goes on working with this server, and loses nothing of what it does not know."""

from ward_case import CLERK, WardCase

import tap
from paths import CHIBO

PREVIOUS = CHIBO.parent / "chibo_previous"
LATER = "works_away"        # a field that it does not know (CMakeLists.txt)


class MixedVersions(WardCase):
    def setUp(self):
        super().setUp()
        self.old = self.computer(CLERK, "Máy cũ")
        self.old.program = PREVIOUS

    def away(self, count):
        """Members who work away, as only this release can say."""
        members = self.members(count)
        for member in members:
            self.asker().ok("member", "update", member["id"], "--base-version", member["version"], "--works-away", "yes")
        return [self.read(member["id"]) for member in members]

    def test_is_older(self):
        """it does not know the field"""
        member, = self.away(1)
        self.assertIn(LATER, self.asker().json("member", "get", member["id"])["member"])
        self.assertNotIn(LATER, self.old.json("member", "get", member["id"])["member"])
        self.assertSaid(self.old.run("member", "update", member["id"], "--works-away", "no"), 2)

    def test_goes_on(self):
        """first copy, direct and queued writes, sync, proof"""
        one, other = self.away(2)
        self.assertSaid(self.old.run("sync"), 0, "Đồng bộ")
        self.assertSaid(self.update(self.old, one, "11110001"), 0, "Đã lưu")
        self.assertQueued(self.update(self.old, other, "11110002", "--offline"))
        self.assertSaid(self.old.run("sync"), 0, "Đồng bộ")
        self.assertOnce(one, "11110001")
        self.assertOnce(other, "11110002")
        self.assertTrue(self.read(one["id"])[LATER])        # an update names what it changes

    def test_unknown_fields_survive(self):
        """what the older client stored, the newer one reads, and neither copies again"""
        member, = self.away(1)
        self.old.ok("sync")
        self.assertNotIn(LATER, self.old.json("member", "get", member["id"], "--offline")["member"])
        self.old.program = CHIBO
        self.assertTrue(self.old.json("member", "get", member["id"], "--offline")["member"][LATER])
        done = self.old.run("sync", "verify")
        self.assertSaid(done, 0, "Đồng bộ")
        self.assertNotIn("chép lần đầu", done.stderr)

    def test_back_again(self):
        """the newer client's store serves the older one"""
        member, = self.away(1)
        self.old.program = CHIBO
        self.old.ok("sync")
        self.old.program = PREVIOUS
        self.assertSaid(self.old.run("sync", "verify"), 0, "Đồng bộ")
        self.assertEqual(self.old.json("member", "get", member["id"], "--offline")["member"]["version"], member["version"])


if __name__ == "__main__":
    tap.main()
