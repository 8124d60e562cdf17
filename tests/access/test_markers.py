#!/usr/bin/python3
"""Sensitive values leave no trace: not in the database, its files and dumps, not in any log, whatever goes wrong.

The database logs as much as it can, parameters included, and the server debugs. What is kept in the clear goes to
the database in the clear: a value in the place of a code is tried apart, with the logging that a database is run with.
"""

import pathlib
import random
import signal
import subprocess
import threading
import time
import uuid

import actors
import markers
import tap
from client import Refused, uuid7
from fixture import ServerCase

WARD, OTHER_WARD, BRANCH = "NLO.TT", "HUE.TX", "NLO.TT.01"
CONTROL = "Zqcontrolzq"         # in a field that is not sealed: what finds this finds the others
LOUD = {"log_statement": "all", "log_min_duration_statement": "0", "log_parameter_max_length": "-1",
        "log_parameter_max_length_on_error": "-1", "log_min_messages": "debug2", "log_error_verbosity": "verbose"}
VALUES = markers.VALUES
# Each is refused by its shape.
BAD = [{"national_id": VALUES["national_id"] + "1"}, {"national_id": VALUES["address"]},
       {"address": VALUES["address"] + " "}, {"address": VALUES["address"] + "\n"}, {"address": CONTROL * 40 + "zqmarkzq"},
       {"phone": "0918273645"}, {"phone": VALUES["national_id"]}, {"notes": " " + VALUES["notes"]},
       {"notes": VALUES["notes"] * 200}]


