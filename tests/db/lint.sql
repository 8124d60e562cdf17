-- The catalogue itself: meta.lint finds nothing, and it finds each thing that could be wrong.
begin;
set client_min_messages = warning;
set search_path = public;
select plan(38);

-- What meta.lint says, as the server asks it, after a change that is undone again.
create function lint_after(change text) returns text language plpgsql as $$
declare
	found text;
begin
	begin
		execute change;
		set local role chibo_app;
		found := (select string_agg(l.finding, '; ' order by l.finding) from meta.lint() l);
		raise exception using errcode = 'ZZ000';
	exception when sqlstate 'ZZ000' then
		return found;
	end;
end
$$;

select is(lint_after('select'), null, 'nothing is wrong');
select is(lint_after(change), finding, finding) from (values
	('alter table chibo.person no force row level security',
		'chibo.person: row-level security is not enabled and forced'),
	('alter table chibo.member disable row level security',
		'chibo.member: row-level security is not enabled and forced'),
	('drop policy scope on chibo.unit', 'chibo.unit: has no policy for the server'),
	('alter table chibo.membership alter unit_pos drop not null',
		'chibo.membership: has no position, or one that may be null'),
	('alter table chibo.person drop constraint person_unit_id_unit_pos_feed_id_fkey',
		'chibo.person: its position does not follow the tree'),
	('drop index chibo.membership_unit_pos_member_id_idx', 'chibo.membership: no index begins with its position'),
	('set local role chibo_owner; create table chibo.thing (id uuid); reset role',
		'chibo.thing: has no policy for the server; chibo.thing: has no position, or one that may be null; '
		'chibo.thing: its position does not follow the tree; chibo.thing: no index begins with its position; '
		'chibo.thing: row-level security is not enabled and forced'),
	('create policy all_see on chibo.person for select using (unit_pos > 0)',
		'chibo.person, policy all_see: is for everybody'),
	('create policy open on chibo.person for select to chibo_app using (true)',
		'chibo.person, policy open: lets the server see or write everything'),
	('create policy open on chibo.person for insert to chibo_app with check (true)',
		'chibo.person, policy open: lets the server see or write everything'),
	('create policy slow on chibo.person for select to chibo_app using (auth.in_scope(unit_id))',
		'chibo.person, policy slow: calls a function for each row'),
	('create policy slow on chibo.person for select to chibo_app using ((select auth.in_scope(person.unit_id)))',
		'chibo.person, policy slow: calls a function for each row'),
	('create policy slow on chibo.person for select to chibo_app using (unit_pos = current_setting(''app.lo'')::int)',
		'chibo.person, policy slow: calls a function for each row'),
	('alter function auth.in_scope reset search_path',
		'auth.in_scope(uuid): runs with its owner''s rights, and its search path does not end in pg_temp'),
	('alter function auth.in_scope set search_path = pg_catalog, auth',
		'auth.in_scope(uuid): runs with its owner''s rights, and its search path does not end in pg_temp'),
	('grant execute on function auth.in_scope to public', 'auth.in_scope(uuid): is for everybody'),
	('alter function auth.in_scope leakproof', 'auth.in_scope(uuid): claims to be leakproof'),
	('set local role chibo_owner; create view chibo.everybody as select id from chibo.person; reset role',
		'chibo.everybody: is a view with the rights of its owner'),
	('set local role chibo_owner; create materialized view chibo.copy as select 1 as n; reset role',
		'chibo.copy: is a materialised view, which knows no row-level security'),
	('update pg_index set indisvalid = false where indexrelid = ''chibo.person_unit_pos_id_idx''::regclass',
		'chibo.person_unit_pos_id_idx: is an invalid index'),
	('create sequence chibo.counter', 'chibo.counter: belongs to none of the three owners'),
	('alter function chibo.today owner to postgres', 'chibo.today(): belongs to none of the three owners'),
	('alter role chibo_app bypassrls', 'chibo_app: has an attribute that it must not have'),
	('alter role chibo_app createrole', 'chibo_app: has an attribute that it must not have'),
	('grant chibo_report to chibo_app', 'chibo_app: chibo_app is a member of chibo_report'),
	('grant chibo_app to chibo_report', 'chibo_app: chibo_report is a member of chibo_app'),
	('create table public.own (); alter table public.own owner to chibo_app', 'chibo_app: owns table public.own'),
	('grant create on schema public to chibo_app', 'chibo_app: may create in schema public'),
	('do $do$ begin execute format(''grant temporary on database %I to chibo_app'', current_database()); end $do$',
		'chibo_app: may create schemas or temporary tables'),
	('grant truncate on chibo.person to chibo_app',
		'chibo_app: may empty, refer to or attach triggers to chibo.person'),
	('update auth.method set permission = ''unit_burn'' where method = ''UnitService/Get''',
		'UnitService/Get: asks for the unknown permission unit_burn'),
	('delete from auth.role_permission where permission = ''member_write''',
		'MemberService/CheckImport: no role has the permission member_write; '
		'MemberService/Create: no role has the permission member_write; '
		'MemberService/Import: no role has the permission member_write; '
		'MemberService/SetStatus: no role has the permission member_write; '
		'MemberService/Update: no role has the permission member_write; '
		'PersonService/Update: no role has the permission member_write'),
	('update auth.method set writes = true where method = ''SessionService/Logout''',
		'SessionService/Logout: writes without a permission'),
	('insert into auth.role_permission values (''AU'', ''scheme_create'', ''scope'')',
		'SchemeService/Create: writes, and an auditor has the permission scheme_create')
) as v (change, finding);

select is_empty($$ select tablename, policyname from pg_policies
	where schemaname in ('chibo', 'auth', 'ledger') and 'chibo_app' = any (roles)
	  and (policyname <> 'scope' or coalesce(with_check, '') <> qual or qual !~ '^\(\(\w*pos >= \( SELECT') $$,
	'the application has one policy per table: its interval');
select is_empty($$ select c.oid::regclass, p from pg_class c, unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) p
	where c.relnamespace in ('auth'::regnamespace, 'ledger'::regnamespace) and c.relkind in ('r', 'p')
	  and has_table_privilege('chibo_app', c.oid, p) $$, 'and reaches accounts and ledger by functions alone');
select is_empty($$ select oid::regprocedure from pg_proc where prosrc ~ 'refuse\(\s*8\M' $$,
	'no rule refuses with code 8, which is no answer: a computer would send the operation again for ever');

select finish();
rollback;
