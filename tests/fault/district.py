"""A small district on a cluster of its own, which may be killed, and a writer's view of it."""

import contextlib
import pathlib
import subprocess
import sys
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "integration")]

import chain_check  # noqa: E402
import example  # noqa: E402
from client import Client, Refused, uuid7  # noqa: E402
from cluster import Cluster  # noqa: E402
from journal import operation  # noqa: E402
from paths import ROOT, STATE  # noqa: E402
from server import Server  # noqa: E402

REFILL_S = 20      # a connection's backoff grows while PostgreSQL recovers
BACKENDS = "from pg_stat_activity where application_name = 'chibod' and datname = current_database()"


class MortalCluster(Cluster):
    """Not the other tests' cluster: this one's postmaster is killed."""

    directory = STATE / "fault-postgres"

    def __init__(self, lane=""):
        """`lane`: another one beside the first."""
        self.directory = self.directory.with_name(f"{self.directory.name}{lane}")
        super().__init__(self.directory)

    def start(self):
        self.run("start")

    def stop(self):
        self.run("stop")

    def run(self, verb):
        subprocess.run([ROOT / "deploy" / "postgres", verb, self.directory], check=True)

    def postmaster(self):
        data = pathlib.Path((self.directory / "location").read_text().strip())
        return int((data / "postmaster.pid").read_text().split()[0])


class FaultCase(unittest.TestCase):
    """Server, database and two wards of two branches; nothing of it outlives the class."""

    settings = {"db_grace_ms": 300, "db_lane_fast": 2, "db_lane_write": 4, "db_lane_slow": 2}
    pool_size = 8

    @classmethod
    def setUpClass(cls):
        cls.cluster = MortalCluster()
        cls.addClassCleanup(cls.cluster.stop)
        cls.database = cls.enterClassContext(cls.cluster.database())
        cls.server = cls.enterClassContext(Server(cls.cluster, cls.database, **cls.settings))
        with example.Top(cls.server, "MAU", "Đảng bộ mẫu", "1945-09-02") as top:
            cls.token = top.head.token
            cls.branches = list(cls.make_units(top.head, top.root))
            top.hire("van.phong", "WO", cls.branches[0], ("Lò", "Văn", "Sơn"))
        cls.asked = []       # every write of the class's tests; nobody else writes from here on
        cls.before = {entry["op_id"] for entry in chain_check.entries(cls.sql)}

    @classmethod
    def make_units(cls, head, root):
        for ward in ("W01", "W02"):
            above = uuid7()
            cls.make_unit(head, above, root, ward, kind="grassroots_committee")
            for number in (1, 2):
                branch = uuid7()
                cls.make_unit(head, branch, above, f"{ward}.{number}", kind="branch", sector="hamlet")
                yield branch

    @staticmethod
    def make_unit(head, unit, above, code, **fields):
        head.submit("UnitService/Create", id=unit, parent_id=above, code=code, name=f"Đơn vị {code}",
                     founded_on="1975-05-19", basis="01-QĐ/MAU", **fields)

    def connect(self, timeout=10):
        """Someone who is logged in."""
        client = Client(self.server.port, self.server.pin, hello=False)
        self.addCleanup(client.connection.close)
        client.connection.socket.settimeout(timeout)
        client.read("SessionService/Hello", protocol_min=1, protocol_max=1, program="tests/fault")
        client.token = self.token
        return client

    def heals_within(self, seconds):
        """Until reads and writes are answered again, then until the pool is complete; seconds to the first."""
        start = time.monotonic()
        self.wait_until(self.answers, seconds, "no answer")
        answered_s = time.monotonic() - start
        self.wait_until(self.is_complete, REFILL_S, "connections are missing")
        return answered_s

    def is_complete(self):
        """On a busy machine the first answer may come before PostgreSQL has noticed that it must restart."""
        try:
            return len(self.backends()) == self.pool_size
        except RuntimeError:
            return False

    def wait_until(self, is_so, seconds, trouble):
        until = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > until:
                self.fail(f"{trouble} after {seconds} s\n{self.server.log_text()[-3000:]}")
            time.sleep(0.05)

    def answers(self):
        """To a read and a write on a new connection."""
        try:
            client = self.connect(timeout=2)
            client.read("SessionService/WhoAmI")
            client.submit("PersonService/Create", dry_run=True, **self.person())
            return True
        except (OSError, Refused):
            return False

    def person(self, branch=0, **changes):
        return {"id": uuid7(), "unit_id": self.branches[branch], "family_name": "Nguyễn", "given_name": "Thử",
                "sex": "SEX_FEMALE", "born_on": "1990-05", **changes}

    @classmethod
    def sql(cls, text):
        return cls.cluster.psql(cls.database, text)

    def new_operation(self, **changes):
        op = operation(self.person(**changes))
        self.asked.append(op)
        return op

    def journal_and_database_agree(self):
        self.assertEqual(chain_check.problems(self.sql, self.asked, self.before), [])

    def backends(self, condition="true"):
        """Process ids of chibod's connections."""
        return [int(pid) for (pid,) in self.sql(f"select pid {BACKENDS} and {condition}")]

    @contextlib.contextmanager
    def taking_at_most(self, seconds):
        start = time.monotonic()
        yield
        self.assertLess(time.monotonic() - start, seconds)
