"""Which of the two gates stand: the server's, by routes.def, and the database's, by auth.enter and policies."""

import dataclasses

EVERY_ROUTE = "*"

NO_POLICIES = """
do $do$ declare t regclass; begin
	for t in select distinct polrelid::regclass from pg_policy loop
		execute format('alter table %s disable row level security', t);
	end loop;
end $do$;
"""


# The server asks for this at its start, and would not start.
NO_LINT = """
do $do$ begin
	execute format('create or replace function meta.lint() returns %s language plpgsql as $$ begin return; end $$',
		pg_get_function_result('meta.lint'::regproc));
end $do$;
"""


def in_function(name, old, new):
    """SQL that changes a function's text, and fails if the text is not there."""
    return ("do $mutate$ declare d text := pg_get_functiondef('" + name + "'::regproc); n text; begin "
            f"n := replace(d, $old${old}$old$, $new${new}$new$); "
            "if n = d then raise exception 'nothing to change'; end if; execute n; end $mutate$;")


# auth.enter lets every role do everything, and whoever has no grant.
NO_PERMISSIONS = in_function("auth.enter", "if s.grant_rule is not null then\n\t\t\tperform refuse_grant",
                             "if false then\n\t\t\tperform refuse_grant") \
    + in_function("auth.enter", "elsif s.reach is null then", "elsif false then")


@dataclasses.dataclass(frozen=True)
class Gates:
    title: str
    # methods that the server lets through unseen, with spaces; "*": all; None: it is the server as it is delivered
    open_routes: str | None = None
    prepare: str = ""           # SQL that takes away what the database has


BOTH = Gates("both gates")
DATABASE_ALONE = Gates("the database alone", open_routes=EVERY_ROUTE)
# The permissions of auth.enter go with the policies: else they would refuse what the server let pass.
SERVER_ALONE = Gates("the server's gate alone", prepare=NO_LINT + NO_POLICIES + NO_PERMISSIONS)
# The same with a server that can be told to let some of its routes through.
OPENABLE = dataclasses.replace(SERVER_ALONE, open_routes="")
