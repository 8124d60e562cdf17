#!/usr/bin/python3
"""Loads the example district into a running server through the ordinary client.

usage: load.py --chibo PROGRAM DIRECTORY [PLACE...]

DIRECTORY is what generate.py wrote; the caller is logged in and acts for the
office of a ward committee at the root (WO). Loads units and schemes, then the
member lists of the named places (default: all). What is already there is left as it is, so a load
that broke off is simply run again.
"""

import argparse
import csv
import pathlib
import subprocess
import sys

import places

EXISTS = 7        # the client's exit code
UNITS = {"nghia-lo": "NLO", "thuy-xuan": "HUE.TX", "nghi-tan": "CLO.NT"}


class Loader:
    def __init__(self, chibo, directory):
        self.chibo = chibo
        self.directory = directory

    def run(self, *arguments, accept=(0,), **options):
        done = subprocess.run([self.chibo, *arguments], text=True, **options)
        if done.returncode not in accept:
            sys.exit(f"chibo {' '.join(arguments)}: exit {done.returncode}\n{done.stderr or ''}")
        return done

    def create(self, *arguments):
        """True if the record is new."""
        return self.run(*arguments, accept=(0, EXISTS), capture_output=True).returncode == 0

    def rows(self, name):
        with (self.directory / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def units(self):
        rows = self.rows("units.csv")
        new = 0
        for row in rows:
            options = [f"--parent-id={row.pop('parent_id') or places.ROOT_CODE}"]
            for name, value in row.items():
                if value:
                    options.append(f"--{name.replace('_', '-')}={value}")
            new += self.create("unit", "create", *options)
        print(f"units: {len(rows)}, of them new: {new}", flush=True)

    def schemes(self):
        for row in self.rows("schemes.csv"):
            lines = self.directory / "schemes" / f"{row['code']}.csv"
            self.create("scheme", "create", f"--code={row['code']}", f"--name={row['name']}",
                        f"--lines-from={lines}")
            print(f"scheme: {row['code']}", flush=True)

    def members(self, place):
        print(f"members: {place}", flush=True)
        self.run("import", "member", str(self.directory / "members" / f"{place}.csv"),
                 f"--unit-id={UNITS[place]}", stdin=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description="Loads the example district through the client.")
    parser.add_argument("--chibo", default="chibo")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("place", nargs="*", help="default: " + ", ".join(UNITS))
    options = parser.parse_args()
    unknown = set(options.place) - set(UNITS)
    if unknown:
        parser.error(f"no such place: {', '.join(sorted(unknown))}")
    loader = Loader(options.chibo, options.directory)
    loader.units()
    loader.schemes()
    for place in options.place or UNITS:
        loader.members(place)


if __name__ == "__main__":
    main()
