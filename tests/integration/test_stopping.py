#!/usr/bin/python3
"""Starting, reloading and stopping while people work: nobody is left without an answer."""

import contextlib
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"), str(pathlib.Path(__file__).parent)]

import tap  # noqa: E402
from client import Client, Refused, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402
from paths import CHIBOD, ROOT  # noqa: E402

EXIT_REFUSED, DEADLINE_EXCEEDED, UNAVAILABLE = 78, 4, 14


class Case(ServerCase):
    def setUp(self):
        if not self.server.alive():
            self.server.start()

    def signal(self, number):
        self.server.process.send_signal(number)

    def exit_code(self, patience=10):
        return self.server.process.wait(patience)

    def logged(self, text, patience=5):
        """Waits for a new log line with this text."""
        until = time.monotonic() + patience
        while text not in self.server.log_text()[self.log_from:]:
            self.assertLess(time.monotonic(), until, text)
            time.sleep(0.02)

    def mark_log(self):
        self.log_from = len(self.server.log_text())

    @contextlib.contextmanager
    def locked(self, table):
        """Somebody else's transaction holds the table."""
        psql = subprocess.Popen(["psql", "-X", "-q", "-t", "-U", "postgres", "-d", self.database],
                                env=self.cluster.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        psql.stdin.write(f"begin; lock table {table}; select 'locked';\n")
        psql.stdin.flush()
        while "locked" not in psql.stdout.readline():
            pass
        try:
            yield
        finally:
            psql.communicate("rollback;\n", timeout=10)

    def person(self):
        return {"id": uuid7(), "unit_id": self.units["NLO.TT.01"], "family_name": "Lò", "given_name": "Thử",
                "sex": "SEX_FEMALE", "born_on": "1999"}


class Stopping(Case):
    settings = {"hash_threads": 1, "unadmitted_per_source": 100}

    def test_running_request(self):
        """at SIGTERM what runs is answered, what is new is refused, and the exit is clean"""
        writer, other, answers = self.login("van.phong.tt"), self.login("bi.thu.2"), []
        with self.locked("chibo.person"):
            thread = threading.Thread(target=lambda: answers.append(
                writer.submit("PersonService/Create", **self.person())))
            thread.start()
            time.sleep(0.4)
            self.signal(signal.SIGTERM)
            with self.assertRaises(Refused) as caught:
                while True:
                    other.read("UnitService/List")
            self.assertEqual((caught.exception.code, caught.exception.rule), (UNAVAILABLE, "goaway"))
        thread.join()
        self.assertEqual(len(answers), 1)
        self.assertEqual(self.exit_code(), 0)

    def test_under_load(self):
        """SIGTERM among many readers: each is answered or told to go, never left hanging"""
        odd, stop = [], threading.Event()

        def read(client):
            try:
                while not stop.is_set():
                    client.read("UnitService/List")
            except Refused as refusal:
                if (refusal.code, refusal.rule) != (UNAVAILABLE, "goaway"):
                    odd.append(refusal)
            except ConnectionError:
                pass

        threads = [threading.Thread(target=read, args=(self.login("bi.thu.1"),)) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        self.signal(signal.SIGTERM)
        self.assertEqual(self.exit_code(), 0)
        stop.set()
        for thread in threads:
            thread.join(5)
            self.assertFalse(thread.is_alive())
        self.assertEqual(odd, [])

    def test_logins_waiting(self):
        """a second SIGTERM does not wait for the passwords that are being checked"""
        self.server.settings.update(argon2_ops=4, argon2_bytes=1 << 26)
        self.server.stop()
        self.server.start()

        def login(name):
            with contextlib.suppress(Refused, ConnectionError), Client(self.server.port, self.server.pin) as client:
                client.login(name, "không phải mật khẩu")

        threads = [threading.Thread(target=login, args=(f"khong.{number}",)) for number in range(16)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        self.signal(signal.SIGTERM)
        time.sleep(0.1)
        self.signal(signal.SIGTERM)
        self.assertEqual(self.exit_code(4), 0)
        for thread in threads:
            thread.join(5)


class Reloading(Case):
    def reload(self, result):
        self.mark_log()
        self.signal(signal.SIGHUP)
        self.logged(f"event=reload result={result}")

    def test_bad_files(self):
        """a bad configuration or key changes nothing; good ones are taken"""
        client, config, key = self.login("bi.thu.1"), self.server.config.read_text(), self.server.key.read_text()
        for file, good in ((self.server.config, config), (self.server.key, key)):
            for bad in ("= = =\n", "", "\x00\xff", good[:len(good) // 2]):
                if file is self.server.config and bad == "":
                    continue          # an empty configuration is the default one
                file.write_text(bad)
                self.reload("refused")
                client.read("SessionService/WhoAmI")
                self.connect()
            file.write_text(good)
            self.reload("ok")
        client.read("SessionService/WhoAmI")
        self.connect()

    def test_while_working(self):
        """twenty reloads among requests"""
        client = self.login("bi.thu.1")
        for _ in range(20):
            self.signal(signal.SIGHUP)
            client.read("UnitService/List")
            self.connect()
        self.assertTrue(self.server.alive())


class Schema(Case):
    """Changes of the schema under a running server."""

    def test_stale_plans(self):
        """a column added and dropped; a result type that does not fit keeps connections out until it is put right"""
        client = self.login("bi.thu.1")
        self.sql("alter table chibo.unit add column remark text")
        client.read("UnitService/List")
        self.sql("alter table chibo.unit drop column remark")
        client.read("UnitService/List")
        self.sql("alter table chibo.sector alter column name type varchar(300)")
        try:
            for _ in range(3):
                with self.assertRaises(Refused) as caught:
                    client.call("SectorService/List", {"deadline_ms": 500}, {})
                self.assertIn(caught.exception.code, (DEADLINE_EXCEEDED, UNAVAILABLE))
        finally:
            self.sql("alter table chibo.sector alter column name type text")
        self.heals(client, "SectorService/List")

    def heals(self, client, method, patience=15):
        until = time.monotonic() + patience
        while True:
            try:
                return client.read(method)
            except Refused as refusal:
                self.assertEqual((refusal.code, refusal.rule), (UNAVAILABLE, "busy"))
                self.assertLess(time.monotonic(), until)
                time.sleep(0.1)

    def test_terminated(self):
        """idle database connections ended by an administrator are replaced"""
        client = self.login("bi.thu.1")
        for _ in range(10):
            self.sql("select pg_terminate_backend(pid) from pg_stat_activity "
                     "where datname = current_database() and application_name = 'chibod'")
            self.heals(client, "UnitService/List")


class Starting(Case):
    def verify(self, **settings):
        config = self.server.directory / "other.conf"
        settings = {**self.server.settings, **settings}
        config.write_text("".join(f"{key} = '{value}'\n" for key, value in settings.items()))
        return subprocess.run([CHIBOD, "-c", config, "--verify"], env=self.server.environment, text=True,
                              capture_output=True, timeout=60)

    def test_statements(self):
        """a missing statement file refuses to start, above all one of those that check rights"""
        for name in ("internal/enter", "internal/publish", "unit/list"):
            with self.subTest(name=name):
                copy = self.server.directory / "sql"
                shutil.copytree(ROOT / "server" / "sql", copy)
                self.addCleanup(shutil.rmtree, copy, True)
                (copy / f"{name}.sql").unlink()
                done = self.verify(sql_dir=copy)
                shutil.rmtree(copy)
                self.assertEqual(done.returncode, EXIT_REFUSED, done.stderr)
                self.assertIn(f"{name}.sql is missing", done.stderr)

    def test_shared_statements(self):
        """what is wrong in an included file is named for each method that includes it, whoever finds it"""
        for old, new, said in (("select id, ", "select id as nonsense, ", "column 'nonsense' is no single field of chibo.v1.Post"),
                               ("$1::uuid", "$1::uuid, 'nonsense'", "function auth.post_rows(uuid, unknown) does not exist")):
            with self.subTest(new=new):
                copy = self.server.directory / "sql"
                shutil.copytree(ROOT / "server" / "sql", copy)
                self.addCleanup(shutil.rmtree, copy, True)
                record = copy / "post" / "_record.sql"
                record.write_text(record.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
                done = self.verify(sql_dir=copy)
                shutil.rmtree(copy)
                self.assertEqual(done.returncode, EXIT_REFUSED, done.stderr)
                for name in ("post/create:2", "post/end:2"):
                    self.assertIn(f"{name} (post/_record:1): {said}", done.stderr)

    def test_locked(self):
        """a table locked by a migration delays the start and does not refuse it"""
        self.server.stop()
        self.mark_log()
        start = threading.Thread(target=self.server.start)
        with self.locked("chibo.unit"):
            start.start()
            self.logged("event=prepare_hindered sqlstate=55P03")
        start.join()
        self.login("bi.thu.1").read("UnitService/List")

    def test_port_taken(self):
        """a port that is taken refuses to start"""
        self.mark_log()
        config = self.server.directory / "other.conf"
        settings = {**self.server.settings, "listen_port": self.server.port, "admin_socket": self.server.directory / "b"}
        config.write_text("".join(f"{key} = '{value}'\n" for key, value in settings.items()))
        done = subprocess.run([CHIBOD, "-c", config], env=self.server.environment, text=True, capture_output=True,
                              timeout=60)
        self.assertEqual(done.returncode, EXIT_REFUSED, done.stderr)
        self.assertIn("address already in use", done.stderr)


if __name__ == "__main__":
    tap.main()
