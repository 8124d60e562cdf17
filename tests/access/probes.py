"""What can notice that a rule is broken: cells of the matrix, as trial runs, and cases of the other programs."""

import unittest

from access_case import WorldCase
from matrix import cells
from model import DENIED, NOT_FOUND
from routes import ROUTES

# Programs whose cases leave the district as it is, or all records that others look at, and those whose cases do not.
STILL = ("test_straight_sql", "test_catalogue", "test_duties")
MOVING = ("test_edges", "test_sessions", "test_duties_of_meetings", "test_edges_of_meetings", "test_duties_of_admissions",
          "test_edges_of_admissions")
# Cells that are asked before the answers are looked at.
AT_ONCE = 24


def denied(cell):
    return cell.expected == (DENIED, "permission_denied")


def unpermitted(cell):
    return denied(cell) or cell.expected == (DENIED, "grant_ended")


def out_of_scope(cell):
    return cell.expected[0] == NOT_FOUND


class Cells:
    """Cells of some routes: writes as trial runs first, so that the district stays as it is; then those that must be
    refused once more in earnest, since a trial run is also refused for want of a row to answer with."""

    def __init__(self, methods, wanted=lambda cell: True):
        self.methods, self.wanted = methods, wanted
        self.leaves_marks = False

    def failure(self, district):
        self.leaves_marks = False
        wrong = self.wrong(district, True, lambda cell: True)
        if not wrong:
            wrong = self.wrong(district, False, lambda cell: cell.row.write and not cell.accepted)
            self.leaves_marks = wrong is not None
        return wrong

    def wrong(self, district, trial, which):
        for method in self.methods:
            found = [cell for cell in cells(ROUTES[method]) if self.wanted(cell) and which(cell)]
            for some in (found[at:at + AT_ONCE] for at in range(0, len(found), AT_ONCE)):
                answers = district.ask_all(self.request(district, method, cell, trial) for cell in some)
                for cell, answer in zip(some, answers):
                    for wrong in cell.judge(answer):
                        return f"{method}, {cell}: {wrong}"
        return None

    def singles(self):
        """By name: all cells of each route."""
        for method in self.methods:
            yield method, Cells([method])

    @staticmethod
    def request(district, method, cell, trial):
        who, envelope, fields = cell.request(cell.target(district.targets))
        return who, method, {**envelope, "dry_run": True} if cell.row.write and trial else envelope, fields


class Case:
    """Cases of another program, here by their names, in the district that is standing."""

    def __init__(self, *names):
        self.names = names
        self.leaves_marks = any(name.startswith(MOVING) for name in names)

    def singles(self):
        """By name: all cases of each class."""
        for name in {".".join(name.split(".")[:2]) for name in self.names}:
            yield name, Case(name)

    def failure(self, district):
        suite = unittest.TestSuite(
            unittest.defaultTestLoader.loadTestsFromName(name) for name in self.names)
        result = unittest.TestResult()
        result.failfast = True
        WorldCase.standing = district
        try:
            suite.run(result)
        finally:
            WorldCase.standing = None
        for case, text in result.failures + result.errors:
            told = " ".join(text.strip().split("Error: ", 1)[-1].split())
            return f"{type(case).__module__}, {case.shortDescription() or case.id()}: {told[:60]}"
        assert result.testsRun, f"no such case: {self.names}"
        return None


def every_cell():
    return Cells([method for method, row in ROUTES.items() if row.fields])


def everything(gates):
    """The whole suite, what is quick before what is thorough; where the server stands alone the cells of the matrix."""
    if gates.prepare:
        return [every_cell()]
    found = [every_cell(), *(Case(program) for program in STILL)]
    for program in MOVING:
        for suite in unittest.defaultTestLoader.loadTestsFromName(program):
            found += [Case(f"{program}.{type(case).__name__}") for case in list(suite)[:1]]
    return found
