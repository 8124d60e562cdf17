"""A district that may be killed, and small worlds in it: wards with enrolled computers, each behind a line of its own."""

import concurrent.futures
import contextlib
import datetime
import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "integration"), str(TESTS / "fault")]

import example  # noqa: E402
from book import FAIL, OK, QUEUED, UNKNOWN, Journal, Store  # noqa: E402
from cli import Cli  # noqa: E402
from client import Client, Refused, uuid7  # noqa: E402
from district import MortalCluster  # noqa: E402
from bad_line import BadLine  # noqa: E402
from paths import CHIBO, CHIBOD  # noqa: E402
from server import Server  # noqa: E402

STORM_S, CALM_S = 1, 10     # how long one command waits on a bad line, and on a good one
SETTINGS = {"db_grace_ms": 300, "db_lane_fast": 2, "db_lane_write": 4, "db_lane_slow": 2, "device_keys": "optional"}
FAKETIME = next(iter(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
LETTERS = "bcdghklmnprstvx"


def letters(*parts):
    """A word that occurs nowhere else: what a thief would be looking for."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return "Q" + "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:12])


class District:
    """Cluster, database, server and the people at the root. Use as a context manager."""

    def __init__(self, program=CHIBOD, prepare=None, settings=(), lane=""):
        self.lane = lane
        self.program, self.prepare, self.settings = program, prepare, {**SETTINGS, **dict(settings)}
        self.worlds = 0

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        try:
            self.cluster = MortalCluster(self.lane)
            self.stack.callback(self.cluster.stop)
            self.database = self.stack.enter_context(self.cluster.database())
            if self.prepare:
                self.sql(self.prepare)
            self.server = self.stack.enter_context(
                Server(self.cluster, self.database, program=self.program, **self.settings))
            self.found()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *error):
        self.stack.__exit__(*error)

    def found(self):
        with example.Top(self.server, "MAU", "Đảng bộ mẫu", "1945-09-02") as top:
            self.root = top.root
            self.token = {"head": top.head.token, "chief": top.chief.token, "system": top.system.token}
            top.hire("can.bo", "DO", top.root, ("Lê", "Thị", "Hạnh"))
        with Client(self.server.port, self.server.pin) as officer:
            officer.login("can.bo", example.PASSWORD)
            self.token["officer"] = officer.token

    @contextlib.contextmanager
    def speaking_as(self, who):
        with Client(self.server.port, self.server.pin) as client:
            client.token = self.token[who]
            yield client

    def sql(self, text):
        return self.cluster.psql(self.database, text)

    def restart_server(self):
        if self.server.alive():
            self.server.kill()
        self.server.start()

    def backends(self):
        return [int(pid) for (pid,) in self.sql("select pid from pg_stat_activity where application_name = 'chibod' "
                                                "and datname = current_database()")]

    def answers(self):
        try:
            with self.speaking_as("head") as client:
                client.read("SessionService/WhoAmI")
            return True
        except (OSError, Refused, ConnectionError):
            return False

    def wait_until(self, is_so, seconds, trouble):
        until = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > until:
                raise AssertionError(f"{trouble} after {seconds} s\n{self.server.log_text()[-3000:]}")
            time.sleep(0.02)


class Ward:
    """A grassroots organisation of two branches, its clerk, and his computer."""

    def __init__(self, world, number):
        self.world, self.number = world, number
        self.code = f"W{world.number:04d}{number}"
        self.name = f"w{number}"
        self.login = f"wo.{world.number}.{number}"
        self.unit, self.branches = uuid7(), [uuid7(), uuid7()]
        self.home = world.directory / self.name
        self.members = []       # ids of those that the clerk knows of
        self.persons = []       # two, for chairs and clerks
        self.said = []          # whatever was printed here
        self.read_up_to = 0     # of the outbox

    def found(self, head, chief, system):
        make_unit(head, self.unit, self.world.district.root, self.code, kind="grassroots_committee")
        for number, branch in enumerate(self.branches):
            make_unit(head, branch, self.unit, f"{self.code}.{number}", kind="branch", sector="hamlet")
        clerk = uuid7()
        self.persons = [clerk, uuid7()]
        for person in self.persons:
            head.submit("PersonService/Create", id=person, unit_id=self.unit, family_name="Trần", middle_name="Văn",
                        given_name=letters(self.code, person), sex="SEX_MALE", born_on="1980")
        self.hire(head, chief, system, clerk)

    def hire(self, head, chief, system, clerk):
        code, grant = uuid.uuid4().hex, uuid7()
        system.submit("AccountService/Create", id=uuid7(), login_name=self.login, person_id=clerk,
                      code_hash=hashlib.sha256(code.encode()).digest())
        with Client(self.world.district.server.port, self.world.district.server.pin) as own:
            own.redeem(self.login, code, example.PASSWORD)
            self.token = own.token
        head.submit("GrantService/Create", id=grant, person_id=clerk, role="WO", unit_id=self.unit, basis="01-QĐ/MAU")
        chief.submit("GrantService/Confirm", id=grant)

    def enrol(self, system):
        """Over the line, which is still good."""
        code = uuid.uuid4().hex
        self.device = uuid7()
        system.submit("DeviceService/Invite", id=self.device, unit_id=self.unit, name=f"Máy {self.code}",
                      code_hash=hashlib.sha256(code.encode()).digest())
        self.port = self.world.line.ward(self.name)
        self.cli = Cli(self.home, CHIBO_LANG="en")
        self.cli.ok("enrol", f"127.0.0.1:{self.port}#{self.world.district.server.pin}#{code}")
        self.cli.login(self.login, example.PASSWORD)
        stores = list(self.home.rglob("store-*.sqlite"))
        if len(stores) != 1:
            raise RuntimeError(f"{self.name} keeps {len(stores)} stores")
        self.store = Store(stores[0])

    @contextlib.contextmanager
    def clerk(self):
        """The same person somewhere else, without a computer of his own."""
        with Client(self.world.district.server.port, self.world.district.server.pin) as client:
            client.token = self.token
            yield client

    # ---- commands ----

    def start(self, *arguments, wrap=(), environment=()):
        return subprocess.Popen([*wrap, self.world.chibo, *map(str, arguments), "--no-input", "--timeout",
                                 str(self.world.patience_s)],
                                env={**self.cli.environment, **dict(environment)}, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self, process, patience=60):
        """(exit code or None when it was killed, output)."""
        out, err = process.communicate(timeout=patience)
        self.said.append(out + err)
        return (None if process.returncode < 0 else process.returncode), out, err

    def run(self, *arguments, **options):
        return self.finish(self.start(*arguments, **options))

    def write(self, *arguments, during=lambda process: None, **options):
        """A write, noted before and after; returns its outcome and what the outbox says of it, or None."""
        process = self.start(*arguments, "-o", "json", **options)
        during(process)
        code, out, err = self.finish(process)
        new = self.store.outbox(self.read_up_to)
        outcome = outcome_of(code, out, err)
        for op in new:
            self.read_up_to = op.seq
            self.world.note(self, op, outcome)
        if not new and outcome in (OK, QUEUED):
            self.world.troubles.append(f"{self.name}: said {outcome}, and its outbox has nothing: {arguments} {out}")
        return outcome, (new[-1] if new else None), err

    def sync(self, during=lambda process: None, **options):
        process = self.start("sync", **options)
        during(process)
        return self.finish(process)

    def drain(self, patience=60):
        """Until nothing waits and its counts and digests agree with the server's."""
        until, code, err = time.monotonic() + patience, None, ""
        while code != 0 or self.store.waiting():
            if time.monotonic() > until:
                raise AssertionError(f"{self.name} does not drain: exit {code}\n{err}\n"
                                     f"{self.store.waiting()[:5]}\n{self.world.district.server.log_text()[-2000:]}")
            code, _, err = self.sync()


def outcome_of(code, out, err):
    """Three outcomes, and what was promised to be kept; a killed client promised nothing."""
    if code == 0:
        return QUEUED if '"queued"' in out else OK
    if code is None or code == 9:
        return UNKNOWN
    return FAIL


def make_unit(head, unit, above, code, **fields):
    head.submit("UnitService/Create", id=unit, parent_id=above, code=code, name=f"Đơn vị {code}",
                founded_on="1975-05-19", basis="01-QĐ/MAU", **fields)


def member_fields(branch, number, name):
    return {"unit_id": branch, "kind": "MEMBERSHIP_KIND_PRIMARY", "from_on": "2012-03-01", "family_name": "Lò",
            "middle_name": "Thị", "given_name": name, "sex": "SEX_FEMALE", "born_on": "1985-07-12",
            "status": "MEMBER_STATUS_FULL", "decision_on": "2012-02-20", "joined_on": "2012-03-01",
            "full_on": "2013-03-01", "biography_no": f"{number:06d}MAU", "card_no": f"{number:08d}"}


class World:
    """Some wards of a district with computers, lines and a journal. Use as a context manager."""

    def __init__(self, district, seed, wards=5, members=2, chibo=CHIBO, enrolled=True):
        self.district, self.seed, self.chibo = district, seed, chibo
        district.worlds += 1
        self.number = district.worlds
        self.scratch = tempfile.TemporaryDirectory(prefix=f"world-{seed}-")
        self.directory = pathlib.Path(self.scratch.name)
        self.n_members, self.enrolled = members, enrolled
        self.wards = [Ward(self, number) for number in range(wards)]
        self.ops = {}           # op_id -> (ward, Kept, first outcome)
        self.patience_s = CALM_S
        self.troubles = []
        self.written = {}       # ward -> names that its own operations wrote, which its outbox keeps
        self.transfers = 0
        self.steps = 0          # commands that clerks are through with
        self.lock = threading.Lock()
        self.noted = threading.Condition(self.lock)
        self.numbers = iter(range(self.number * 5000 % 900000, 999999))

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.stack.callback(self.scratch.cleanup)
        try:
            self.line = self.stack.enter_context(BadLine(self.seed, self.directory / "line.log"))
            self.line.target(self.district.server.port)
            self.journal = self.stack.enter_context(contextlib.closing(Journal(self.directory / "journal")))
            self.found()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *error):
        self.stack.__exit__(*error)

    def found(self):
        with contextlib.ExitStack() as people:
            head, chief, system = [people.enter_context(self.district.speaking_as(who))
                                   for who in ("head", "chief", "system")]
            for ward in self.wards:
                ward.found(head, chief, system)
                if self.enrolled:
                    ward.enrol(system)
                self.register(ward)

    def register(self, ward):
        """Members whom the clerk wrote down before the bad days, at another desk."""
        with ward.clerk() as client:
            for number in range(self.n_members):
                self.create(client, ward, ward.branches[number % 2])

    def create(self, client, ward, branch):
        member = uuid7()
        client.submit("MemberService/Create", id=member, person_id=uuid7(),
                      **member_fields(branch, self.next_number(), letters(ward.code, member)))
        ward.members.append(member)
        return member

    def wrote(self, ward, name):
        with self.lock:
            self.written.setdefault(ward, set()).add(name.encode())

    def next_number(self):
        with self.lock:
            return next(self.numbers)

    def note(self, ward, op, outcome):
        with self.lock:
            self.ops[op.op_id] = (ward, op, outcome)
            self.noted.notify_all()
            self.journal.write(op_id=op.op_id.hex(), device=ward.device.hex(), seq=op.seq,
                               hash=op.request_hash.hex(), outcome=outcome, method=op.method)

    def happened(self, what, **more):
        self.journal.write(event=what, **more)

    def stepped(self):
        with self.lock:
            self.steps += 1
            self.noted.notify_all()

    def wait_for_steps(self, count, seconds):
        with self.lock:
            self.noted.wait_for(lambda: self.steps >= count, seconds)

    def wait_for_operations(self, count, seconds=3):
        with self.lock:
            self.noted.wait_for(lambda: len(self.ops) >= count, seconds)

    def transfer(self, member, to, base_version=None):
        """The district places a member in another ward, each time on a later day."""
        with self.district.speaking_as("officer") as client:
            version = base_version or client.read("MemberService/Get", id=member).member.version
            client.submit("MemberService/Place", id=member, base_version=version, membership_id=uuid7(),
                          unit_id=to.branches[0], kind="MEMBERSHIP_KIND_PRIMARY",
                          from_on=str(datetime.date(2024, 5, 2) + datetime.timedelta(days=self.transfers)))
        self.transfers += 1

    def storm(self):
        self.patience_s = STORM_S
        for ward in self.wards:
            self.line.faults(ward.name, True)

    def heal(self):
        self.patience_s = CALM_S
        for ward in self.wards:
            self.line.faults(ward.name, False)
            self.line.heal(ward.name)
        self.line.target(self.district.server.port)

    def drain(self, patience=60):
        """All of them at once."""
        with concurrent.futures.ThreadPoolExecutor(len(self.wards)) as pool:
            list(pool.map(lambda ward: ward.drain(patience), self.wards))
