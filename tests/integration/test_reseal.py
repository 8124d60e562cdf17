#!/usr/bin/python3
"""Rotation of keys: chibod reseal puts every value under the newest key, stopped and run again as often as it may be."""

import signal
import subprocess
import time
import uuid

import actors
import tap
from fixture import ServerCase
from paths import CHIBOD

WARD, BRANCH = "NLO.TT", "NLO.TT.01"
PERSONS = 130           # more than two batches
UNDER = "select count(*) from chibo.person_sealed where least(seal_key(national_id), seal_key(notes)) {}"


class Reseal(ServerCase):
    def setUp(self):
        self.sql("delete from chibo.person_sealed")
        self.persons = [actors.person(self, BRANCH) for _ in range(PERSONS)]
        self.office = actors.act(self, "WO", WARD)      # a connection that says nothing is closed
        for number, person in enumerate(self.persons):
            self.set(person, 1, national_id=f"00118500{number:04d}", notes=f"ghi chú {number}")
        self.new_key()

    def set(self, person, version, **fields):
        self.office.submit("PersonService/SetSensitive", id=person, base_version=version, update_mask=[*fields], **fields)

    def new_key(self):
        self.key = int(self.server.chibod("make-seal-key", self.server.seal_key).split()[1])
        reloads = self.server.log_text().count("event=reload result=ok")
        self.server.process.send_signal(signal.SIGHUP)
        while self.server.log_text().count("event=reload result=ok") == reloads:
            time.sleep(0.02)

    def state(self):
        """What re-sealing must leave alone: versions, hashes, the ledger."""
        return self.sql("select id, version, national_id_hash, (select version from chibo.person p where p.id = s.id) "
                        "from chibo.person_sealed s order by id"), self.sql("select * from ledger.feed_head order by feed")

    def under(self, comparison):
        return int(self.sql(f"set search_path = chibo; {UNDER.format(comparison)}")[0][0])

    def reseal(self):
        return self.server.chibod("reseal", "-c", self.server.config).splitlines()

    def expect_all_readable(self):
        for number in (0, PERSONS // 2, PERSONS - 1):
            shown = self.office.read("PersonService/GetSensitive", id=self.persons[number]).sensitive
            self.assertEqual((shown.national_id, shown.notes), (f"00118500{number:04d}", f"ghi chú {number}"))

    def test_all(self):
        """every value comes under the newest key, in batches, without a version or an entry"""
        before = self.state()
        self.assertEqual(self.under(f"< {self.key}"), PERSONS)
        lines = self.reseal()
        self.assertEqual(lines, [f"key {self.key}: {2 * done} values sealed again, {PERSONS - done} records left"
                                 for done in (50, 100, PERSONS)])
        self.assertEqual((self.under(f"< {self.key}"), self.under(f"= {self.key}")), (0, PERSONS))
        self.assertEqual(self.state(), before)
        self.expect_all_readable()
        self.assertEqual(self.reseal(), [f"key {self.key}: 0 values sealed again, 0 records left"])

    def test_others_go_on(self):
        """who changes a value meanwhile keeps his change"""
        process = subprocess.Popen([CHIBOD, "reseal", "-c", self.server.config], env=self.cluster.environment,
                                   text=True, stdout=subprocess.PIPE)
        for number, person in enumerate(self.persons):
            self.set(person, 2, notes=f"mới {number}")
        self.assertEqual(process.wait(60), 0)
        process.stdout.close()
        self.assertEqual(self.under(f"< {self.key}"), 0)
        for number in range(0, PERSONS, 13):
            shown = self.office.read("PersonService/GetSensitive", id=self.persons[number]).sensitive
            self.assertEqual((shown.national_id, shown.notes), (f"00118500{number:04d}", f"mới {number}"))

    def test_killed(self):
        """killed after a batch, the command or the server, it goes on from there"""
        process = subprocess.Popen([CHIBOD, "reseal", "-c", self.server.config], env=self.cluster.environment,
                                   text=True, stdout=subprocess.PIPE)
        self.assertIn("80 records left", process.stdout.readline())
        process.kill()
        process.wait()
        process.stdout.close()
        left = self.under(f"< {self.key}")
        self.assertTrue(0 < left < PERSONS, left)
        self.server.kill()
        self.server.start()
        self.office = actors.act(self, "WO", WARD)
        self.assertIn(f"{2 * left} values sealed again, 0 records left", self.reseal()[-1])
        self.assertEqual(self.under(f"= {self.key}"), PERSONS)
        self.expect_all_readable()

    def test_stuck(self):
        """a value that does not open stops it by name, and nothing else is lost"""
        victim = uuid.UUID(bytes=self.persons[7])
        self.sql(f"update chibo.person_sealed set notes = national_id where id = '{victim}'")
        with self.assertRaisesRegex(RuntimeError, "refused: INTERNAL"):
            self.reseal()
        found = [line for line in self.server.log_text().splitlines() if "event=not_opened" in line]
        self.assertIn(f"statement=reseal column=person_sealed.notes id={victim.hex}", "".join(found))
        self.sql(f"update chibo.person_sealed set notes = null where id = '{victim}'")
        self.reseal()
        self.assertEqual(self.under(f"< {self.key}"), 0)


if __name__ == "__main__":
    tap.main()
