"""Stories that wards on bad lines live through. Each returns what went wrong, as sentences; none: all is well. Planted bugs are
caught by the very same ones."""

import contextlib
import re
import shutil
import subprocess
import threading
import uuid

from world import FAKETIME, World, uuid7

import chain_check
import enrolled
import example
import judge
from book import Store, bytes_below
from cli import Cli
from client import MESSAGES, Refused
from paths import CHIBO


def said(what, is_so):
    return [] if is_so else [what]


def update(member, version, away="yes"):
    return ["member", "update", uuid.UUID(bytes=member), "--base-version", version, "--works-away", away]


def task(ward, name):
    return ["task", "create", name, "--source", "other", "--due-on", "2030-01-01", "--unit-id",
            uuid.UUID(bytes=ward.branches[0])]


@contextlib.contextmanager
def world(district, wards=1, chibo=CHIBO, members=2):
    with World(district, 0, wards=wards, chibo=chibo, members=members) as made:
        yield made


# ---- one operation ----

def repeated(district):
    """Sent twice, with another one between: one effect, the same receipt."""
    with world(district) as made, made.wards[0].clerk() as clerk:
        fields = {"id": uuid7(), "unit_id": made.wards[0].unit, "family_name": "Lê", "given_name": "Thử", "sex": "SEX_FEMALE",
                  "born_on": "1990"}
        op_id = uuid7()
        clerk.submit("PersonService/Create", op_id=op_id, **fields)
        first = clerk.last
        clerk.submit("PersonService/Create", **{**fields, "id": uuid7()})
        try:
            clerk.submit("PersonService/Create", op_id=op_id, **fields)
        except Refused as refusal:
            return [f"sent again it was refused: {refusal}"]
        again = clerk.last
        return said("sent again it was done again", again.replayed and
                    (again.position, again.head_hash) == (first.position, first.head_hash))


def out_of_order(district):
    """A computer's operations in the wrong order and twice: each in its place once, the early one is told what is missing."""
    with world(district) as made:
        ward, computer = made.wards[0], enrolled.computer(district.server, made.wards[0].unit)
        with computer.connect(district.server) as client:
            client.token = client.login(ward.login, example.PASSWORD).token
            ops = []
            for number in range(3):
                fields = {"id": uuid7(), "unit_id": ward.unit, "family_name": "Lê", "given_name": f"Thử {'abc'[number]}",
                          "sex": "SEX_FEMALE", "born_on": "1990"}
                body = enrolled_body(fields)
                ops.append((uuid7(), body, computer.seq + 1, computer.hash))
                computer.advance(ops[-1][0], "PersonService/Create", body)
            answers = [send(client, computer, *ops[n]) for n in (0, 2, 1, 1, 2, 0, 2)]
        told = [(a.status.rule, a.replayed) for a in answers]
        return said(f"answers were {told}", told == [("", False), ("gap", False), ("", False), ("", True), ("", False),
                                                     ("", True), ("", True)])


def enrolled_body(fields):
    return MESSAGES["PersonCreateRequest"](**fields).SerializeToString()


def send(client, computer, op_id, body, seq, before):
    return client.exchange(client.request("PersonService/Create", body, op_id=op_id, device_id=computer.id, device_seq=seq,
                                          prev_hash=before))


def other_bytes(district):
    """The same op_id with other bytes is refused and does nothing."""
    with world(district) as made, made.wards[0].clerk() as clerk:
        fields = {"id": uuid7(), "unit_id": made.wards[0].unit, "family_name": "Lê", "given_name": "Thử", "sex": "SEX_FEMALE",
                  "born_on": "1990"}
        op_id = uuid7()
        clerk.submit("PersonService/Create", op_id=op_id, **fields)
        try:
            clerk.submit("PersonService/Create", op_id=op_id, **{**fields, "given_name": "Khác"})
        except Refused as refusal:
            return said(f"refused as {refusal.rule}", refusal.rule == "op_id_reused")
        return ["other bytes under the same op_id were accepted"]


