"""One person's computer: the real client with a state and configuration of its own."""

import json
import os
import pathlib
import subprocess

from paths import CHIBO


class Cli:
    """`settings` are options by their variables: CHIBO_LANG is --lang."""

    program = CHIBO

    def __init__(self, directory, **settings):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.directory),
            "XDG_STATE_HOME": str(self.directory / "state"),
            "XDG_CONFIG_HOME": str(self.directory / "config"), **settings}

    def run(self, *arguments, text_in=None, timeout=120):
        return subprocess.run([self.program, *map(str, arguments)], input=text_in, env=self.environment,
                              text=True, capture_output=True, timeout=timeout)

    def ok(self, *arguments, text_in=None):
        """Standard output of a command that must succeed."""
        done = self.run(*arguments, text_in=text_in)
        if done.returncode != 0:
            command = " ".join(map(str, arguments))
            raise AssertionError(f"chibo {command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.ok(*arguments, "-o", "json"))

    def connect(self, server):
        self.ok("context", "add", "test", "--server", f"127.0.0.1:{server.port}", "--pin", server.pin)

    def redeem(self, login_name, code, password):
        self.ok("login", "--redeem", login_name, "--code-file", "-", "--password-file", "-",
                text_in=f"{code}\n{password}\n")

    def login(self, login_name, password):
        self.ok("login", login_name, "--password-file", "-", text_in=f"{password}\n")
