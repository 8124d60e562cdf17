"""The example district with some writes of today, and SQL that no user could send."""

import pathlib
import subprocess
import sys
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import example  # noqa: E402
from client import Client, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402
from paths import CHIBOD  # noqa: E402
from world import token  # noqa: E402

WARD, OTHER_WARD = "NLO.TT", "HUE.TX"
BRANCH, OTHER_BRANCH, FOREIGN_BRANCH = "NLO.TT.01", "NLO.TT.02", "HUE.TX.01"
NAMES = "Lường Khánh Hạ".split()


def text(id_):
    return str(uuid.UUID(bytes=id_))


class LedgerCase(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls.enterClassContext(Client(cls.server.port, cls.server.pin))
        cls.clerk.login("van.phong.tt", example.PASSWORD)
        cls.officer = cls.enterClassContext(Client(cls.server.port, cls.server.pin))
        cls.officer.login("can.bo", example.PASSWORD)
        cls.numbers = iter(range(950000, 999999))

    @classmethod
    def sql(cls, text):
        return cls.cluster.psql(cls.database, text)

    @classmethod
    def value(cls, text):
        return cls.sql(text)[0][0]

    def new_member(self, branch=BRANCH):
        """Made by the ward's clerk; member and person."""
        member, person = uuid7(), uuid7()
        family, middle, given = NAMES
        self.clerk.submit(
            "MemberService/Create", id=member, person_id=person, unit_id=self.units[branch], family_name=family,
            middle_name=middle, given_name=given, sex="SEX_FEMALE", born_on="1990-05", decision_on="2021-12-01",
            status="MEMBER_STATUS_PROBATIONARY", joined_on="2022-01-01", biography_no=f"{next(self.numbers)}NA")
        return member, person

    def change(self, member, version=1):
        self.clerk.submit("MemberService/Update", id=member, base_version=version, update_mask=["works_away"],
                          works_away=True)

    def acting(self, role, unit, person=None):
        """Somebody logged in with a live grant; without `person` a new one whom the unit keeps."""
        name = uuid7().hex()
        person = person or uuid7()
        self.sql(f"""
            insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, given_name)
            select '{text(person)}', id, pos, feed_id, 'Người', 'Xem' from chibo.unit where code = '{unit}'
            on conflict do nothing;
            insert into auth.account (id, feed_id, login_name, person_id)
            select md5('account/{name}')::uuid, unit_id, 'x.{name[:30]}', '{text(person)}' from auth.tree
            where parent_id is null;
            insert into auth.session (token_hash, account_id)
            values (sha256('\\x{token(name).hex()}'), md5('account/{name}')::uuid)""")
        self.grant(person, role, unit)
        client = self.connect()
        client.token = token(name)
        return client

    def grant(self, person, role, unit):
        """A live grant; its id."""
        return self.value(f"""
            insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
            select gen_random_uuid(), '{text(person)}', '{role}', id, feed_id, '[2026-01-01,)', 'Quyết định', now()
            from chibo.unit where code = '{unit}' returning id""")

    def verify(self, *arguments):
        """Exit code and what `chibod ledger verify` printed."""
        done = subprocess.run([CHIBOD, "ledger", "verify", *(arguments or (
            "--host", self.cluster.socket, "--dbname", self.database))],
            env=self.cluster.environment, text=True, capture_output=True)
        return done.returncode, done.stdout, done.stderr

    def tamper(self, sql):
        """As a superuser whom no trigger and no foreign key stops."""
        self.sql(f"begin; set local session_replication_role = replica; {sql}; commit")
