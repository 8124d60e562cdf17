"""The statements that chibod sends for a method, as a pgbench script: rendered from the same files."""

import dataclasses
import pathlib
import re

INTERNAL_BEFORE, CLAIM, INTERNAL_AFTER = "internal/enter", "internal/claim", "internal/publish"


@dataclasses.dataclass
class Statement:
    args: list
    sql: str


def read(sql_dir, name):
    """The statements of a file, as server/db/statement_text.c reads them."""
    statements, args, lines = [], [], []
    for line in [*(pathlib.Path(sql_dir) / f"{name}.sql").read_text(encoding="utf-8").splitlines(), ";"]:
        if line.strip() == ";":
            statements.append(Statement(args, "\n".join(lines)))
            args, lines = [], []
        elif found := re.match(r"\s*--\s*args:([^:]*?)(\s+into:.*)?$", line):
            args = [word.strip().rstrip("!") for word in found[1].split(",") if word.strip()]
        elif line.strip() and not line.lstrip().startswith("--"):
            lines.append(line)
    return statements


def setting(path):
    """session.* and op.* never come from the request."""
    name = "op_id" if path.startswith("op.") else path.partition(".")[2]
    return f"(select nullif(current_setting('app.{name}', true), '')::uuid)"


def render(statement, values):
    """Replaces $n outside of quotes; an argument without a value is absent, as in a request."""
    def value(match):
        if match[1] is None:
            return match[0]
        path = statement.args[int(match[1]) - 1]
        return setting(path) if path.startswith(("session.", "op.")) else values.get(path, "null")
    return re.sub(r"'[^'\n]*'|\$(\d+)", value, statement.sql)


def chain(sql_dir, method, enter, values, claim=None):
    """The whole segment, in order: enter, (claim,) the method's statements, (publish)."""
    parts = [(INTERNAL_BEFORE, enter)]
    if claim:
        parts.append((CLAIM, claim))
    parts.append((method, values))
    if claim:
        parts.append((INTERNAL_AFTER, {}))
    return [render(statement, given) for name, given in parts for statement in read(sql_dir, name)]


def script(prelude, statements):
    """A pgbench script: one pipeline with one Sync for each transaction."""
    return "\n".join([*prelude, "\\startpipeline", *(f"{sql};" for sql in statements), "\\endpipeline", ""])
