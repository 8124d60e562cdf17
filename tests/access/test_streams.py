#!/usr/bin/python3
"""Routes whose answer goes on: every role x every relation, each on a connection of its own, and what a change elsewhere
puts on it: not one byte."""

import contextlib
import unittest

import tap
import world
from access_case import AccessCase, Answer
from client import MESSAGES, SERVICES, Client, uuid7
from matrix import cells
from model import OK
from routes import STREAMS
from world import INSIDE, OUTSIDE, key


class StreamCase(AccessCase):
    @contextlib.contextmanager
    def stream(self, who, method, fields):
        """The connection and the first answer."""
        service, verb = method.split("/")
        message = MESSAGES[SERVICES[service].methods_by_name[verb].input_type.name]
        with Client(self.server.port, self.server.pin) as client:
            request = client.request(method, message(**fields).SerializeToString(), token=who)
            client.connection.send_frame(request.SerializeToString())
            yield client, self.answer(client)

    def answer(self, client):
        header = client.connection.read_exactly(4)
        self.assertIsNotNone(header, "the server closed the connection")
        return Answer(client.connection.read_exactly(int.from_bytes(header, "big")))

    def check(self, method, cell):
        who, _, fields = cell.request(cell.target(self.targets))
        with self.stream(who, method, fields) as (_, answer):
            wrong = [f"{cell}: {text}" for text in cell.judge(answer)]
            if answer.reply.more != cell.accepted:
                wrong.append(f"{cell}: more={answer.reply.more}")
            return wrong

    def test_every_cell(self):
        """every role and relation, as the model says"""
        for method, row in STREAMS.items():
            every = cells(row)
            wrong = [text for cell in every for text in self.check(method, cell)]
            self.assertEqual(wrong, [], f"{len(wrong)} of {len(every)}")

    def test_of_elsewhere_nothing_comes(self):
        """changes of all units, and the stream tells those inside alone"""
        with self.stream(world.token("BS/live"), "WatchService/Follow", {}) as (client, _):
            touched = {}
            for unit in (*OUTSIDE, *INSIDE):
                person = key("person", f"{unit}/0")
                if self.superuser.value(f"select count(*) from chibo.person where id = '{person.hex()}'") == "0":
                    continue
                self.sql(f"""begin;
                    select set_config('app.account_id', (select id::text from auth.account limit 1), true),
                           set_config('app.method', 'PersonService/Update', true);
                    select ledger.claim(gen_random_uuid(), sha256('x'));
                    update chibo.person set version = version + 1 where id = '{person.hex()}';
                    select ledger.publish();
                    commit""")
                touched[person] = unit
            told = []
            while len(told) < len(INSIDE):
                answer = self.answer(client)
                self.assertEqual(answer.leaks(), [])
                body = MESSAGES["WatchFollowResponse"].FromString(answer.reply.body)
                told += [touched[mark.id] for mark in body.marks]
            self.assertEqual(sorted(told), sorted(INSIDE))


if __name__ == "__main__":
    tap.main()
