"""The workloads: what chibo_load sends, and the identical chain of statements for pgbench."""

import dataclasses

import chain

BRANCHES, FIRST_BRANCH = 200, 1000      # as in seed.sql
FIRST_MEMBER = 20_000_000
IMPORT_WARD, IMPORT_BRANCH = 100, "W00.0"


def seeded(variable):
    """An id of the seeded database; lpad stands for the 16 bytes that chibod binds."""
    return f"lpad(:{variable}, 32, '0')"


@dataclasses.dataclass
class Workload:
    key: str                 # of chibo_load
    title: str
    method: str
    target: float            # ours / pgbench
    prelude: list            # of the pgbench script
    values: dict             # request fields -> what stands for $n
    connections: int = 4
    depth: int = 4
    pick: tuple = (FIRST_BRANCH, BRANCHES)
    is_write: bool = False
    rows: int = 3            # of the whole chain
    more: tuple = ()         # options of chibo_load

    def statements(self, sql_dir):
        enter = {"token_hash": ":token_hash", "method": ":method", "read_only": ":read_only",
                 "timeout_ms": ":timeout_ms"}
        claim = {"op_id": seeded("n"), "request_hash": ":request_hash"} if self.is_write else None
        return chain.chain(sql_dir, self.method, enter, self.values, claim)

    def variables(self, token_hash):
        """Values that are the same in every transaction."""
        return {"token_hash": f"\\x{token_hash.hex()}", "method": self.method,
                "read_only": "false" if self.is_write else "true", "timeout_ms": "30000",
                "request_hash": "\\x" + "5a" * 32, "limit": "100", "family": "Nguyễn", "middle": "Thị",
                "given": "Thử", "sex": "female", "born": "1990-05", "seq": "0"}

    def load_options(self):
        first, count = self.pick
        return ["--workload", self.key, "--pick", f"{first}:{count}", "--connections", str(self.connections),
                "--depth", str(self.depth), *self.more]


# Ids that nobody has used: :base grows with the clock, :seq with the client's transactions.
FRESH = ["\\set seq :seq + 1", "\\set n :base + :seq * 64 + :client_id"]
PICK_BRANCH = f"\\set u random({FIRST_BRANCH}, {FIRST_BRANCH + BRANCHES - 1})"


def fresh_ids(offset):
    """A thousand new ids; chibo_load sends them in the request."""
    return f"array(select lpad((:n::int8 + 3 * i + {offset})::text, 32, '0') from generate_series(1, 1000) i)"


def filled(value):
    return f"array_fill({value}::text, '{{1000}}')"


NUMBER = "(:first::int8 + (:seq::int8 * 8 + :client_id::int8) * 1000 + i)"
LINES = {
    "lines.row_no": "array(select generate_series(1, 1000))",
    "lines.id": fresh_ids(0), "lines.person_id": fresh_ids(1), "lines.membership_id": fresh_ids(2),
    "lines.unit_code": filled(f"'{IMPORT_BRANCH}'"), "lines.family_name": filled("'Trần'"),
    "lines.middle_name": filled("'Văn'"), "lines.given_name": filled("'Mẫu'"), "lines.sex": filled("'male'"),
    "lines.born_on": filled("'1991-07-12'"), "lines.native_place": filled("'huyện Văn Chấn, Yên Bái'"),
    "lines.status": filled("'probationary'"), "lines.decision_on": filled("'2025-05-19'"),
    "lines.joined_on": filled("'2025-06-01'"),
    "lines.biography_no": f"array(select lpad(({NUMBER} % 1000000)::text, 6, '0') || "
                          f"chr(65 + ({NUMBER} / 1000000 % 26)::int4) || "
                          f"chr(65 + ({NUMBER} / 26000000 % 26)::int4) from generate_series(1, 1000) i)",
}
ABSENT = {f"lines.{name}": filled("null") for name in
          ("kind", "from_on", "education", "profession", "full_on", "card_no", "works_away")}


def all_of(members):
    return [
        Workload("get", "W1 point read", "MemberService/Get", 0.62,
                 [f"\\set n random({FIRST_MEMBER}, {FIRST_MEMBER + members - 1})"], {"id": seeded("n")},
                 pick=(FIRST_MEMBER, members)),
        Workload("list", "W2 page of 100", "MemberService/List", 0.85, [PICK_BRANCH],
                 {"unit_id": seeded("u"), "limit": ":limit"}, rows=1 + min(100, members // BRANCHES)),
        Workload("create", "W3 single durable submit", "PersonService/Create", 0.75,
                 [*FRESH, PICK_BRANCH],
                 {"id": seeded("n"), "unit_id": seeded("u"), "family_name": ":family", "middle_name": ":middle",
                  "given_name": ":given", "sex": ":sex", "born_on": ":born"}, is_write=True),
        Workload("import", "W4 import of 1000", "MemberService/Import", 0.90,
                 ["\\set seq :seq + 1", "\\set n :base + (:seq * 64 + :client_id) * 4000"],
                 {"unit_id": f"lpad('{IMPORT_WARD}', 32, '0')", **LINES, **ABSENT}, connections=2, depth=1,
                 is_write=True, more=("--unit", str(IMPORT_WARD), "--branch-code", IMPORT_BRANCH)),
    ]
