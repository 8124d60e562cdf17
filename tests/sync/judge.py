"""Holds a world against what was promised: all that is wrong, as sentences. Everything is drained before."""

import hashlib
import subprocess
import uuid

import chain_check
from book import FAIL, OK, bytes_below

ANSWERED = {"saved", "parked", "told"}


def hexes(ids):
    return ", ".join(f"'{uuid.UUID(bytes=one)}'" for one in ids)


def of_world(world):
    """Everything about one world that its wards' computers and the database can say."""
    found = list(world.troubles)
    for ward in world.wards:
        found += [f"{ward.name}: {text}" for text in
                  (*outbox(world, ward), *ward.store.problems(), *heads(world, ward), *replica(world, ward))]
    return found + journal(world) + operations(world) + canaries(world)


# ---- one operation, one effect ----

def operations(world):
    """(1) to (4) and (8): what was acknowledged is there once, with that hash; what was refused is not; nothing else is."""
    sql, problems = world.district.sql, []
    devices = hexes(ward.device for ward in world.wards)
    rows = {uuid.UUID(op_id).bytes: (uuid.UUID(device).bytes, int(seq), bytes.fromhex(hash_), int(entries), parked,
                                     int(wrong))
            for op_id, device, seq, hash_, entries, parked, wrong in sql(f"""
                select o.op_id, o.device_id, o.device_seq, encode(o.request_hash, 'hex'), count(e.op_id),
                       coalesce(p.state::text, ''), count(e.op_id) filter (where e.request_hash <> o.request_hash)
                from ledger.op o left join ledger.entry e on e.op_id = o.op_id left join ledger.parked p on p.id = o.op_id
                where o.device_id in ({devices}) group by o.op_id, p.state""")}
    kept = {op.op_id: (ward, op) for ward in world.wards for op in ward.store.outbox()}
    for op_id, (ward, op, outcome) in world.ops.items():
        there, now = rows.pop(op_id, None), kept.get(op_id, (None, None))[1]
        where = f"{ward.name} {op}: {outcome}"
        if there is None:
            problems.append(f"{where}, and the server does not have it")
            continue
        device, seq, hash_, entries, parked, wrong = there
        if (device, seq, hash_) != (ward.device, op.seq, op.request_hash) or wrong:
            problems.append(f"{where}, and the server has another one under its op_id")
        if entries < 1:
            problems.append(f"{where}, and has no entry")
        if parked and outcome == OK:
            problems.append(f"{where}, and was refused")
        if not parked and outcome == FAIL:
            problems.append(f"{where}, and took effect")
        if now is not None and (now.state == "saved") == bool(parked):
            problems.append(f"{where}: here {now.state}, there {parked or 'saved'}")
    return problems + [f"an operation that nobody asked for: {op_id.hex()}" for op_id in rows]


def journal(world):
    """The journal on disk says what is known here: it was synced line by line."""
    lines = {line["op_id"] for line in world.journal.lines() if "op_id" in line}
    return [] if lines == {op_id.hex() for op_id in world.ops} else ["the journal and the memory of it differ"]


def outbox(world, ward):
    """Gapless, chained, all answered, and the server's end of it is its end."""
    before, seq = bytes(32), 0
    for op in ward.store.outbox():
        if op.seq != seq + 1 or op.prev_hash != before:
            yield f"the chain of the outbox breaks at {op}"
        seq, before = op.seq, hashlib.sha256(op.prev_hash + op.seq.to_bytes(8, "big") + op.op_id + op.request_hash).digest()
        if before != op.hash:
            yield f"the hash of {op}"
        if op.state not in ANSWERED:
            yield f"not drained: {op}"
    (high, digest, state), = world.district.sql("select high_seq, encode(high_hash, 'hex'), state from auth.device "
                                                f"where id = '{uuid.UUID(bytes=ward.device)}'")
    if (int(high), bytes.fromhex(digest), state) != (seq, before, "active"):
        yield f"the server has its chain at {high} {state}, it is at {seq}"


# ---- feeds ----

def feeds(district):
    """(5): holes, hashes, heads; and what chibod itself says of its ledger."""
    problems = chain_check.chain_problems(list(chain_check.entries(district.sql)), chain_check.heads(district.sql))
    problems += [f"feed {feed}: {last} positions, {count} entries" for feed, last, count in district.sql(
        "select feed, max(position), count(*) from ledger.entry group by feed having max(position) <> count(*)")]
    problems += [f"claimed and without an entry: {op_id}" for (op_id,) in district.sql(
        "select op_id from ledger.op o where not exists (select from ledger.entry e where e.op_id = o.op_id)")]
    try:
        district.server.chibod("ledger", "verify", "-c", district.server.config)
    except RuntimeError as error:
        problems.append(str(error))
    return problems


