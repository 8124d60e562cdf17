#!/usr/bin/python3
"""The ledger proves itself: any byte changed, any entry lost is found, by the chain or by a client's kept head."""

import contextlib
import pathlib
import random
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import example  # noqa: E402
import tap  # noqa: E402
from cli import Cli  # noqa: E402
from client import uuid7  # noqa: E402
from ledger_case import BRANCH, FOREIGN_BRANCH, WARD, LedgerCase, text  # noqa: E402

LEDGER_TABLES = ("entry", "op", "feed_head", "record")
EXIT_LEDGER = 11
MATCHES, UNKNOWN, CONTRADICTS = 1, 2, 3

# type -> SQL for the same value with one byte changed; {c} is the column, {n} a random number
ANOTHER = {
    "uuid": "encode(set_byte(uuid_send({c}), {n} % 16, get_byte(uuid_send({c}), {n} % 16) # 1), 'hex')::uuid",
    "bigint": "{c} # (1::bigint << 40)",
    "integer": "{c} # 1",
    "timestamp with time zone": "{c} + interval '1 microsecond'",
    "text": "overlay({c} placing case when substr({c}, 1, 1) = 'x' then 'y' else 'x' end from 1 for 1)",
    "bytea": "set_byte({c}, {n} % length({c}), get_byte({c}, {n} % length({c})) # 1)",
    "USER-DEFINED": "case {c}::text when 'read' then 'changed' else 'read' end::ledger.kind",
}
# What stands in a column that was empty.
FILLED = {"uuid": "gen_random_uuid()", "bigint": "1"}


