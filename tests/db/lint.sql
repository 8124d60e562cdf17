-- The catalogue itself: what every table, policy and function must be like, today's and tomorrow's.
begin;
set client_min_messages = warning;
set search_path = public;
select plan(19);

create temporary view own_function as
	select p.oid, n.nspname || '.' || p.proname as name, p.proowner::regrole::text as owner, p.prosecdef, p.proconfig,
	       p.proacl, p.proleakproof
	from pg_proc p join pg_namespace n on n.oid = p.pronamespace
	where n.nspname in ('chibo', 'auth', 'ledger', 'meta');
create temporary view own_table as
	select c.oid, c.oid::regclass::text as name, n.nspname, c.relname, c.relowner::regrole::text as owner,
	       c.relrowsecurity, c.relforcerowsecurity
	from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where c.relkind in ('r', 'p') and n.nspname in ('chibo', 'auth', 'ledger', 'meta');
-- lists that everybody may read
create temporary view open_table as
	select unnest('{chibo.unit_kind,chibo.sector,chibo.scheme,chibo.scheme_line,chibo.rule_param}'::text[]) as name;
create temporary view scoped_table as
	select t.*, case t.relname when 'unit' then 'pos' else 'unit_pos' end as pos_column
	from own_table t
	where t.nspname = 'chibo' and t.name not in (select o.name from open_table o);

select is_empty($$ select name from scoped_table where not (relrowsecurity and relforcerowsecurity) $$,
	'row-level security is enabled and forced on every scoped table');
select is_empty($$ select s.name from scoped_table s where not exists (
	select from pg_attribute a where a.attrelid = s.oid and a.attname = s.pos_column and a.attnotnull) $$,
	'scoped tables have a position, never null');
select is_empty($$ select s.name from scoped_table s where not exists (
	select from pg_constraint k join pg_attribute a on a.attrelid = s.oid and a.attnum = any (k.conkey)
	where k.conrelid = s.oid and k.contype = 'f' and k.confupdtype = 'c' and a.attname = s.pos_column) $$,
	'which follows the tree by a foreign key');
select is_empty($$ select s.name from scoped_table s where not exists (
	select from pg_index i join pg_attribute a on a.attrelid = s.oid and a.attnum = i.indkey[0]
	where i.indrelid = s.oid and a.attname = s.pos_column and i.indpred is null) $$,
	'and is the first column of an index');
select is_empty($$ select tablename, policyname from pg_policies
	where schemaname in ('chibo', 'auth', 'ledger') and 'chibo_app' = any (roles)
	  and (policyname <> 'scope' or coalesce(with_check, '') <> qual or qual !~ '^\(\(\w*pos >= \( SELECT') $$,
	'the application has one policy per table: its interval');
select is_empty($$ select tablename, policyname from pg_policies
	where 'public' = any (roles) or qual = 'true' and roles <> '{chibo_auth}' $$,
	'only the owner of the definer functions looks further');
select is_empty($$ select s.name from scoped_table s where not exists (
	select from pg_policies p where format('%I.%I', p.schemaname, p.tablename) = s.name and p.policyname = 'scope') $$,
	'no scoped table lacks the policy');

select is_empty($$ select name from own_function
	where prosecdef and not coalesce(array_to_string(proconfig, ' ') ~ 'search_path=pg_catalog, .*pg_temp( |$)', false) $$,
	'definer functions search pg_catalog first and pg_temp last');
select is_empty($$ select name from own_function where prosecdef and owner not in ('chibo_auth', 'chibo_ledger') $$,
	'and belong to a role that cannot log in');
select is_empty($$ select name from own_function f where proacl is null
	or exists (select from aclexplode(f.proacl) a where a.grantee = 0) $$, 'no function is open to PUBLIC');
select is_empty($$ select name from own_function where proleakproof $$, 'no function claims to be leakproof');
select is_empty($$ select name, owner from own_table
	where owner <> case nspname when 'auth' then 'chibo_auth' when 'ledger' then 'chibo_ledger' else 'chibo_owner' end $$,
	'tables belong to the owner of their schema');
select is_empty($$ select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where n.nspname in ('chibo', 'auth', 'ledger', 'meta')
	  and (c.relkind = 'm' or c.relkind = 'v' and not coalesce(c.reloptions @> '{security_invoker=true}', false)) $$,
	'no view shows more than its reader may see');

select is_empty($$ select c.oid::regclass from pg_class c where c.relowner = 'chibo_app'::regrole $$,
	'the application owns nothing');
select is_empty($$ select name from own_table
	where has_table_privilege('chibo_app', oid, 'TRUNCATE, REFERENCES, TRIGGER') $$,
	'and may not truncate, refer or attach triggers');
select is_empty($$ select name from own_table where nspname in ('auth', 'ledger')
	and has_table_privilege('chibo_app', oid, 'SELECT, INSERT, UPDATE, DELETE') $$,
	'nor touch accounts or the ledger');
select is((select rolinherit or rolbypassrls or rolsuper or rolcreaterole or rolcreatedb from pg_roles
	where rolname = 'chibo_app'), false, 'it has no attributes');
select is_empty($$ select roleid::regrole from pg_auth_members where member = 'chibo_app'::regrole $$, 'nor memberships');
select is_empty($$ select indexrelid::regclass from pg_index where not indisvalid $$, 'every index is valid');

select finish();
rollback;
