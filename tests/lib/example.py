"""The example district as a database template: made once through server and client, then copied."""

import csv
import datetime
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
ADMIN = "quan.tri"
DIRECTORY = STATE / "example"

# login name -> role, unit, name
PEOPLE = {
    "can.bo": ("DO", places.ROOT_CODE, ("Lê", "Thị", "Hạnh")),
    "van.phong.tx": ("WO", "HUE.TX", ("Trần", "Văn", "Nam")),
    "van.phong.tt": ("WO", "NLO.TT", ("Cầm", "Thị", "Yến")),
    "bi.thu.1": ("BS", "NLO.TT.01", ("Lò", "Văn", "Sơn")),
    "bi.thu.2": ("BS", "NLO.TT.02", ("Hoàng", "Thị", "Loan")),
    "khoi.5": ("BS", "CLO.NT.05", ("Phan", "Thị", "Mai")),
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
        code = server.bootstrap(ADMIN, places.ROOT_CODE, places.ROOT_NAME, places.ROOT_FOUNDED_ON)
        with Client(server.port, server.pin) as admin:
            admin.grant_id = grant_of(admin.redeem(ADMIN, code, PASSWORD), "DH")
            cli = Cli(home, CHIBO_AS=str(uuid.UUID(bytes=admin.grant_id)))
            cli.connect(server)
            cli.login(ADMIN, PASSWORD)
            subprocess.run([ROOT / "tests" / "data" / "load.py", "--chibo", CHIBO, files()], check=True,
                           env={**os.environ, **cli.environment}, stdout=sys.stderr)
            for login_name, (role, unit, name) in PEOPLE.items():
                make_person(server, admin, login_name, role, unit_of(admin, unit), name)


def grant_of(login, role):
    """The first administrator holds two grants; only one of them sees records."""
    return next(grant.id for grant in login.grants if grant.role == role)


def unit_of(client, code):
    if code == places.ROOT_CODE:
        return client.read("SessionService/WhoAmI").grants[0].unit_id
    return unit_ids()[code]


def make_person(server, admin, login_name, role, unit_id, name):
    """A person with an account, a password and one grant."""
    family, middle, given = name
    person = uuid7()
    admin.submit("PersonService/Create", id=person, unit_id=unit_id, family_name=family, middle_name=middle,
                 given_name=given, sex="SEX_FEMALE", born_on="1980")
    code = uuid.uuid4().hex
    admin.submit("AccountService/Create", id=uuid7(), login_name=login_name, person_id=person,
                 code_hash=hashlib.sha256(code.encode()).digest())
    admin.submit("GrantService/Create", id=uuid7(), person_id=person, role=role, unit_id=unit_id,
                 from_on=datetime.date.today().isoformat(), basis="01-QĐ/MAU")
    with Client(server.port, server.pin) as own:
        own.redeem(login_name, code, PASSWORD)
