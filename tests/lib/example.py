"""The example district as a database template: made once through server and client, then copied."""

import contextlib
import csv
import hashlib
import os
import subprocess
import sys
import tempfile
import uuid

from cli import Cli
from client import Client, id_bytes, uuid7
from cluster import fingerprint
from paths import CHIBO, CHIBOD, ROOT, STATE
from server import Server

sys.path.append(str(ROOT / "tests" / "data"))
import places  # noqa: E402

PASSWORD = "mật khẩu dùng để thử"
DIRECTORY = STATE / "example"

# The first holders of the highest roles at the root.
TOP = {"SA": "quan.tri", "DH": "truong.ban", "DS": "thuong.truc"}

# login name -> role, unit, name
CLERK = "van.phong"     # loads the district
PEOPLE = {
    "can.bo": ("DO", places.ROOT_CODE, ("Lê", "Thị", "Hạnh")),
    "van.phong.tx": ("WO", "HUE.TX", ("Trần", "Văn", "Nam")),
    "van.phong.tt": ("WO", "NLO.TT", ("Cầm", "Thị", "Yến")),
    "bi.thu.1": ("BS", "NLO.TT.01", ("Lò", "Văn", "Sơn")),
    "bi.thu.2": ("BS", "NLO.TT.02", ("Hoàng", "Thị", "Loan")),
    "khoi.5": ("BS", "CLO.NT.05", ("Phan", "Thị", "Mai")),
    "dang.vien": ("MB", "NLO.TT.01", ("Lường", "Thị", "Ón")),
    "khoi.5.dv": ("MB", "CLO.NT.05", ("Phan", "Văn", "Tư")),
}


def files():
    """Generates the example's files once per generator and returns their directory."""
    mark = fingerprint(ROOT / "tests" / "data")
    directory = DIRECTORY / mark
    if not (directory / "complete").exists():
        subprocess.run([ROOT / "tests" / "data" / "generate.py", directory], check=True)
        (directory / "complete").touch()
    return directory


def unit_ids():
    """code -> 16 bytes."""
    with (files() / "units.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: id_bytes(row["id"]) for row in csv.DictReader(file)}


def template(cluster):
    mark = hashlib.sha256()
    for part in (ROOT / "migrations", ROOT / "deploy" / "migrate", ROOT / "server" / "sql",
                 ROOT / "tests" / "data", ROOT / "tests" / "lib", CHIBOD, CHIBO):
        mark.update(fingerprint(part).encode())
    return cluster.keep("example", mark.hexdigest()[:12], lambda name: _make(cluster, name))


def _make(cluster, database):
    cluster.create(database, cluster.migrated())
    with Server(cluster, database) as server, tempfile.TemporaryDirectory() as home:
        with Top(server, places.ROOT_CODE, places.ROOT_NAME, places.ROOT_FOUNDED_ON) as top:
            top.hire(CLERK, "WO", top.root, ("Đỗ", "Thị", "Liên"))
            cli = Cli(home)
            cli.connect(server)
            cli.login(CLERK, PASSWORD)
            subprocess.run([ROOT / "tests" / "data" / "load.py", "--chibo", CHIBO, files()], check=True,
                           env={**os.environ, **cli.environment}, stdout=sys.stderr)
            units = {**unit_ids(), places.ROOT_CODE: top.root}
            for login_name, (role, unit, name) in PEOPLE.items():
                top.hire(login_name, role, units[unit], name)


class Top:
    """The three people at the root, who let the others in together. With `founding` (code, name and first day of
    the root) they are the first ones of a new district."""

    def __init__(self, server, *founding):
        self.server = server
        self.clients = contextlib.ExitStack()
        if founding:
            codes = {role: server.bootstrap(role, name, *founding) for role, name in TOP.items()}
            self.system, self.head, self.chief = (self.redeemed(TOP[role], codes[role]) for role in TOP)
        else:
            self.system, self.head, self.chief = (self.logged_in(name) for name in TOP.values())
        grant, = self.head.read("SessionService/WhoAmI").grants
        self.root = grant.unit_id

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.clients.close()

    def client(self):
        return self.clients.enter_context(Client(self.server.port, self.server.pin))

    def redeemed(self, login_name, code):
        client = self.client()
        client.redeem(login_name, code, PASSWORD)
        return client

    def logged_in(self, login_name):
        client = self.client()
        client.login(login_name, PASSWORD)
        return client

    def hire(self, login_name, role, unit_id, name, **grant):
        """A person with an account, a password and one grant."""
        person = self.register(unit_id, name)
        self.open_account(login_name, person)
        self.give(person, role, unit_id, **grant)
        return person

    def register(self, unit_id, name=("Trần", "Thị", "Thử")):
        family, middle, given = name
        person = uuid7()
        self.head.submit("PersonService/Create", id=person, unit_id=unit_id, family_name=family, middle_name=middle,
                         given_name=given, sex="SEX_FEMALE", born_on="1980")
        return person

    def open_account(self, login_name, person):
        code = uuid.uuid4().hex
        self.system.submit("AccountService/Create", id=uuid7(), login_name=login_name, person_id=person,
                           code_hash=hashlib.sha256(code.encode()).digest())
        with Client(self.server.port, self.server.pin) as own:
            own.redeem(login_name, code, PASSWORD)

    def give(self, person, role, unit_id, **fields):
        """One drafts, another confirms."""
        grant = uuid7()
        self.head.submit("GrantService/Create", id=grant, person_id=person, role=role, unit_id=unit_id,
                         basis="01-QĐ/MAU", **fields)
        self.chief.submit("GrantService/Confirm", id=grant)
        return grant
