"""What most tests over the wire need: a server on a copy of the example district, and people logged in."""

import contextlib
import unittest

import example
from client import Client, Refused
from cluster import Cluster
from server import Server


class ServerCase(unittest.TestCase):
    settings = {}       # of chibod.conf, where a class needs other ones

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.units = example.unit_ids()
        cls.database = cls.enterClassContext(cls.cluster.database(example.template(cls.cluster)))
        cls.server = cls.enterClassContext(Server(cls.cluster, cls.database, **cls.settings))

    def connect(self, **options):
        """A client that has said hello and not logged in."""
        client = Client(self.server.port, self.server.pin, **options)
        self.addCleanup(client.connection.close)
        return client

    def login(self, login_name, patience=0):
        client = self.connect()
        client.login(login_name, example.PASSWORD, patience)
        return client

    def sql(self, text):
        return self.cluster.psql(self.database, text)

    @contextlib.contextmanager
    def assertRefused(self, code, rule=None, field=None):
        with self.assertRaises(Refused) as caught:
            yield caught
        refusal = caught.exception
        self.assertEqual(refusal.code, code, refusal)
        if rule is not None:
            self.assertEqual(refusal.rule, rule, refusal)
        if field is not None:
            self.assertEqual(refusal.field, field, refusal)