class Proof(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.feed = text(cls.units[WARD])
        case = cls()
        for _ in range(8):
            member, _ = case.new_member()
            case.change(member)

    @contextlib.contextmanager
    def tampered(self, sql, tables=LEDGER_TABLES):
        """What the SQL does to these tables is undone afterwards, and what was written in between forgotten."""
        self.sql("create schema untouched; " + "; ".join(
            f"create table untouched.{table} as select * from ledger.{table}" for table in tables))
        try:
            self.tamper(sql)
            yield
        finally:
            self.tamper("; ".join(f"delete from ledger.{table}; insert into ledger.{table} select * from "
                                  f"untouched.{table}" for table in tables) + "; drop schema untouched cascade")

    def columns(self, table):
        return self.sql("select column_name, data_type from information_schema.columns where table_schema = 'ledger' "
                        f"and table_name = '{table}' order by ordinal_position")

    def named(self, error):
        """(feed, position) that the error names."""
        found = re.fullmatch(r"chibod: feed (\S+) position (-?\d+): (.+)\n", error)
        self.assertIsNotNone(found, error)
        return found[1], int(found[2])

    def check_broken(self, sql, *expected):
        """verify names one of these places."""
        with self.tampered(sql, set(re.findall(r"ledger\.(\w+)", sql)) & set(LEDGER_TABLES)):
            code, out, error = self.verify()
        self.assertEqual(code, 1, f"{sql}: {out[-200:]}{error}")
        self.assertIn(self.named(error), expected, f"{sql}: {error}")

    def check_column(self, table, key, column, kind, *expected):
        """Changes one byte of one row's column."""
        is_null = self.value(f"select {column} is null from ledger.{table} where {key}") == "t"
        another = FILLED[kind] if is_null else ANOTHER[kind].format(c=column, n=random.randrange(1 << 16))
        if column == "feed":     # it stands in a feed that has no such place, and its own lacks it
            another = f"'{self.moved_feed()}'"
        self.check_broken(f"update ledger.{table} set {column} = {another} where {key}", *expected)

    def moved_feed(self):
        return self.feed[:-1] + ("0" if self.feed[-1] != "0" else "1")

    def entry_of(self, offset):
        """feed, position, operation and member of one of the entries that changed a member."""
        feed, position, op_id, member = self.sql(
            "select e.feed, e.position, e.op_id, r.id from ledger.entry e join ledger.record r using (feed, "
            f"position) where r.entity = 'member' and r.kind = 'changed' and e.feed = '{self.feed}' "
            f"order by e.position offset {offset} limit 1")[0]
        return feed, int(position), op_id, member

    def test_well(self):
        """an untouched ledger is proven: every feed's position and head are printed"""
        code, out, error = self.verify()
        self.assertEqual((code, error), (0, ""))
        printed = [line.split() for line in out.splitlines()]
        self.assertEqual(printed[:-1], [list(row) for row in self.sql(
            "select feed, position, encode(hash, 'hex') from ledger.feed_head order by feed")])
        entries = self.value("select count(*) from ledger.entry")
        self.assertRegex(out, rf"\n{entries} entries in {len(printed) - 1} feeds, all proven \(.*/s\)\n$")

    def test_usage(self):
        """it takes a configuration or a place, and says when neither answers"""
        self.assertEqual(self.verify("-c", self.server.config)[0], 0)
        for wrong in (("--host", self.cluster.socket), ("-c", "x", "--host", "y", "--dbname", "z"), ("--port", "x"),
                      ("more",)):
            self.assertEqual(self.verify(*wrong)[0], 64, wrong)
        self.assertEqual(self.verify("--host", self.cluster.socket, "--dbname", "nowhere")[0], 69)
        self.assertEqual(self.verify("-c", "/nowhere")[0], 78)
        code, out, error = self.verify("--host", self.cluster.socket, "--dbname", self.database, "--user", "chibo_app")
        self.assertEqual((code, out), (69, ""))
        self.assertIn("permission denied", error)

    def test_entry_columns(self):
        """one byte of any column of an entry: verify names its position"""
        for number, (column, kind) in enumerate(self.columns("entry")):
            with self.subTest(column=column):
                feed, position, op_id, _ = self.entry_of(number % 6)
                self.check_column("entry", f"op_id = '{op_id}' and feed = '{feed}'", column, kind,
                                  (feed, position), (self.moved_feed(), 1))

    def test_operation_columns(self):
        """one byte of an operation that the chain speaks of: verify names the entry"""
        for column, kind in self.columns("op"):
            with self.subTest(column=column):
                feed, position, op_id, _ = self.entry_of(2)
                self.check_column("op", f"op_id = '{op_id}'", column, kind, (feed, position), (self.moved_feed(), position),
                                  (feed, position ^ 1 << 40))

    def test_record_columns(self):
        """one byte of the index of records: verify names the entry that it disagrees with. Where a record lay is in no entry:
        it opens nothing, since a pull compares it with the scope."""
        for column, kind in self.columns("record"):
            if column in ("unit_id", "from_unit_id"):
                continue
            with self.subTest(column=column):
                feed, position, _, member = self.entry_of(3)
                self.check_column("record", f"feed = '{feed}' and position = {position} and id = '{member}'", column, kind,
                                  (feed, position), (self.moved_feed(), position))

    def test_record_missing(self):
        """a line of the index too few or too many is found"""
        feed, position, _, member = self.entry_of(1)
        key = f"feed = '{feed}' and position = {position} and id = '{member}'"
        self.check_broken(f"delete from ledger.record where {key}", (feed, position))
        for entity in ("aaa", "zzz"):
            self.check_broken(f"insert into ledger.record select '{entity}', id, at, feed, position, version, kind "
                              f"from ledger.record where {key}", (feed, position))

    def test_head_columns(self):
        """one byte of a feed's head: verify names the end of the feed"""
        for column, kind in self.columns("feed_head"):
            with self.subTest(column=column):
                self.check_column("feed_head", f"feed = '{self.feed}'", column, kind, (self.feed, self.last()),
                                  (self.moved_feed(), self.last()))

    # --- entries lost from the end -----------------------------------------------------------------

    LOST = 10

    def last(self):
        return int(self.value(f"select max(position) from ledger.entry where feed = '{self.feed}'"))

    def lose(self, forged, thorough):
        """SQL that removes the newest entries of the feed, and what else tells of them."""
        end = self.last() - self.LOST
        sql = f"delete from ledger.entry where feed = '{self.feed}' and position > {end};"
        if forged:
            sql += (f"update ledger.feed_head h set position = e.position, hash = e.hash from ledger.entry e "
                    f"where h.feed = '{self.feed}' and e.feed = h.feed and e.position = {end};")
        if thorough:
            sql = (f"delete from ledger.op o using ledger.entry e where e.op_id = o.op_id and e.feed = '{self.feed}' "
                   f"and e.position > {end};" + sql +
                   f"delete from ledger.record where feed = '{self.feed}' and position > {end};")
        return sql

    def test_lost(self):
        """the newest ten entries deleted: the head tells"""
        with self.tampered(self.lose(forged=False, thorough=False)):
            code, _, error = self.verify()
            self.assertEqual((code, self.named(error)), (1, (self.feed, self.last())))
        self.assertEqual(self.verify()[0], 0)

    def test_lost_and_forged(self):
        """a forged head on top of it: the records and operations left behind tell"""
        with self.tampered(self.lose(forged=True, thorough=False)):
            code, _, error = self.verify()
            self.assertEqual((code, self.named(error)), (1, (self.feed, self.last() + 1)))

    def witness(self):
        """A clerk's computer that keeps receipts, and the member that its last write was about."""
        cli = Cli(self.server.directory / self.id(), CHIBO_LANG="en")
        cli.connect(self.server)
        cli.login("van.phong.tt", example.PASSWORD)
        member, _ = self.new_member()
        cli.ok("member", "update", text(member), "--works-away", "yes")
        return cli, member

    def evidence(self, cli):
        return cli.directory / "state" / "chibo" / "heads-test.contradicted"

    def test_witness(self):
        """all traces removed: verify is content, and the receipts on a client's computer are not"""
        cli, member = self.witness()
        self.assertIn("matches", cli.ok("ledger", "check"))
        self.assertEqual(cli.directory.joinpath("state", "chibo", "heads-test").stat().st_mode & 0o777, 0o600)
        with self.tampered(self.lose(forged=True, thorough=True)):
            self.assertEqual(self.verify()[0], 0)
            done = cli.run("ledger", "check")
            self.assertEqual(done.returncode, EXIT_LEDGER, done.stderr)
            self.assertIn("unknown_position", done.stdout)
            self.assertIn("tell your administrator", done.stderr.lower())
            self.assertFalse(self.evidence(cli).exists())
            done = cli.run("member", "update", text(member), "--works-away", "no")
            self.assertEqual(done.returncode, EXIT_LEDGER, done.stderr)
            self.assertIn("saved:", done.stderr)
            self.assertIn("WARNING", done.stderr.splitlines()[-1])
            self.assertIn(str(self.evidence(cli)), done.stderr)
            self.assertIn("\n# ", self.evidence(cli).read_text())
            kept = cli.directory.joinpath("state", "chibo", "heads-test").read_text()
            self.assertTrue(self.evidence(cli).read_text().startswith(kept))

    def test_rewritten(self):
        """the end of a feed computed anew with another author: only the kept receipts contradict"""
        cli, _ = self.witness()
        with self.tampered(self.rewrite()):
            self.assertEqual(self.verify()[0], 0, self.verify())
            done = cli.run("ledger", "check")
            self.assertEqual(done.returncode, EXIT_LEDGER)
            self.assertIn("contradicts", done.stdout)

    def rewrite(self):
        """SQL by which a superuser forges the last three entries, hashes and all."""
        return f"""
            create temporary table forged on commit drop as
            select * from ledger.entry where feed = '{self.feed}' and position > {self.last() - 3};
            delete from ledger.entry e using forged f where e.feed = f.feed and e.position = f.position;
            delete from ledger.record r using forged f where r.feed = f.feed and r.position = f.position;
            update ledger.feed_head h set position = e.position, hash = e.hash from ledger.entry e
            where h.feed = '{self.feed}' and e.feed = h.feed and e.position = {self.last() - 3};
            update forged set method = 'MemberService/SetStatus';
            do $$ declare e ledger.entry; begin
                for e in select * from forged order by position loop perform ledger.append(e); end loop; end $$"""

    def check_head(self, client, feed, position, hash_):
        return client.read("LedgerService/CheckHeads",
                           heads=[{"feed": feed, "position": position, "hash": hash_}]).heads[0].verdict

    def test_heads(self):
        """a head tells its bearer only what he knows: strangers cannot count another ward's entries"""
        member, _ = self.new_member()
        self.change(member)
        receipt = self.clerk.last
        feed, position, made_up = receipt.feed, receipt.position, bytes(32)
        self.assertEqual(text(feed), self.feed)
        stranger = self.acting("BS", FOREIGN_BRANCH)
        nobody = self.acting("MB", FOREIGN_BRANCH)
        self.sql("update auth.\"grant\" set ended_at = now() where person_id = (select a.person_id from auth.account a "
                 f"join auth.session s on s.account_id = a.id where s.token_hash = sha256('\\x{nobody.token.hex()}'))")
        for client in (self.clerk, self.officer, stranger, nobody):
            self.assertEqual(self.check_head(client, feed, position, receipt.head_hash), MATCHES)
            self.assertEqual(self.check_head(client, feed, position, made_up), CONTRADICTS)
        for client in (self.clerk, self.officer):
            self.assertEqual(self.check_head(client, feed, position + 1000, made_up), UNKNOWN)
        for client in (stranger, nobody):
            self.assertEqual(self.check_head(client, feed, position + 1000, made_up), CONTRADICTS)
        for count, rule in ((0, "required"), (201, "out_of_range")):
            with self.assertRefused(3, rule, "heads"):
                self.clerk.read("LedgerService/CheckHeads",
                                heads=[{"feed": feed, "position": 1, "hash": made_up}] * count)

    def test_receipt(self):
        """a receipt names feed, position and head, the same again when replayed; a dry run has none"""
        person = dict(id=uuid7(), unit_id=self.units[BRANCH], family_name="Lường", given_name="Thử", sex="SEX_MALE",
                      born_on="1980")
        self.clerk.submit("PersonService/Create", dry_run=True, **person)
        self.assertFalse(self.clerk.last.HasField("feed"))
        op_id = uuid7()
        self.clerk.submit("PersonService/Create", op_id=op_id, **person)
        first = self.clerk.last
        self.assertEqual(self.sql(f"select feed, position, encode(hash, 'hex') from ledger.entry "
                                  f"where op_id = '{text(op_id)}'"),
                         [[text(first.feed), str(first.position), first.head_hash.hex()]])
        self.clerk.submit("PersonService/Create", op_id=op_id, **person)
        again = self.clerk.last
        self.assertTrue(again.replayed)
        self.assertEqual((again.feed, again.position, again.head_hash), (first.feed, first.position, first.head_hash))

    # --- who may not touch it ----------------------------------------------------------------------

    def test_nobody_changes_it(self):
        """no role of the district and no program changes the ledger by SQL of its own"""
        for role in ("AU", "DH", "IC", "SA", "WO"):
            entered = (f"begin; set session authorization chibo_app; set local app.role = '{role}'; "
                       "set local app.lo = 1; set local app.hi = 2147483647;")
            for table in LEDGER_TABLES:
                for attempt in (f"insert into ledger.{table} select from ledger.{table}", f"delete from ledger.{table}",
                                f"update ledger.{table} set position = 1", f"truncate ledger.{table}",
                                f"alter table ledger.{table} disable trigger all", f"drop table ledger.{table}"):
                    with self.subTest(attempt, role=role), \
                            self.assertRaisesRegex(RuntimeError, "permission denied|must be owner"):
                        self.sql(entered + attempt)
        with self.assertRaisesRegex(RuntimeError, "permission denied"):
            self.sql("set session authorization chibo_app; select ledger.append(null)")

    def test_triggers(self):
        """the owner's own slip is stopped by triggers"""
        for table in ("entry", "record"):
            for attempt in (f"update ledger.{table} set position = 1", f"delete from ledger.{table}",
                            f"truncate ledger.{table} cascade"):
                with self.subTest(attempt), self.assertRaisesRegex(RuntimeError, "append-only"):
                    self.sql(f"set role chibo_ledger; {attempt}")

    def test_verifier(self):
        """the verifier's role reads the ledger and nothing else"""
        for allowed in LEDGER_TABLES:
            self.sql(f"set session authorization chibo_verify; select count(*) from ledger.{allowed}")
        readable = self.sql("select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                            "where n.nspname in ('chibo', 'auth', 'meta', 'ledger') and c.relkind in ('r', 'p', 'v') "
                            "and has_any_column_privilege('chibo_verify', c.oid, 'select, insert, update, references')")
        self.assertEqual({name for (name,) in readable}, {f"ledger.{table}" for table in LEDGER_TABLES})
        functions = self.sql("select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
                             "where n.nspname in ('chibo', 'auth', 'meta', 'ledger') "
                             "and has_function_privilege('chibo_verify', p.oid, 'execute')")
        self.assertEqual(functions, [])
        for attempt in ("update ledger.op set at = now()", "delete from ledger.entry", "truncate ledger.record"):
            with self.assertRaisesRegex(RuntimeError, "permission denied"):
                self.sql(f"set session authorization chibo_verify; {attempt}")


if __name__ == "__main__":
    tap.main()
