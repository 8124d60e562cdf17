"""A chibod of its own on a free port, over a database of its own."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time

import markers
from paths import CHIBOD, ROOT

# Hashing that costs nothing; everything else is as delivered.
QUICK_HASH = {"argon2_ops": 1, "argon2_bytes": 8192}


class Server:
    """Use as a context manager. The directory holds configuration, key, port file and log."""

    def __init__(self, cluster, database, program=CHIBOD, environment=(), **settings):
        self.program = program
        self.scratch = tempfile.TemporaryDirectory(prefix="chibod-")
        self.directory = pathlib.Path(self.scratch.name)
        self.config = self.directory / "chibod.conf"
        self.key = self.directory / "tls.key"
        self.seal_key = self.directory / "seal.key"
        self.log = self.directory / "log"
        # Under the sanitizers: freed memory is not kept, so that growth is growth.
        self.environment = {**cluster.environment, **dict(environment), "ASAN_OPTIONS": ":".join(
            ["quarantine_size_mb=1", *filter(None, [os.environ.get("ASAN_OPTIONS")])])}
        self.settings = {
            "listen_host": "127.0.0.1", "listen_port": 0, "port_file": self.directory / "port",
            "admin_socket": self.directory / "admin.sock", "tls_key_file": self.key,
            "seal_key_file": self.seal_key,
            "device_keys": "optional",          # tests of computers set "required"
            "sql_dir": ROOT / "server" / "sql", "db_host": cluster.socket, "db_name": database,
            **QUICK_HASH, **settings}
        self.process = None
        self.port = None
        self.pin = self.chibod("make-key", self.key).strip()
        self.chibod("make-seal-key", self.seal_key)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        code, log = self.stop(), self.log_text()
        self.scratch.cleanup()
        if found := markers.in_text(log):
            raise RuntimeError(f"chibod logged sensitive values: {found}")
        if code not in (None, 0, -signal.SIGKILL):      # a leak, too, is told by the exit code
            raise RuntimeError(f"chibod: exit {code}\n{log[-4000:]}")

    def write_config(self):
        lines = []
        for key, value in self.settings.items():
            lines.append(f"{key} = {value}" if isinstance(value, int) else f"{key} = '{value}'")
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def chibod(self, *arguments):
        """Runs another command of the program and returns what it prints."""
        done = subprocess.run([CHIBOD, *arguments], env=self.environment, text=True, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(f"chibod {arguments[0]}: exit {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def start(self, patience=20):
        self.write_config()
        port_file = self.directory / "port"
        port_file.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([self.program, "-c", self.config], env=self.environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + patience
        while not (port_file.exists() and port_file.read_text().strip()):
            if self.process.poll() is not None or time.monotonic() > until:
                self.process.kill()
                raise RuntimeError(f"chibod did not open its port:\n{self.log_text()[-4000:]}")
            time.sleep(0.02)
        self.port = int(port_file.read_text())

    def stop(self):
        """Stops it the gentle way and returns its exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def alive(self):
        return self.process.poll() is None

    def resident_kib(self):
        """Resident memory."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise RuntimeError("chibod is gone")

    def log_text(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def bootstrap(self, role, login_name, unit_code, unit_name, founded_on):
        """Makes the root unit, if there is none, and the role's first holder; returns his one-time code."""
        out = self.chibod("bootstrap-admin", "-c", self.config, "--role", role, "--login-name", login_name,
                          "--family-name", "Quản", "--given-name", "Trị",
                          "--unit-code", unit_code, "--unit-name", unit_name, "--founded-on", founded_on)
        return out.split()[-1]