class Markers(ServerCase):
    settings = {"log_level": "debug"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loud(True)

    @classmethod
    def loud(cls, on):
        """Of connections that the server makes from now on."""
        for name, value in LOUD.items():
            cls.cluster.psql("postgres", f'alter database "{cls.database}" ' + (
                f"set {name} = '{value}'" if on else f"reset {name}"))
        cls.cut_connections()

    @classmethod
    def cut_connections(cls):
        cls.cluster.psql("postgres", "select pg_terminate_backend(pid) from pg_stat_activity "
                                     f"where datname = '{cls.database}' and usename = 'chibo_app'")

    def setUp(self):
        self.enter_server()
        self.person = actors.person(self, BRANCH)

    def enter_server(self):
        self.office = actors.act(self, "WO", WARD)
        until = time.monotonic() + 20
        while True:
            try:
                return self.office.read("SessionService/WhoAmI")
            except Refused as refusal:          # connections to the database are being made
                if refusal.rule != "busy" or time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def set(self, person=None, version=1, op_id=None, dry_run=None, client=None, **fields):
        return (client or self.office).submit(
            "PersonService/SetSensitive", op_id, dry_run, id=person or self.person, base_version=version,
            update_mask=[*fields], **fields)

    def get(self, client, **fields):
        return client.read("PersonService/GetSensitive", id=self.person, **fields)

    def refused(self, call, *arguments, **fields):
        """The refusal says nothing of the value."""
        with self.assertRaises(Refused) as caught:
            call(*arguments, **fields)
        self.assertEqual(markers.in_text(str(caught.exception)), [])
        return caught.exception

    # ---- where it is looked for ----

    def dump(self):
        return subprocess.run(["pg_dump", "-U", "postgres", "-d", self.database], env=self.cluster.environment,
                              check=True, capture_output=True).stdout

    def data_directory(self):
        """With tables, the log of changes, and the server's own log."""
        self.cluster.psql("postgres", "checkpoint")
        return pathlib.Path(self.cluster.psql("postgres", "show data_directory")[0][0])

    def expect_no_trace(self):
        self.assertEqual(markers.in_text(self.server.log_text()), [], "chibod's log")
        self.assertEqual(markers.in_text(self.dump()), [], "pg_dump")
        self.assertEqual(markers.in_files([self.data_directory(), self.server.directory]), [], "files")

    # ---- what is done ----

    def test_control(self):
        """what is not sealed is found in dump, log and files by the same search"""
        actors.act(self, "WO", WARD).submit("PersonService/Update", id=self.person, base_version=1,
                                            update_mask=["profession"], profession=CONTROL)
        part = {"control": CONTROL}
        self.assertIn(CONTROL.encode(), self.dump())
        found = markers.in_files([self.data_directory()], part)
        for where in ("/postgres.log", "/pg_wal/", "/base/"):
            self.assertTrue([name for name in found if where in name], where)

    def test_set_and_read(self):
        """set, read, searched for, cleared: by everybody who may"""
        self.set(**VALUES)
        for role, unit, fields in (("WO", WARD, {}), ("BS", BRANCH, {}), ("DS", None, {}),
                                   ("IC", WARD, {"inspection_no": "1-KL"}), ("DO", None, {})):
            client = actors.act(self, role, unit)
            shown = self.get(client, **fields).sensitive
            self.assertEqual(shown.notes, "" if role == "DS" else VALUES["notes"])
        hits = client.read("PersonService/FindDuplicates", national_id=VALUES["national_id"]).duplicates
        self.assertIn(self.person, [hit.id for hit in hits])
        self.office.submit("PersonService/SetSensitive", id=self.person, base_version=2, update_mask=[*VALUES])
        self.expect_no_trace()

    def test_refused(self):
        """refused for its shape, its version, its person, its permission, or only tried"""
        for fields in BAD:
            self.refused(self.set, **{**VALUES, **fields})
        self.set(dry_run=True, **VALUES)
        self.refused(self.set, version=9, **VALUES)
        self.refused(self.set, person=self.office.person_id, **VALUES)
        self.refused(self.set, person=uuid7(), **VALUES)
        self.refused(self.set, client=actors.act(self, "WO", OTHER_WARD), **VALUES)
        self.refused(self.set, client=actors.act(self, "BS", BRANCH), **VALUES)
        self.refused(self.office.read, "PersonService/FindDuplicates", national_id=VALUES["national_id"])
        self.refused(actors.act(self, "DO", None).read, "PersonService/FindDuplicates", national_id=VALUES["address"])
        self.expect_no_trace()

    def test_replayed(self):
        """sent twice, and once more with other content"""
        op_id = uuid7()
        self.set(op_id=op_id, **VALUES)
        self.set(op_id=op_id, **VALUES)
        self.assertTrue(self.office.last.replayed)
        self.refused(self.set, op_id=op_id, **{**VALUES, "notes": VALUES["notes"] + "."})
        self.expect_no_trace()

    def test_errors(self):
        """errors of the database in the middle of it: a broken rule, a lock, a deadline"""
        self.sql("alter table chibo.person_sealed add constraint broken check (version = 0) not valid")
        self.addCleanup(self.sql, "alter table chibo.person_sealed drop constraint if exists broken")
        self.assertEqual(self.refused(self.set, **VALUES).rule, "broken")
        self.sql("alter table chibo.person_sealed drop constraint broken")
        blocker = subprocess.Popen(["psql", "-q", "-U", "postgres", "-d", self.database], env=self.cluster.environment,
                                   stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.addCleanup(blocker.wait)
        self.addCleanup(blocker.stdin.close)
        blocker.stdin.write(f"begin; select from chibo.person where id = '{uuid.UUID(bytes=self.person)}' for update;\n")
        blocker.stdin.flush()
        time.sleep(0.5)
        self.assertEqual(self.refused(self.set, **VALUES).rule, "busy")
        self.assertEqual(self.refused(
            self.office.call, "PersonService/SetSensitive", {"op_id": uuid7(), "deadline_ms": 300},
            {"id": self.person, "base_version": 1, "update_mask": [*VALUES], **VALUES}).rule, "deadline")
        self.expect_no_trace()

    def test_killed(self):
        """connections of the database, and the server itself, killed at any moment"""
        stop, refusals = threading.Event(), set()

        def kill():
            while not stop.wait(random.uniform(0.3, 1)):
                self.cut_connections()
        killer = threading.Thread(target=kill)
        killer.start()
        try:
            for _ in range(60):
                person = actors.person(self, BRANCH)
                try:
                    self.office.call("PersonService/SetSensitive", {"op_id": uuid7(), "deadline_ms": 1000},
                                     {"id": person, "base_version": 1, "update_mask": [*VALUES], **VALUES})
                except Refused as refusal:
                    refusals.add(refusal.rule)
        finally:
            stop.set()
            killer.join()
        self.assertTrue(refusals)
        self.enter_server()
        self.set(**VALUES)
        request = self.office.request("PersonService/GetSensitive", b"\x0a\x10" + self.person)
        for _ in range(3):
            self.office.connection.send_frame(request.SerializeToString())
            request.id += 1
        self.server.kill()
        self.server.start()
        self.enter_server()
        self.assertEqual(self.get(self.office).sensitive.notes, VALUES["notes"])
        self.expect_no_trace()

    def test_resealed(self):
        """put under a new key, and with a key file that is bad"""
        self.set(**VALUES)
        self.server.chibod("make-seal-key", self.server.seal_key)
        self.server.process.send_signal(signal.SIGHUP)
        self.server.chibod("reseal", "-c", self.server.config)
        self.sql(f"update chibo.person_sealed set phone = notes where id = '{uuid.UUID(bytes=self.person)}'")
        self.assertEqual(self.refused(self.get, self.office).rule, "internal")
        self.expect_no_trace()

    def test_wrong_code(self):
        """a value that stands where a code, a field's name or a number belongs is refused without a word of it"""
        self.loud(False)
        self.addCleanup(self.loud, True)
        self.enter_server()
        for field in ("ethnicity", "religion"):
            for value in (markers.CODE, VALUES["address"], VALUES["national_id"]):
                self.refused(self.set, **{field: value})
        self.refused(self.office.read, "CodeService/List", list=markers.CODE)
        self.refused(self.office.submit, "PersonService/SetSensitive", id=self.person, base_version=1,
                     update_mask=[VALUES["notes"]], **VALUES)
        self.refused(self.get, actors.act(self, "IC", WARD), inspection_no=VALUES["address"] + ",")
        self.expect_no_trace()


if __name__ == "__main__":
    tap.main()
