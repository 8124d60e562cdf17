"""A ward: its computer, which is enrolled, at the end of a line that may be bad."""

import contextlib
import json
import sqlite3
import subprocess
import uuid

import enrolled
import example
from cli import Cli
from fixture import ServerCase
from paths import CHIBO
from relay import Relay

WAITING, UNKNOWN, SAVED, PARKED, TOLD, RESENT, DISCARDED = range(7)       # enum op_state of client/outbox.h
CLERK, COLLEAGUE = "van.phong.tt", "van.phong"
BRANCHES = [f"NLO.TT.{n:02}" for n in (1, 2, 3, 4, 5)]


class WardCase(ServerCase):
    ward = "NLO.TT"

    def setUp(self):
        self.admin = self.login(example.TOP["SA"])
        self.line = Relay(self.server.port)
        self.addCleanup(self.line.down)
        self.cli = self.computer(CLERK)

    def computer(self, login_name, name="Máy phường", **settings):
        """A new computer of the ward where this person has logged in."""
        folder = self.server.directory / f"{self.id()}-{uuid.uuid4().hex[:8]}"
        cli = Cli(folder, **settings)
        code = enrolled.invite(self.admin, self.units[self.ward], name)[1]
        cli.ok("enrol", f"127.0.0.1:{self.line.port}#{self.server.pin}#{code}")
        cli.login(login_name, example.PASSWORD)
        return cli

    # --- records ---

    def members(self, count):
        """As the server has them now: each is given to one test only."""
        kind = type(self)
        if "pool" not in vars(kind):
            kind.pool = [row["id"] for branch in BRANCHES
                         for row in self.asker().json("member", "list", branch, "--limit", 500)]
        taken, kind.pool = kind.pool[:count], kind.pool[count:]
        self.assertEqual(len(taken), count)
        return [self.read(member) for member in taken]

    def read(self, member_id):
        return self.asker().json("member", "get", member_id)["member"]

    def asker(self):
        """A computer on a good line, for looking at the server."""
        if "officer" not in vars(type(self)):
            officer = Cli(self.server.directory / "officer")
            officer.connect(self.server)
            officer.login(CLERK, example.PASSWORD)
            type(self).officer = officer
        return self.officer

    def now(self, member):
        """card_no and version at the server."""
        row = self.read(member["id"])
        return row.get("card_no"), row["version"]

    def update(self, cli, member, card, *options, version=None):
        return cli.run("member", "update", member["id"], "--card-no", card, "--base-version",
                       version or member["version"], *options, timeout=60)

    def traced(self, inject, member, card, *options):
        """The same while strace makes a system call fail or end the client."""
        return subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", inject, CHIBO, "member", "update", member["id"],
                               "--card-no", card, "--base-version", str(member["version"]), *options],
                              env=self.cli.environment, text=True, capture_output=True, timeout=60, check=False)

    # --- verdicts ---

    def assertSaid(self, done, code, *words):
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def assertQueued(self, done):
        self.assertSaid(done, 0, "Đã xếp hàng")

    def assertOnce(self, member, card, version=None):
        """The change is there, and it happened one time."""
        self.assertEqual(self.now(member), (card, version or member["version"] + 1))

    # --- the outbox ---

    def store(self, cli):
        file, = (cli.directory / "state" / "chibo").glob("store-*.sqlite")
        return file

    def stored(self, cli, query):
        """Rows of what the computer keeps."""
        with contextlib.closing(sqlite3.connect(f"file:{self.store(cli)}?mode=ro", uri=True)) as db:
            return db.execute(query).fetchall()

    def spoil(self, cli, change):
        """A value in the store is another one than its seal and its chain say."""
        with contextlib.closing(sqlite3.connect(self.store(cli))) as db:
            db.create_function("seal_of", -1, lambda *values: 0, deterministic=True)
            db.execute("pragma ignore_check_constraints = on")
            db.execute(change)
            db.commit()

    def states(self, cli):
        """Of all operations, in their order."""
        return [state for state, in self.stored(cli, "select state from op order by seq")]

    def status(self, cli, *options):
        done = cli.run("status", "-o", "json", *options)
        return json.loads(done.stdout)


