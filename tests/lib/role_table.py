#!/usr/bin/python3
"""Who may do what, as PROTOCOL.md prints it, out of the rows that decide it.

usage: tests/lib/role_table.py [--write]

Prints the table, or with --write puts it into PROTOCOL.md. Migrates a database of the tests' cluster for it.
"""

import re
import sys

from cluster import Cluster
from paths import ROOT

PAGE = ROOT / "PROTOCOL.md"
BLOCK = re.compile(r"(?<=<!-- tests/lib/role_table.py -->\n).*?(?=<!-- end -->)", re.S)


def table(cluster, database):
    roles = [code for code, in cluster.psql(database, "select code from auth.role order by rank, code")]
    reach = {(permission, role): reach for permission, role, reach in cluster.psql(
        database, "select permission, role, reach from auth.role_permission")}
    rows = [["permission", *roles], ["---"] * (len(roles) + 1)]
    for permission, in cluster.psql(database, "select code from auth.permission order by order_no"):
        rows.append([permission, *(reach.get((permission, role), "") for role in roles)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def printed():
    return BLOCK.search(PAGE.read_text(encoding="utf-8"))[0]


def main():
    cluster = Cluster()
    made = table(cluster, cluster.migrated())
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(BLOCK.sub(made, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        print(made, end="")


if __name__ == "__main__":
    main()
