"""What a ward's computer did and holds: a journal that was written before anybody could know the end, and its store."""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import struct
import tempfile
import threading
import time

STATES = ("waiting", "unknown", "saved", "parked", "told", "resent", "discarded")
OK, FAIL, QUEUED, UNKNOWN = "ok", "fail", "queued", "unknown"


def seal_of(*values):
    """As client/store_seal.c: 8 bytes of a hash over all values with their types."""
    kinds = {int: 1, float: 2, str: 3, bytes: 4, type(None): 5}
    digest = hashlib.blake2b(digest_size=16)
    for value in values:
        digest.update(struct.pack("<q", kinds[type(value)]))
        if isinstance(value, int):
            digest.update(struct.pack("<q", value))
        elif isinstance(value, (str, bytes)):
            data = value.encode() if isinstance(value, str) else value
            digest.update(struct.pack("<q", len(data)) + data)
    return struct.unpack("<q", digest.digest()[:8])[0]


@contextlib.contextmanager
def opened(store):
    """A copy of the store with its hot journal, if there is one: reading must not change what is read."""
    with tempfile.TemporaryDirectory(prefix="store-") as scratch:
        copy = pathlib.Path(scratch) / "store"
        shutil.copy(store, copy)
        journal = pathlib.Path(f"{store}-journal")
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(journal, f"{copy}-journal")
        database = sqlite3.connect(copy)
        database.create_function("seal_of", -1, seal_of, deterministic=True)
        try:
            yield database
        finally:
            database.close()


def bytes_below(folder):
    """Of every file of a computer: what a thief would get."""
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def request_hash(method, body):
    return hashlib.sha256(method.encode() + b"\0" + body).digest()


class Kept:
    """A row of the outbox."""

    def __init__(self, row):
        (self.seq, self.op_id, self.method, body, self.prev_hash, self.hash, state, self.code, self.rule) = row
        self.state = STATES[state]
        self.request_hash = request_hash(self.method, body)
        self.size = len(body)

    def __repr__(self):
        return f"{self.seq} {self.op_id.hex()} {self.method} {self.state} {self.code} {self.rule}"


class Store:
    def __init__(self, path):
        self.path = pathlib.Path(path)

    def outbox(self, after=0):
        if not self.path.exists():
            return []
        with opened(self.path) as database:
            return [Kept(row) for row in database.execute(
                "select seq, op_id, method, body, prev_hash, hash, state, code, rule from op where seq > ? order by seq",
                (after,))]

    def waiting(self):
        return [op for op in self.outbox() if op.state in ("waiting", "unknown")]

    def records(self):
        """(entity, id) -> version."""
        with opened(self.path) as database:
            return {(entity, key): version for entity, key, version in
                    database.execute("select entity, id, version from record")}

    def version(self, entity, key):
        with opened(self.path) as database:
            row = database.execute("select version from record where entity = ? and id = ?", (entity, key)).fetchone()
            return row and row[0]

    def digests(self):
        """(feed, entity, unit or None) -> (count, exclusive or of the digests)."""
        found = {}
        with opened(self.path) as database:
            for feed, entity, unit, digest in database.execute("select feed, entity, unit_id, digest from record"):
                count, sum_ = found.get((feed, entity, unit), (0, 0))
                found[feed, entity, unit] = (count + 1, sum_ ^ digest)
        return found

    def cursors(self):
        """feed -> (position, hash, checkpoints)."""
        with opened(self.path) as database:
            marks = {}
            for feed, position, digest in database.execute("select feed, position, hash from checkpoint"):
                marks.setdefault(feed, []).append((position, digest))
            return {feed: (position, digest, marks.get(feed, [])) for feed, position, digest in
                    database.execute("select feed, position, hash from cursor")}

    def problems(self):
        """Of the file itself: pages, indexes, and each row's own seal."""
        try:
            with opened(self.path) as database:
                said = [text for (text,) in database.execute("pragma integrity_check")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
        return [] if said == ["ok"] else said


class Journal:
    """One line for each event, synced: whoever kills this process finds what it knew."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.file = self.path.open("a", encoding="utf-8")
        self.lock = threading.Lock()

    def close(self):
        self.file.close()

    def write(self, **line):
        with self.lock:
            self.file.write(json.dumps({"t": round(time.time(), 6), **line}) + "\n")
            self.file.flush()
            os.fsync(self.file.fileno())

    def lines(self):
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
