#!/usr/bin/python3
"""Whatever is wrong with a login, the answer is one: code, text, and time.

Five kinds of failure, 300 samples each, one of each kind in every round and in an order that changes, so that
drift hits all alike. Times are compared with those of a wrong password twice. By their medians: they may differ
by four standard errors, which the samples' own spread gives, or by a quarter of a millisecond. And by the rank test
of Mann and Whitney: a sample of one kind is slower than one of the other in half of all pairs, give or take four
standard deviations. A control, wrong passwords of a second account, shows what equal kinds look like."""

import math
import os
import random
import re
import signal
import statistics
import time

import example
import tap
from client import MESSAGES, Client
from fixture import ServerCase

ROUNDS = int(os.environ.get("CHIBO_ROUNDS", "300"))
DEVIATIONS = 4
LEAST_MS = 0.25
WRONG = "mật khẩu này không đúng"
# name -> login name; the control is the first kind once more
KINDS = {"known": "bi.thu.1", "unknown": None, "disabled": "bi.thu.2", "throttled": "khoi.5",
         "without a password": "van.phong.tt", "known, control": "van.phong.tx"}


def slower(these, those):
    """The share of pairs in which one of `these` took longer."""
    ranked = sorted([(value, 0) for value in these] + [(value, 1) for value in those])
    ranks = sum(rank for rank, (_, group) in enumerate(ranked, 1) if group == 0)
    return (ranks - len(these) * (len(these) + 1) / 2) / (len(these) * len(those))


def median_error(samples):
    """Of normal samples; the quarters are not moved by the few that were very late."""
    low, _, high = statistics.quantiles(samples, n=4)
    return 1.253 * (high - low) / 1.349 / math.sqrt(len(samples))


def tolerances(these, those):
    """In milliseconds, and from one half."""
    medians = max(LEAST_MS, DEVIATIONS * math.hypot(median_error(these), median_error(those)))
    n, m = len(these), len(those)
    return medians, DEVIATIONS * math.sqrt((n + m + 1) / (12 * n * m))


class OneAnswer(ServerCase):
    # Hashes that take about 10 ms: what differs by one of them would be seen
    settings = {"argon2_ops": 1, "argon2_bytes": 8 * 1024 * 1024,
                "login_source_burst": 1000000, "token_timeout_ms": 600000}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rehash()
        cls.sql_of("update auth.account set ended_at = now() where login_name = 'bi.thu.2'")
        cls.sql_of("update auth.account set password_hash = null where login_name = 'van.phong.tt'")

    @classmethod
    def sql_of(cls, text):
        return cls.cluster.psql(cls.database, text)

    @classmethod
    def rehash(cls):
        """The example's passwords were hashed for nothing; a login hashes them at this server's price."""
        for name in filter(None, KINDS.values()):
            with Client(cls.server.port, cls.server.pin) as client:
                client.login(name, example.PASSWORD)

    def prepare(self):
        """Names as they are before a first failure; but one is held back."""
        self.sql("update auth.failure set in_a_row = 0, cleared = cleared + 1 where kind = 'name' and in_a_row > 0;"
                 "insert into auth.failure (kind, subject) values ('name', 'khoi.5') on conflict do nothing;"
                 "update auth.failure set in_a_row = 50, failed_at = now(), kept_until = 'infinity' "
                 "where subject = 'khoi.5'")

    def ask(self, client, method, login_name):
        """The answer without its id, and how long it took."""
        fields = {"password": WRONG} if method.endswith("Login") else {"code": "sai", "new_password": WRONG}
        body = MESSAGES[method.replace("Service/", "") + "Request"](
            login_name=login_name or f"ai.{random.randrange(10 ** 9)}", **fields).SerializeToString()
        request = client.request(method, body)
        frame = request.SerializeToString()
        start = time.perf_counter()
        client.connection.send_frame(frame)
        reply = client.connection.read_reply()
        took = time.perf_counter() - start
        reply.ClearField("id")
        return reply.SerializeToString(), took * 1000

    def sample(self, method, rounds):
        answers, times = set(), {kind: [] for kind in KINDS}
        client = self.connect()
        for number in range(rounds):
            if number % 4 == 0:
                self.prepare()
            for kind in random.sample(list(KINDS), len(KINDS)):
                answer, took = self.ask(client, method, KINDS[kind])
                answers.add(answer)
                times[kind].append(took)
        return answers, times

    def compare(self, times):
        known, wrong = times["known"], []
        for kind, samples in times.items():
            apart = statistics.median(samples) - statistics.median(known)
            share, (most_ms, most_share) = slower(samples, known), tolerances(samples, known)
            print(f"# {kind:20} median {statistics.median(samples):7.3f} ms, {apart:+6.3f} of {most_ms:.3f}; slower "
                  f"than known in {100 * share:4.1f} % of pairs, 50 and {100 * most_share:.1f} more or less")
            if abs(apart) > most_ms or abs(share - 0.5) > most_share:
                wrong.append(kind)
        self.assertEqual(wrong, [])

    def check(self, method, rounds):
        hashed = self.count("hashed")
        answers, times = self.sample(method, rounds)
        self.assertEqual(len(answers), 1)
        self.assertIn(b"login_failed", answers.pop())
        self.compare(times)
        self.assertEqual(self.count("hashed") - hashed, rounds * (len(KINDS) - 1), "the throttled one is not hashed")

    def count(self, what):
        """A counter of the hasher, from the log."""
        seen = self.server.log_text().count("event=hashes")
        self.server.process.send_signal(signal.SIGUSR1)
        while self.server.log_text().count("event=hashes") == seen:
            time.sleep(0.01)
        return int(re.findall(rf"event=hashes .*\b{what}=(\d+)", self.server.log_text())[-1])

    def test_login(self):
        """wrong password, unknown, disabled, throttled, without a password: one code, one text, one time"""
        self.check("SessionService/Login", ROUNDS)

    def test_redeem(self):
        """the same with wrong codes"""
        self.check("SessionService/Redeem", ROUNDS // 3)


if __name__ == "__main__":
    tap.main()