def heads(world, ward):
    """What a ward keeps of its feeds lies on their chains, and reaches its own one's head."""
    cursors = ward.store.cursors()
    if ward.unit not in cursors:
        yield "it does not read its feed"
    for feed, (position, digest, marks) in cursors.items():
        asked = [(position, digest), *marks]
        there = {int(at): bytes.fromhex(hash_) for at, hash_ in world.district.sql(
            f"select position, encode(hash, 'hex') from ledger.entry where feed = '{uuid.UUID(bytes=feed)}' "
            f"and position in ({', '.join(str(at) for at, _ in asked)})")}
        for at, hash_ in asked:
            if at and there.get(at) != hash_:
                yield f"its head {at} of {feed.hex()} is not on the chain"
        (head,), = world.district.sql(f"select position from ledger.feed_head where feed = '{uuid.UUID(bytes=feed)}'")
        if feed == ward.unit and int(head) != position:
            yield f"it read its feed up to {position} of {head}"


# ---- replicas ----

OWN = ("unit", "person", "member", "membership", "meeting", "task", "candidate")


def replica(world, ward):
    """(6): the records of its scope in their newest versions, and no others; not by the digests that the sync compares."""
    below = f"select unit_id from auth.tree where feed_id = '{uuid.UUID(bytes=ward.unit)}'"
    tables = " union all ".join(f"select '{table}', id, version from chibo.{table} where unit_id in ({below})"
                                for table in OWN if table != "unit")
    there = {(entity, uuid.UUID(key).bytes): int(version) for entity, key, version in world.district.sql(
        f"select 'unit', id, version from chibo.unit where id in ({below}) union all {tables}")}
    here = {key: version for key, version in ward.store.records().items() if key[0] in OWN}
    for key in sorted(there.keys() | here.keys()):
        if there.get(key) != here.get(key):
            yield f"{key[0]} {key[1].hex()} is at {here.get(key)} in its copy and at {there.get(key)} on the server"
    with ward.clerk() as clerk:
        digests = {}
        for feed in clerk.read("SyncService/Feeds").feeds:
            for row in clerk.read("SyncService/Digest", feed=feed.feed).digests:
                if row.count:
                    digests[feed.feed, row.entity, row.unit_id or None] = (row.count, row.digest)
    if digests != ward.store.digests():
        yield "its digests are not the server's"


def canaries(world):
    """(7): no computer holds a name of another ward: its files none of those that it never had, nor of those that left,
    unless its own outbox wrote them; what was printed there none of those that it never had."""
    wards = hexes(ward.unit for ward in world.wards)
    owner = {name.encode(): uuid.UUID(unit).bytes for unit, name in world.district.sql(
        "select t.feed_id, p.given_name from chibo.person p join auth.tree t on t.unit_id = p.unit_id "
        f"where t.feed_id in ({wards})")}
    had = {(uuid.UUID(unit).bytes, name.encode()) for unit, name in world.district.sql(
        "select distinct r.feed, p.given_name from ledger.record r join chibo.person p on p.id = r.id "
        f"where r.entity = 'person' and r.kind <> 'read' and r.feed in ({wards})")}
    for ward in world.wards:
        files, printed = bytes_below(ward.home), "\n".join(ward.said).encode()
        written = world.written.get(ward, ())
        for name in (name for name, unit in owner.items() if unit != ward.unit and name not in written):
            if name in files:
                return [f"{ward.name} keeps the name {name.decode()}, which is another ward's"]
            if name in printed and (ward.unit, name) not in had:
                return [f"{ward.name} printed the name {name.decode()}, which never was its own"]
        if not any(unit == ward.unit and name in files + printed for name, unit in owner.items()):
            return [f"{ward.name} holds no name of its own: the scan sees nothing"]
    return []


# ---- the machine ----

def database(district):
    """(9): pages and indexes."""
    done = subprocess.run(["/usr/lib/postgresql/15/bin/pg_amcheck", "--install-missing", "--heapallindexed", "-U",
                           "postgres", "-d", district.database], env=district.cluster.environment, text=True,
                          capture_output=True)
    return [] if done.returncode == 0 else [f"pg_amcheck: {done.stdout}{done.stderr}"]


def baseline(district):
    """(10): of descriptors and connections, while nobody is there."""
    import os
    return {"descriptors": len(os.listdir(f"/proc/{district.server.process.pid}/fd")), "backends": len(district.backends())}
