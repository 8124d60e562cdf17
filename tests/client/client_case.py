"""What tests of the client need: people at their computers, and answers taken apart."""

import json
import subprocess

import example
from cli import Cli
from fixture import ServerCase
from paths import CHIBO


class ClientCase(ServerCase):
    people = ("van.phong", "bi.thu.1")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clis = {name: cls.computer(name) for name in cls.people}

    @classmethod
    def computer(cls, login_name, **settings):
        """A computer where this person has logged in."""
        cli = Cli(cls.server.directory / login_name, **settings)
        cli.connect(cls.server)
        cli.login(login_name, example.PASSWORD)
        return cli

    def stranger(self):
        """A computer that knows the server and nobody has logged in at."""
        cli = Cli(self.server.directory / self.id())
        cli.connect(self.server)
        return cli

    def assertFails(self, code, cli, *arguments, **options):
        """The command ends with this exit code, writes no data and says why in Vietnamese."""
        done = cli.run(*arguments, **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertTrue(done.stderr.startswith("chibo: "), done.stderr)
        return done.stderr

    def error_of(self, code, cli, *arguments, **options):
        """The error object that the same failure gives under -o json: one line of stderr."""
        done = cli.run(*arguments, "-o", "json", **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        error = json.loads(done.stderr)["error"]
        self.assertEqual(error["exit_code"], code)
        self.assertTrue(error["message"])
        return error

    def assertRule(self, error, code, rule, field=None):
        self.assertEqual((error["code"], error["rule"], error.get("field")), (code, rule, field))
        self.assertIsInstance(error["params"], dict)


def run_bytes(cli, *arguments, **settings):
    """A run under other settings whose output is looked at as bytes; None leaves a variable out."""
    environment = {name: value for name, value in {**cli.environment, **settings}.items() if value is not None}
    return subprocess.run([CHIBO, *map(str, arguments)], env=environment, capture_output=True, timeout=60)
