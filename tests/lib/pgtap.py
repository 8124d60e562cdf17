#!/usr/bin/python3
"""Runs a pgTAP file in a database of its own; what psql prints is TAP.

usage: pgtap.py FILE
"""

import subprocess
import sys

from cluster import Cluster


def main():
    cluster = Cluster()
    with cluster.database() as database:
        cluster.psql(database, "create extension if not exists pgtap")
        done = subprocess.run(["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", database,
                               "-f", sys.argv[1]], env=cluster.environment)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
