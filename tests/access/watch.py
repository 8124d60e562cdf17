"""Looks at the database past row-level security: what has changed, row by row, and what it holds."""

import subprocess

# Notes each row that is written, in the writer's own transaction: what is rolled back was never there.
# That a session was seen a moment ago is no change.
SQL = """
create schema watch;
create unlogged table watch.change (relation text, verb text, unit_id text);
create function watch.note() returns trigger language plpgsql security definer as $$
declare
	o jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) - 'last_seen_at' end;
	n jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) - 'last_seen_at' end;
begin
	insert into watch.change
	select distinct tg_table_schema || '.' || tg_table_name, lower(tg_op),
	       r ->> case tg_table_name when 'unit' then 'id' else 'unit_id' end
	from unnest(array[o, n]) r where r is not null and o is distinct from n;
	return null;
end
$$;
do $do$ declare t regclass; begin
	for t in select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('chibo', 'auth', 'ledger') and c.relkind in ('r', 'p') and not c.relispartition loop
		execute format('create trigger zz_watch after insert or update or delete on %s '
			'for each row execute function watch.note()', t);
	end loop;
end $do$;
"""

# Written by refusals as well: who failed to log in.
UNWATCHED = ("failure",)


class Change(tuple):
    """relation, verb, name of the unit whose row it is ('' where it is nobody's)."""

    relation = property(lambda self: self[0])
    unit = property(lambda self: self[2])

    def __str__(self):
        return " ".join(filter(None, self))


class Superuser:
    """One open psql beside the server: sees everything, whatever row-level security says."""

    def __init__(self, cluster, database, names):
        """`names` tells what each unit's id is called in the tests."""
        self.names = names
        self.process = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database],
            env={**cluster.environment, "PGOPTIONS": "-c client_min_messages=warning"}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        tables = self.rows(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in "
            f"('chibo', 'auth', 'ledger') and tablename <> all ('{{{','.join(UNWATCHED)}}}') order by 1")
        # who wrote each row; of sessions what they say, but for when they were seen
        self.digest_sql = " union all ".join(
            f"select '{table}', count(*), sum(" + (
                "hashtextextended((to_jsonb(t) - 'last_seen_at')::text, 0)" if table == "auth.session"
                else "xmin::text::bigint") + f") from {table} t" for table in tables)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def rows(self, sql):
        """Lines of the result."""
        self.process.stdin.write(f"{sql};\n\\echo ---\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline()) != "---\n":
            if not line:
                raise RuntimeError(f"psql ended at: {sql}")
            lines.append(line.rstrip("\n"))
        return lines

    def value(self, sql):
        return self.rows(sql)[0]

    def digest(self):
        """Name of every table, how many rows, and a sum that changes with any of them."""
        return sorted(self.rows(self.digest_sql))

    def changes(self):
        """What was written since the last call, without repetitions."""
        unwatched = ",".join(f"auth.{table}" for table in UNWATCHED)
        rows = self.rows("with gone as (delete from watch.change returning *) select distinct relation, verb, unit_id "
                         f"from gone where relation <> all ('{{{unwatched}}}') order by 1, 2, 3")
        return [Change((relation, verb, self.names.get(unit, unit)))
                for relation, verb, unit in (row.split("|") for row in rows)]

    def operations(self):
        """How many operations the ledger knows; each must have its entry, but for those that the world was made with."""
        known, entered = self.value("select count(*), count(distinct e.op_id) from ledger.op o "
                                    "left join ledger.entry e using (op_id) left join ledger.parked p on p.id = o.op_id "
                                    "where p.id is null or e.op_id is not null").split("|")
        assert known == entered, f"{known} operations, {entered} of them in the ledger"
        return int(known)
