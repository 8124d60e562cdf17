"""Judges the database against what writers were told; recomputes every hash from the stored bytes."""

import collections
import hashlib
import struct
import uuid

from journal import FAIL, OK

GENESIS = hashlib.sha256(b"").digest()
FIELDS = ("feed", "position", "op_id", "at", "account_id", "grant_id", "device_id", "device_seq", "method",
          "request_hash", "touched")


def parse(body):
    """The fields of an entry's bytes: each has its length in front."""
    values, at = [], 0
    while at < len(body):
        (length,) = struct.unpack_from(">I", body, at)
        values.append(body[at + 4:at + 4 + length])
        at += 4 + length
    return dict(zip(FIELDS, values, strict=True))


def entries(sql):
    columns = ("feed", "position", "op_id", "request_hash", "body", "prev_hash", "hash")
    rows = sql("select feed, position, op_id, encode(request_hash, 'hex'), encode(body, 'hex'), "
               "encode(prev_hash, 'hex'), encode(hash, 'hex') from ledger.entry order by feed, position")
    for row in rows:
        entry = dict(zip(columns, row))
        entry["position"] = int(entry["position"])
        for name in ("feed", "op_id"):
            entry[name] = uuid.UUID(entry[name]).bytes
        for name in ("request_hash", "body", "prev_hash", "hash"):
            entry[name] = bytes.fromhex(entry[name])
        yield entry


def heads(sql):
    return {uuid.UUID(feed).bytes: (int(position), bytes.fromhex(digest)) for feed, position, digest in
            sql("select feed, position, encode(hash, 'hex') from ledger.feed_head")}


def chain_problems(found, feed_heads):
    """Holes, wrong hashes, bytes that say something else than their row, heads beside the chain."""
    problems, reached = [], {}
    for entry in found:
        where = f"feed {entry['feed'].hex()} position {entry['position']}"
        position, digest = reached.get(entry["feed"], (0, GENESIS))
        if entry["position"] != position + 1:
            problems.append(f"{where}: follows {position}")
        if entry["prev_hash"] != digest:
            problems.append(f"{where}: previous hash")
        if hashlib.sha256(entry["prev_hash"] + entry["body"]).digest() != entry["hash"]:
            problems.append(f"{where}: hash")
        said = parse(entry["body"])
        if (said["feed"], int.from_bytes(said["position"], "big"), said["op_id"], said["request_hash"]) != (
                entry["feed"], entry["position"], entry["op_id"], entry["request_hash"]):
            problems.append(f"{where}: bytes")
        reached[entry["feed"]] = (entry["position"], entry["hash"])
    if reached != feed_heads:
        problems.append("a head is not the end of its chain")
    return problems


def operation_problems(operations, found, persons, before=frozenset()):
    """`persons` counts rows by id; `before` are op_ids of what was there when the writers came."""
    by_op, problems = collections.defaultdict(list), []
    for entry in found:
        by_op[entry["op_id"]].append(entry)
    for op in operations:
        made, rows = by_op.pop(op.op_id, []), persons.get(op.person_id, 0)
        expected = 1 if op.outcome == OK else 0
        if (len(made), rows) != (expected, expected):
            problems.append(f"{op.outcome} after {op.answers} answers: {len(made)} entries, {rows} rows")
        elif made and made[0]["request_hash"] != op.request_hash():
            problems.append("an entry with another request's hash")
        elif made and (made[0]["position"], made[0]["hash"]) != (op.position, op.head_hash):
            problems.append(f"the receipt {op.position} is not on the chain")
        if op.outcome not in (OK, FAIL):
            problems.append("still unknown")
    return problems + [f"an operation that nobody asked for: {op_id.hex()}" for op_id in by_op.keys() - before]


def problems(sql, operations, before):
    """All that is wrong, as sentences; `operations` is all that was asked of this database since `before`."""
    found = list(entries(sql))
    persons = {uuid.UUID(person).bytes: int(count) for person, count in
               sql("select id, count(*) from chibo.person group by id")}
    orphans = sql("select op_id from ledger.op o where position is null or not exists (select from ledger.entry e "
                  "where e.op_id = o.op_id and e.feed = o.feed and e.position = o.position)")
    return [*chain_problems(found, heads(sql)), *operation_problems(operations, found, persons, before),
            *(f"claimed without an entry: {op_id}" for (op_id,) in orphans)]
