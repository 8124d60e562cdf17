"""The statements that chibod sends for a method, as a pgbench script: rendered from the same files."""

import dataclasses
import pathlib
import re

from paths import ROOT

INTERNAL_BEFORE, CLAIM, INTERNAL_AFTER = "internal/enter", "internal/claim", "internal/publish"
TARGETS = "internal/check_targets"


@dataclasses.dataclass
class Statement:
    args: list
    sql: str


def read(sql_dir, name):
    """The statements of a file, as server/db/statement_text.c reads them."""
    statements, args, lines = [], [], []
    for line in [*(pathlib.Path(sql_dir) / f"{name}.sql").read_text(encoding="utf-8").splitlines(), ";"]:
        if line.strip() == ";":     # behind an include there is nothing to end
            statements += [Statement(args, "\n".join(lines))] if lines else []
            args, lines = [], []
        elif found := re.match(r"\s*-- include:\s*(\S+)$", line):
            statements += read(sql_dir, found[1])
        elif found := re.match(r"\s*--\s*args:([^:]*?)(\s+into:.*)?$", line):
            args = [word.strip().rstrip("!") for word in found[1].split(",") if word.strip()]
        elif line.strip() and not line.lstrip().startswith("--"):
            lines.append(line)
    return statements


def setting(path):
    """session.* and op.* never come from the request."""
    name = "op_id" if path.startswith("op.") else path.partition(".")[2]
    kind = "text" if name in ("role", "reach") else "uuid"
    return f"(select nullif(current_setting('app.{name}', true), '')::{kind})"


def render(statement, values):
    """Replaces $n outside of quotes; an argument without a value is absent, as in a request."""
    def value(match):
        if match[1] is None:
            return match[0]
        path = statement.args[int(match[1]) - 1]
        return setting(path) if path.startswith(("session.", "op.")) else values.get(path, "null")
    return re.sub(r"'[^'\n]*'|\$(\d+)", value, statement.sql)


def targets(method, values):
    """What auth.check_targets is told of a request with these values: the targets column of routes.def."""
    service, verb = method.split("/")
    route = re.search(rf'^ROUTE\({service.removesuffix("Service")}, *{verb}, *\w+, *"(.*?)"',
                      (ROOT / "server" / "routes.def").read_text(encoding="utf-8"), re.M)
    named = [target.split() for target in route[1].split(",") if target]
    named = [(entity, field) for entity, field in named if field in values]
    return named and {
        "entities": "array[" + ", ".join(f"'{entity}'" for entity, _ in named) + "]",
        "ids": "array[" + ", ".join(values[field] for _, field in named) + "]",
        "fields": "array[" + ", ".join(f"'{field}'" for _, field in named) + "]"}


def chain(sql_dir, method, enter, values, claim=None):
    """The whole segment of a method, in order: enter, (claim,) (check_targets,) its statements, (publish)."""
    service, verb = (re.sub(r"(?<!^)([A-Z])", r"_\1", word).lower() for word in method.split("Service/"))
    parts = [(INTERNAL_BEFORE, enter)]
    if claim:
        parts.append((CLAIM, claim))
    if named := targets(method, values):
        parts.append((TARGETS, named))
    parts.append((f"{service}/{verb}", values))
    if claim:
        parts.append((INTERNAL_AFTER, {}))
    return [render(statement, given) for name, given in parts for statement in read(sql_dir, name)]


def script(prelude, statements):
    """A pgbench script: one pipeline with one Sync for each transaction."""
    return "\n".join([*prelude, "\\startpipeline", *(f"{sql};" for sql in statements), "\\endpipeline", ""])
