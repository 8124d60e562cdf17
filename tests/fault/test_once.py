#!/usr/bin/python3
"""One operation, one effect: retries, races and reused op_ids; and the checker itself."""

import threading

from district import FaultCase

import chain_check
import example
import tap
from client import Refused
from journal import FAIL, OK, Writers, attempt, operation

ALREADY_EXISTS, CLONES = 6, 8


class Once(FaultCase):
    def tearDown(self):
        self.journal_and_database_agree()

    def test_retry(self):
        """a retry of what was done is answered with the same receipt and body"""
        client, op = self.connect(), self.new_operation()
        first = attempt(client, op)
        self.assertFalse(first.replayed)
        second = attempt(self.connect(), op)
        self.assertTrue(second.replayed)
        self.assertEqual((first.position, first.head_hash, first.body),
                         (second.position, second.head_hash, second.body))

    def test_other_content(self):
        """the same op_id with other content is refused and changes nothing"""
        client, op = self.connect(), self.new_operation()
        attempt(client, op)
        other = operation(self.person(given_name="Khác"))
        other.op_id, before = op.op_id, self.count_persons()
        reply = attempt(client, other)
        self.assertEqual((reply.status.code, reply.status.rule), (ALREADY_EXISTS, "op_id_reused"))
        self.assertEqual(self.count_persons(), before)

    def test_other_method(self):
        """the same op_id for another method is refused"""
        client, op = self.connect(), self.new_operation()
        attempt(client, op)
        with self.assertRaises(Refused) as caught:
            client.submit("UnitService/Rename", op_id=op.op_id, id=self.branches[0], base_version=1,
                          name="Tên khác", from_on="2020-01-01")
        self.assertEqual((caught.exception.code, caught.exception.rule), (ALREADY_EXISTS, "op_id_reused"))

    def test_other_account(self):
        """somebody else's op_id is refused, even with the same bytes"""
        client, op = self.connect(), self.new_operation()
        attempt(client, op)
        stranger = self.connect()
        stranger.grant_id = stranger.token = None
        stranger.grant_id = stranger.login("van.phong", example.PASSWORD).grants[0].id
        reply = stranger.exchange(stranger.request("PersonService/Create", op.body, op_id=op.op_id))
        self.assertEqual((reply.status.code, reply.status.rule), (ALREADY_EXISTS, "op_id_reused"))

    def test_refused(self):
        """a refused operation claims nothing: corrected, the same op_id goes through"""
        client = self.connect()
        bad = operation(self.person(born_on="1990-13"))
        attempt(client, bad)
        self.assertEqual(bad.outcome, FAIL)
        good = self.new_operation()
        good.op_id = bad.op_id
        attempt(client, good)
        self.assertEqual(good.outcome, OK)

    def test_dry_run(self):
        """a dry run leaves no trace and claims nothing"""
        client, op = self.connect(), self.new_operation()
        reply = attempt(client, op, dry_run=True)
        self.assertEqual((op.outcome, reply.HasField("position")), (OK, False))
        self.assertEqual(self.sql(f"select from ledger.op where op_id = '{op.op_id.hex()}'"), [])
        self.assertFalse(attempt(client, op).replayed)

    def test_race(self):
        """the same operation on eight connections at once: one effect, seven replays"""
        op = self.new_operation()
        start, replies = threading.Barrier(CLONES), []

        def clone(client):
            request = client.request("PersonService/Create", op.body, op_id=op.op_id)
            start.wait()
            replies.append(client.exchange(request))

        threads = [threading.Thread(target=clone, args=(self.connect(),)) for _ in range(CLONES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        self.assertEqual([reply.status for reply in replies if reply.HasField("status")], [])
        self.assertEqual(sorted(reply.replayed for reply in replies), [False] + [True] * (CLONES - 1))
        self.assertEqual(len({(reply.position, reply.head_hash) for reply in replies}), 1)
        op.outcome, op.position, op.head_hash = OK, replies[0].position, replies[0].head_hash

    def test_after_kill(self):
        """what was answered before kill -9 is answered the same after it, and refused with other content"""
        op = self.new_operation()
        first = attempt(self.connect(), op)
        self.server.kill()
        self.server.start()
        again = attempt(self.connect(), op)
        self.assertTrue(again.replayed)
        self.assertEqual((first.feed, first.position, first.head_hash, first.body),
                         (again.feed, again.position, again.head_hash, again.body))
        other = operation(self.person(given_name="Khác"))
        other.op_id = op.op_id
        reply = attempt(self.connect(), other)
        self.assertEqual((reply.status.code, reply.status.rule), (ALREADY_EXISTS, "op_id_reused"))

    def test_race_of_contents(self):
        """two contents under one op_id at once, on eight connections: one takes effect, the other is refused"""
        ops = [self.new_operation(), operation(self.person(given_name="Khác"))]
        ops[1].op_id = ops[0].op_id
        start, replies = threading.Barrier(CLONES), []

        def rival(client, op):
            request = client.request("PersonService/Create", op.body, op_id=op.op_id)
            start.wait()
            replies.append((op, client.exchange(request)))

        threads = [threading.Thread(target=rival, args=(self.connect(), ops[number % 2])) for number in range(CLONES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        won = [(op, reply) for op, reply in replies if not reply.HasField("status")]
        refused = [(op, reply) for op, reply in replies if reply.HasField("status")]
        self.assertEqual((len(won), len(refused)), (CLONES // 2, CLONES // 2))
        self.assertEqual((len({id(op) for op, _ in won}), len({id(op) for op, _ in refused})), (1, 1))
        self.assertEqual({reply.status.rule for _, reply in refused}, {"op_id_reused"})
        self.assertEqual(sorted(reply.replayed for _, reply in won), [False] + [True] * (CLONES // 2 - 1))
        winner, receipt = won[0]
        self.asked[self.asked.index(ops[0])] = winner
        winner.outcome, winner.position, winner.head_hash = OK, receipt.position, receipt.head_hash

    def test_checker(self):
        """the checker sees a flipped byte, a hole, a lost write and an entry that nobody asked for"""
        with Writers(self, 2) as writers:
            writers.wait_for(10)
        self.asked += writers.all()
        found, feed_heads = list(chain_check.entries(self.sql)), chain_check.heads(self.sql)
        flipped = [dict(entry) for entry in found]
        body = flipped[-1]["body"]
        flipped[-1]["body"] = body[:-1] + bytes([body[-1] ^ 1])
        self.assertEqual(len(chain_check.chain_problems(flipped, feed_heads)), 1)
        self.assertIn(f"position {found[-1]['position']}: hash", chain_check.chain_problems(flipped, feed_heads)[0])
        self.assertNotEqual(chain_check.chain_problems(found[:-1], feed_heads), [])
        self.assertNotEqual(chain_check.chain_problems(found[:1] + found[2:], feed_heads), [])
        persons = {op.person_id: 1 for op in self.asked if op.outcome == OK}
        done = next(op for op in self.asked if op.outcome == OK)
        others = [op for op in self.asked if op is not done]
        for operations, rows, expected in ((self.asked, persons, 0), (self.asked, {**persons, done.person_id: 0}, 1),
                                           (others, persons, 1)):
            problems = chain_check.operation_problems(operations, found, rows, self.before)
            self.assertEqual(len(problems), expected, problems)

    def count_persons(self):
        return self.sql("select count(*) from chibo.person")


if __name__ == "__main__":
    tap.main()
