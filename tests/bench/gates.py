"""What the gates cost: the point read behind none, behind the database's, and behind the targets as well."""

import contextlib
import shutil
import statistics

import workloads
from paths import CHIBOD, CHIBOD_OPEN_GATE, ROOT
from server import Server

SQL_DIR = ROOT / "server" / "sql"
CLIENTS = 2
NONE, DATABASE, ALL = "SELECT alone", "+ enter, policies", "+ check_targets"
LEVELS = (NONE, DATABASE, ALL)
SEES_EVERYTHING = "postgres"


def open_scope(cluster, database):
    """Who sees everything is the caller always, with the whole tree for his scope: the statements do the same work."""
    session, account, person = cluster.psql(database, "select s.session_id, a.id, a.person_id from auth.session s "
                                                      "join auth.account a on a.id = s.account_id")[0]
    for name, value in (("lo", 1), ("hi", 2147483647), ("session_id", session), ("account_id", account),
                        ("person_id", person)):
        cluster.psql("postgres", f"alter role {SEES_EVERYTHING} in database {database} set app.{name} = '{value}'")


def statements(workload, level):
    """Of the whole chain: auth.enter, auth.check_targets, and then the method's own."""
    enter, check, *own = workload.statements(SQL_DIR)
    assert "auth.enter" in enter and "auth.check_targets" in check
    return {NONE: own, DATABASE: [enter, *own], ALL: [enter, check, *own]}[level]


def without_enter(directory):
    """The statement files, with an auth.enter that does nothing."""
    copy = directory / "sql"
    shutil.copytree(SQL_DIR, copy)
    (copy / "internal" / "enter.sql").write_text(
        "-- args:\nselect null::uuid as account_id, null::uuid as grant_id\n", encoding="utf-8")
    return copy


@contextlib.contextmanager
def servers(bench, make_bench):
    """A measuring bench for each level; the servers stand side by side."""
    opened = {"environment": {"CHIBO_OPEN_ROUTES": "*"}, "program": CHIBOD_OPEN_GATE}
    common = (bench.cluster, bench.database)
    with contextlib.ExitStack() as stack:
        none = Server(*common, db_user=SEES_EVERYTHING, sql_dir="", **opened)
        none.settings["sql_dir"] = without_enter(none.directory)
        made = {NONE: none, DATABASE: Server(*common, **opened), ALL: Server(*common, program=CHIBOD)}
        yield {level: make_bench(*common, stack.enter_context(server), bench.seconds) for level, server in made.items()}


def block(bench, served, workload, order, report):
    """One measurement of each level at both places."""
    found = {}
    for level in order:
        user = SEES_EVERYTHING if level == NONE else "chibo_app"
        found["database", level] = bench.pgbench(workload, CLIENTS, statements(workload, level), user)
        report.say(f"  database  {level:<18}{found['database', level].text()}")
    for level in order:
        found["server", level] = served[level].chibod(workload)
        report.say(f"  server    {level:<18}{found['server', level].text()}")
    return found


def interval(ratios):
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def measure(bench, make_bench, blocks, members, report):
    """Prints every block; returns the lines of the summary: each level by the one without gates."""
    workload = next(found for found in workloads.all_of(members) if found.key == "get")
    bench.check(workload)
    report.say(f"\nThe gates: {workload.method}, pgbench with {CLIENTS} clients, chibod with "
               f"{workload.connections} connections × {workload.depth} in flight")
    with servers(bench, make_bench) as served:
        found = [block(bench, served, workload, order, report)
                 for _ in range(blocks) for order in (LEVELS, LEVELS[::-1])]
    lines = []
    for place in ("database", "server"):
        for level in LEVELS:
            each = [(results[place, level], results[place, NONE]) for results in found]
            cpu = statistics.median(this.total_us() for this, _ in each)
            lines.append(f"  {place:<10}{level:<18}{interval([this.rate / none.rate for this, none in each]):<24}"
                         f"{interval([this.total_us() / none.total_us() for this, none in each]):<24}{cpu:8.1f}")
    return lines
