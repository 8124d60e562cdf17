"""The private PostgreSQL cluster of the tests, and databases copied from a migrated template."""

import contextlib
import csv
import fcntl
import hashlib
import itertools
import os
import shlex
import subprocess

from paths import ROOT, STATE

_numbers = itertools.count(1)


def _environment(directory):
    """Starts the cluster if it is down and returns the environment that reaches it."""
    script = ROOT / "deploy" / "postgres"
    subprocess.run([script, "start", directory], check=True)
    lines = subprocess.run([script, "env", directory], check=True, capture_output=True, text=True).stdout
    found = dict(os.environ)
    for word in shlex.split(lines):
        name, equals, value = word.partition("=")
        if equals:
            found[name] = value.replace("$PATH", os.environ["PATH"])
    return found


class Cluster:
    def __init__(self, directory=STATE / "postgres"):
        self.environment = _environment(directory)
        self.socket = self.environment["PGHOST"]

    def psql(self, database, sql, user="postgres"):
        """Rows as lists of texts; NULL is an empty text."""
        done = subprocess.run(
            ["psql", "-X", "-q", "-t", "--csv", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", database],
            input=sql, env=self.environment, text=True, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return list(csv.reader(done.stdout.splitlines()))

    def value(self, database, sql):
        """The first column of the first row."""
        return self.psql(database, sql)[0][0]

    def exists(self, database):
        return bool(self.psql("postgres", f"select 1 from pg_database where datname = '{database}'"))

    def create(self, database, template):
        self.psql("postgres", f'create database "{database}" template "{template}"')
        # Rights on the database itself are not copied with it.
        self.psql("postgres", f'revoke create, temporary on database "{database}" from public')

    def drop(self, database):
        self.psql("postgres", f'drop database if exists "{database}" with (force)')

    @contextlib.contextmanager
    def database(self, template=None):
        """A database of its own for one test program."""
        template = template or self.migrated()
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self.create(name, template)
        try:
            yield name
        finally:
            self.drop(name)

    def migrated(self):
        """The migrated, empty database; made anew whenever a migration has changed."""
        return self.keep("migrated", fingerprint(ROOT / "migrations", ROOT / "deploy" / "migrate"), self._migrate)

    def _migrate(self, database):
        self.psql("postgres", f'create database "{database}"')
        done = subprocess.run([ROOT / "deploy" / "migrate", "--host", self.socket, "--dbname", database],
                              env=self.environment, text=True, capture_output=True)
        if done.returncode != 0:
            self.drop(database)
            raise RuntimeError(f"deploy/migrate: exit {done.returncode}\n{done.stdout}{done.stderr}")

    def keep(self, name, mark, make):
        """The database `name` made by make(name) for this mark; older ones go."""
        wanted = f"template_{name}_{mark}"
        with (STATE / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.exists(wanted):
                return wanted
            for (old,) in self.psql("postgres", "select datname from pg_database "
                                                f"where datname ~ '^(template|making)_{name}_'"):
                self.drop(old)
            making = wanted.replace("template_", "making_", 1)
            make(making)
            self.psql("postgres", f'alter database "{making}" rename to "{wanted}"')
        return wanted


def fingerprint(*paths):
    """A short hash over files, and all files below directories."""
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(found for found in path.rglob("*") if found.is_file()) if path.is_dir() else [path]
        for file in files:
            if "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(path.parent)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