FAILING_COMMIT = """
create function chibo.fails_at_commit() returns trigger language plpgsql as
$$ begin raise exception 'planted' using errcode = 'ZZ001'; end $$;
grant execute on function chibo.fails_at_commit to public;
create constraint trigger fails_at_commit after insert on chibo.task deferrable initially deferred
for each row execute function chibo.fails_at_commit();
"""


def commit_fails(district):
    """Whatever the rows said: without the commit nothing is acknowledged."""
    with world(district) as made, made.wards[0].clerk() as clerk:
        district.sql(FAILING_COMMIT)
        try:
            clerk.submit("TaskService/Create", id=uuid7(), source="TASK_SOURCE_OTHER", unit_id=made.wards[0].branches[0],
                         title="Việc", due_on="2030-01-01")
        except Refused:
            return []
        finally:
            district.sql("drop trigger fails_at_commit on chibo.task; drop function chibo.fails_at_commit()")
        return ["acknowledged, and nothing was committed"]


def full_disk(district, chibo=CHIBO, environment=()):
    """A full disk: what is not on it is not queued."""
    with world(district, chibo=chibo) as made:
        ward = made.wards[0]
        ward.sync(environment=environment)
        for size in (0, 4096, 24576, *[ward.store.path.stat().st_size] * 16):   # the last ones fail at the commit, when the file would grow
            ward.write(*task(ward, f"Việc {size}"), "--offline", wrap=("prlimit", f"--fsize={size}"), environment=environment)
        ward.write(*task(ward, "Việc sau đó"), "--offline")
        made.heal()
        ward.drain()
        return judge.of_world(made)


# ---- feeds ----

