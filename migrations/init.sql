-- Roles, rights on the database and extensions: everything that needs a superuser, once per cluster.
-- Run by `deploy/migrate init`; every statement may be repeated.

do $$
declare
	r record;
begin
	for r in
		select * from (values
			-- owns tables and views; nobody logs in as it
			('chibo_owner',   'nologin'),
			-- own the functions that look beyond the caller's scope, and the ledger
			('chibo_auth',    'nologin'),
			('chibo_ledger',  'nologin'),
			-- applies migrations, nothing else
			('chibo_migrate', 'login'),
			-- the server: no DDL, bound by row-level security
			('chibo_app',     'login noinherit nobypassrls connection limit 32'),
			('chibo_report',  'nologin'),
			-- `chibod ledger verify`, run by root: reads the ledger and nothing else. Peer authentication needs a
			-- line `chibo root chibo_verify` in pg_ident.conf, and `local DB chibo_verify peer map=chibo` in pg_hba.conf
			('chibo_verify',  'login noinherit nobypassrls connection limit 2'),
			('chibo_backup',  'login replication bypassrls')
		) as wanted (name, attributes)
	loop
		if not exists (select from pg_roles where rolname = r.name) then
			execute format('create role %I', r.name);
		end if;
		execute format('alter role %I %s', r.name, r.attributes);
	end loop;
end
$$;

grant chibo_owner, chibo_auth, chibo_ledger to chibo_migrate;
grant pg_read_all_data to chibo_backup;

alter role chibo_verify set default_transaction_read_only = on;
alter role chibo_app set statement_timeout = '5s';
alter role chibo_app set lock_timeout = '2s';
alter role chibo_app set idle_in_transaction_session_timeout = '10s';

do $$
begin
	execute format('revoke create, temporary on database %I from public', current_database());
	execute format('grant create on database %I to chibo_migrate, chibo_owner, chibo_auth, chibo_ledger',
	               current_database());
end
$$;
revoke all on schema public from public;
grant usage on schema public
	to chibo_owner, chibo_auth, chibo_ledger, chibo_migrate, chibo_app, chibo_report;

create extension if not exists btree_gist schema public;
create extension if not exists unaccent schema public;
create extension if not exists pg_trgm schema public;
