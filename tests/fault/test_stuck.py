#!/usr/bin/python3
"""What does not answer: stopped backends and locked tables must not stop the server."""

import contextlib
import os
import signal
import subprocess
import time

from district import FaultCase

import tap
from client import Connection
from journal import FAIL, OK, UNKNOWN, attempt, drain

DEADLINE_EXCEEDED, UNIMPLEMENTED = 4, 12
PATIENCE_MS = 1500


class Stuck(FaultCase):
    @contextlib.contextmanager
    def stopped(self, pids):
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

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

    def quick(self, *clients):
        """Everybody is answered at once."""
        for client in clients:
            with self.taking_at_most(1):
                client.read("SessionService/WhoAmI")

    def test_one_backend(self):
        """one stopped backend: its request ends with DEADLINE, everybody else is served meanwhile"""
        clients = [self.connect() for _ in range(3)]
        self.quick(*clients)
        # reads go to the first idle connection of their lane: the one that answered last
        reader, = self.backends("query like '%auth.own_waiting_grants%' order by state_change desc limit 1")
        with self.stopped([reader]):
            stuck = clients[0].request("SessionService/WhoAmI", deadline_ms=PATIENCE_MS)
            clients[0].connection.send_frame(stuck.SerializeToString())
            time.sleep(0.05)
            self.quick(*clients[1:])
            with self.taking_at_most(1):
                self.connect()
            with self.taking_at_most(4):
                self.assertEqual(clients[0].reply_to(stuck).status.code, DEADLINE_EXCEEDED)
            self.quick(*clients)
        self.heals_within(5)

    def test_all_backends(self):
        """all backends stopped: the loop lives, a write ends as unknown, and its retry has one effect"""
        client, other, op = self.connect(), self.connect(), self.new_operation()
        self.quick(client)     # who he is, is known: it is the write that is stuck
        with self.stopped(self.backends()):
            with self.taking_at_most(4):
                reply = attempt(client, op, deadline_ms=PATIENCE_MS)
            self.assertEqual((reply.status.code, reply.status.rule), (DEADLINE_EXCEEDED, "outcome_unknown"))
            self.assertEqual(op.outcome, UNKNOWN)
            with self.taking_at_most(1):
                Connection(self.server.port, self.server.pin).close()
                unknown = other.exchange(other.request("MemberService/Explode"))
                self.assertEqual(unknown.status.code, UNIMPLEMENTED)
        self.heals_within(5)
        drain(self.connect(), [op])
        self.assertEqual(op.outcome, OK)
        self.journal_and_database_agree()

    def test_stopped_server(self):
        """chibod stopped for a second: late answers are still true"""
        client, op = self.connect(), self.new_operation()
        request = client.request("PersonService/Create", op.body, op_id=op.op_id)
        client.connection.send_frame(request.SerializeToString())
        with self.stopped([self.server.process.pid]):
            time.sleep(1)
        reply = client.reply_to(request)
        self.assertFalse(reply.HasField("status"), reply.status)
        op.outcome, op.position, op.head_hash = OK, reply.position, reply.head_hash
        self.heals_within(5)
        self.journal_and_database_agree()

    def test_locked_table(self):
        """a locked table: writes end in time and have done nothing, reads of other tables go on"""
        client, other, op = self.connect(), self.connect(), self.new_operation()
        with self.locked("chibo.unit_name"), self.locked("chibo.membership"):
            other.read("RuleService/List")
        with self.locked("chibo.person"):
            with self.taking_at_most(4):
                reply = attempt(client, op, deadline_ms=PATIENCE_MS)
            self.assertEqual((reply.status.code, reply.status.rule), (DEADLINE_EXCEEDED, "deadline"))
            self.assertEqual(op.outcome, FAIL)
            with self.taking_at_most(1):
                other.read("RuleService/List")
        self.journal_and_database_agree()


if __name__ == "__main__":
    tap.main()