def racing(district, writers=4, each=15):
    """Many writers in one feed, some of them refused: no holes, one chain."""
    with world(district) as made:
        ward, refused = made.wards[0], []

        def write():
            with ward.clerk() as clerk:
                for number in range(each):
                    try:
                        clerk.submit("PersonService/Create", dry_run=number % 5 == 4 or None, id=uuid7(), unit_id=ward.unit,
                                     family_name="Lê", given_name="Thử", sex="SEX_FEMALE", born_on="1990")
                    except Refused as refusal:
                        refused.append(str(refusal))

        threads = [threading.Thread(target=write) for _ in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        found = [entry for entry in chain_check.entries(district.sql) if entry["feed"] == ward.unit]
        heads = {feed: head for feed, head in chain_check.heads(district.sql).items() if feed == ward.unit}
        return refused + chain_check.chain_problems(found, heads)


def idle_elsewhere(district):
    """A transaction that is left open in another database keeps nobody from reading."""
    with world(district) as made:
        ward = made.wards[0]
        ward.sync()
        idle = subprocess.Popen(["psql", "-X", "-q", "-t", "-U", "postgres", "-d", "postgres"], text=True,
                                env=district.cluster.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            idle.stdin.write("begin; create table held (); select 'held';\n")
            idle.stdin.flush()
            while "held" not in idle.stdout.readline():
                pass
            with ward.clerk() as clerk:
                made.create(clerk, ward, ward.branches[0])
            code, _, err = ward.sync()
            return [*said(f"sync: exit {code} {err}", code == 0), *said("it copied everything again", "First copy" not in err),
                    *judge.heads(made, ward), *judge.replica(made, ward)]
        finally:
            idle.communicate("rollback;\n", timeout=10)


def follows(district, chibo=CHIBO, environment=()):
    """A ward that pulls what others wrote stands on the chain, where it says it does."""
    with world(district, chibo=chibo) as made:
        ward = made.wards[0]
        ward.sync(environment=environment)
        with ward.clerk() as clerk:
            for _ in range(2):
                made.create(clerk, ward, ward.branches[0])
        code, _, err = ward.sync(environment=environment)
        return [*said(f"sync: exit {code} {err}", code == 0), *said("it copied everything again", "First copy" not in err),
                *judge.heads(made, ward), *judge.replica(made, ward)]


# ---- computers ----

def copied(district):
    """A store on two computers: the second one that writes is found, and nothing of either is lost."""
    with world(district) as made:
        ward = made.wards[0]
        ward.sync()
        twin = Cli(made.directory / "twin", CHIBO_LANG="en")
        shutil.rmtree(twin.directory)
        shutil.copytree(ward.home, twin.directory)
        ward.write(*task(ward, "Việc của máy thật"))
        twin.run(*task(ward, "Việc của máy kia"))
        twin.run("sync")
        ward.write(*task(ward, "Việc nữa của máy thật"), "--offline")
        return nothing_lost(district, ward, [ward.store, Store(next(twin.directory.rglob("store-*.sqlite")))])


def nothing_lost(district, ward, stores):
    """Each operation of both computers is on the server or in a queue, and the computer is set apart."""
    there = {uuid.UUID(op).bytes for (op,) in district.sql(
        f"select op_id from ledger.op where device_id = '{uuid.UUID(bytes=ward.device)}' union select id from ledger.parked "
        f"where device_id = '{uuid.UUID(bytes=ward.device)}'")}
    problems = [f"lost: {op}" for store in stores for op in store.outbox()
                if op.op_id not in there and op.state not in ("waiting", "unknown")]
    (state,), = district.sql(f"select state from auth.device where id = '{uuid.UUID(bytes=ward.device)}'")
    return problems + said(f"two computers write under one key, and it is {state}", state == "quarantined")


def older_store(district):
    """A computer put back to an older state: known operations are replays, new ones a fork; nothing is lost."""
    with world(district) as made:
        ward = made.wards[0]
        ward.write(*task(ward, "Việc một"), "--offline")
        old = made.directory / "old"
        shutil.copy(ward.store.path, old)
        ward.drain()
        shutil.copy(old, ward.store.path)
        code, _, err = ward.sync()
        problems = said(f"a known operation: exit {code} {err}", code == 0)
        shutil.copy(ward.store.path, old)
        ward.write(*task(ward, "Việc hai"))
        lost = ward.store.outbox()[-1]
        shutil.copy(old, ward.store.path)
        ward.run(*task(ward, "Việc ba"))
        there = district.sql(f"select 1 from ledger.op where op_id = '{lost.op_id.hex()}'")
        return [*problems, *said("what it had sent is lost", there), *nothing_lost(district, ward, [ward.store])]


def away(district):
    """Sixty days without a line: everything goes out, in order, and everything comes."""
    if FAKETIME is None:
        return []
    with world(district) as made:
        ward = made.wards[0]
        ward.sync()
        then = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "-60d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        for number in range(5):
            ward.write(*task(ward, f"Việc {number}"), "--offline", environment=then)
        district.sql(f"update auth.device set seen_at = now() - interval '60 days' where id = '{uuid.UUID(bytes=ward.device)}'")
        with ward.clerk() as clerk:
            made.create(clerk, ward, ward.branches[0])
        ward.drain()
        return judge.of_world(made)


# ---- the district ----

CONTENTS = {"person": "id, unit_id, full_name, profession", "member": "id, unit_id, status, works_away",
            "membership": "member_id, unit_id, during", "task": "id, unit_id, title, state"}


def contents(district):
    return {table: sorted(map(tuple, district.sql(f"select {columns} from chibo.{table}")))
            for table, columns in CONTENTS.items()}


def restored(district, wards=5, chibo=CHIBO, environment=()):
    """The district goes back to a dump while the wards go on: in the end everything is there as if it had not."""
    with world(district, wards=wards, chibo=chibo) as made:
        for ward in made.wards:
            ward.write(*task(ward, "Việc trước"), environment=environment)
            ward.sync(environment=environment)
        dump = made.directory / "dump"
        postgres(district, "pg_dump", "-Fc", "-f", dump, "-d", district.database)
        for ward in made.wards:
            ward.write(*task(ward, "Việc sau"), environment=environment)
            ward.write(*update(ward.members[0], 1), environment=environment)
            ward.sync(environment=environment)
        expected = contents(district)
        for ward in made.wards:
            ward.write(*update(ward.members[0], 2, "no"), "--offline", environment=environment)
        district.server.kill()
        district.cluster.drop(district.database)
        district.cluster.psql("postgres", f'create database "{district.database}" template template0')
        postgres(district, "pg_restore", "-d", district.database, dump)
        district.cluster.psql("postgres", f'revoke create, temporary on database "{district.database}" from public')
        district.restart_server()
        made.line.target(district.server.port)
        for ward in made.wards:
            for _ in range(3):
                if ward.sync(environment=environment)[0] == 0:
                    break
        away_again = {table: [row for row in rows] for table, rows in contents(district).items()}
        expected["member"] = sorted((one, unit, status, "f" if uuid.UUID(one).bytes in {w.members[0] for w in made.wards}
                                     else works_away) for one, unit, status, works_away in expected["member"])
        problems = [f"{table}: {set(expected[table]) ^ set(away_again[table])}" for table in CONTENTS
                    if expected[table] != away_again[table]]
        return problems or judge.of_world(made)


def postgres(district, program, *arguments):
    done = subprocess.run([program, "-U", "postgres", *map(str, arguments)], env=district.cluster.environment, text=True,
                          capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"{program}: {done.stderr[-2000:]}")


def left_with_a_queue(district):
    """A member moves to another ward while the old one, off the line, has operations on him: it purges him, what it wanted is
    kept, both can see it, and it counts nowhere."""
    with world(district, wards=2) as made:
        old, new = made.wards
        member = old.members[0]
        (name,), = district.sql("select p.given_name from chibo.person p join chibo.member m on m.person_id = p.id where m.id = "
                                f"'{uuid.UUID(bytes=member)}'")
        for ward in made.wards:
            ward.sync()
        queued = [old.write(*update(member, 1), "--offline")[1], old.write(*update(member, 2, "no"), "--offline")[1]]
        made.transfer(member, new)
        told = " ".join(text for (text,) in district.sql(
            f"select touched from ledger.entry where feed = '{uuid.UUID(bytes=old.unit)}'"))
        problems = said("the old feed was not told that he left", f"{uuid.UUID(bytes=member)},2,left_scope" in told)
        _, _, err = old.sync()
        problems += said("the old ward had to copy everything again", not re.search("First copy|copied again", err))
        old.drain()
        new.drain()
        problems += said("the old ward still holds his record", ("member", member) not in old.store.records())
        problems += said("the new ward does not hold his record", ("member", member) in new.store.records())
        problems += said("his name is still on the old ward's disk", name.encode() not in bytes_below(old.home))
        kept = {op.op_id: op.state for op in old.store.outbox()}
        problems += said(f"what waited is {kept}", all(kept[op.op_id] == "parked" for op in queued))
        with old.clerk() as clerk, district.speaking_as("officer") as officer:
            for who, client in (("the ward", clerk), ("the district", officer)):
                try:
                    seen = {op.id for op in client.read("ConflictService/List").operations}
                except Refused as refusal:
                    seen = {refusal}
                problems += said(f"{who} does not see what waited: {seen}", {op.op_id for op in queued} <= seen)
        (works_away,), = district.sql(f"select works_away from chibo.member where id = '{uuid.UUID(bytes=member)}'")
        return problems + said("it counted", works_away == "f") + judge.of_world(made)


def poison(district, count=1000):
    """One operation among a thousand that can never be: 999 pass, it alone is kept."""
    with world(district) as made:
        ward, computer = made.wards[0], enrolled.computer(district.server, made.wards[0].unit)
        rules = []
        with computer.connect(district.server) as client:
            client.login(ward.login, example.PASSWORD)
            for number in range(count):
                fields = {"id": uuid7(), "unit_id": uuid7() if number == count // 2 else ward.unit, "family_name": "Lê",
                          "given_name": "Thử", "sex": "SEX_FEMALE", "born_on": "1990"}
                request = client.request("PersonService/Create", enrolled_body(fields), op_id=uuid7())
                reply = client.exchange(request)
                if reply.status.code:
                    rules.append((number, reply.status.rule, reply.parked))
        (high, parked), = district.sql("select d.high_seq, (select count(*) from ledger.parked p where p.device_id = d.id and "
                                       f"p.state = 'open') from auth.device d where d.id = '{uuid.UUID(bytes=computer.id)}'")
        return said(f"refused: {rules[:5]}, at {high}, {parked} parked",
                    rules == [(count // 2, "not_found", True)] and (int(high), int(parked)) == (count, 1))
