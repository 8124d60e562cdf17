-- Deploy chibo:lint to pg
-- What the catalogue itself must be like, whoever changed it: the server asks at its start, the tests always.

begin;
set local role chibo_auth;

-- Whether every method can be called by somebody, no auditor writes, and the tree's intervals nest.
create function auth.lint_methods() returns setof text
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	return query
	select m.method || ': asks for the unknown permission ' || m.permission
	from method m
	where m.permission not in ('PUBLIC', 'SELF')
	  and not exists (select from permission p where p.code = m.permission);
	return query
	select m.method || ': no role has the permission ' || m.permission
	from method m join permission p on p.code = m.permission
	where not exists (select from role_permission rp where rp.permission = m.permission);
	return query
	select m.method || ': writes without a permission' from method m
	where m.writes and m.permission in ('PUBLIC', 'SELF');
	return query
	select m.method || ': writes, and an auditor has the permission ' || m.permission
	from method m join role_permission rp on rp.permission = m.permission and rp.role = 'AU'
	where m.writes;
	return query
	select 'unit ' || t.unit_id || ': its interval does not lie in its parent''s, or overlaps a sibling''s'
	from (select x.*, lag(x.last) over (partition by x.parent_id order by x.pos) as before from tree x) t
	join tree parent on parent.unit_id = t.parent_id
	where not (t.pos > parent.pos and t.last <= parent.last) or t.before >= t.pos;
end
$$;

set local role chibo_owner;

-- Schemas of the three owners: a new one is looked at like the others.
create function meta.lint_schemas() returns oid[] language sql stable set search_path = pg_catalog, pg_temp as $$
	select array_agg(n.oid) from pg_namespace n
	where n.nspowner in ('chibo_owner'::regrole, 'chibo_auth'::regrole, 'chibo_ledger'::regrole)
$$;

-- Every table of schema chibo is under scope, but for the lists that everybody may read.
create function meta.lint_tables() returns setof text language sql stable set search_path = pg_catalog, pg_temp as $$
	with scoped as (
		select c.oid, c.oid::regclass::text as name, c.relrowsecurity and c.relforcerowsecurity as guarded,
		       a.attnum, a.attnotnull
		from pg_class c
		left join pg_attribute a on a.attrelid = c.oid
			and a.attname = case c.relname when 'unit' then 'pos' else 'unit_pos' end
		where c.relkind in ('r', 'p') and c.relnamespace = 'chibo'::regnamespace
		  and c.relname <> all ('{unit_kind,sector,scheme,scheme_line,rule_param,code_list,code,transition,legal_doc,agenda_template,
		agenda_template_line,criteria_table,criterion,grade_band,action,calendar_day,awareness_class,paper_type,clock_kind,
		figure_group,figure_line}')
	)
	select name || ': row-level security is not enabled and forced' from scoped where not guarded
	union all
	select name || ': has no policy for the server' from scoped s
	where not exists (select from pg_policy p where p.polrelid = s.oid and 'chibo_app'::regrole = any (p.polroles))
	union all
	select name || ': has no position, or one that may be null' from scoped where attnotnull is not true
	union all
	select name || ': its position does not follow the tree' from scoped s
	where not exists (select from pg_constraint k where k.conrelid = s.oid and k.contype = 'f'
	                  and k.confupdtype = 'c' and k.convalidated and s.attnum = any (k.conkey))
	union all
	select name || ': no index begins with its position' from scoped s
	where not exists (select from pg_index i where i.indrelid = s.oid and i.indkey[0] = s.attnum
	                  and i.indpred is null)
$$;

-- A setting stands in a sub-select, which is asked once; anything else that is called is called for each row,
-- and a sub-select that looks at the row is as slow as a function of it.
create function meta.lint_policies() returns setof text language sql stable set search_path = pg_catalog, pg_temp as $$
	with policy as (
		select format('%s, policy %I', p.polrelid::regclass, p.polname) as name, p.polroles,
		       pg_get_expr(p.polqual, p.polrelid) as seen, pg_get_expr(p.polwithcheck, p.polrelid) as written,
		       concat(p.polqual, p.polwithcheck) ~ ':varlevelsup [1-9]' as is_correlated
		from pg_policy p join pg_class c on c.oid = p.polrelid
		where c.relnamespace = any (meta.lint_schemas())
	)
	select name || ': is for everybody' from policy where 0 = any (polroles)
	union all
	select name || ': lets the server see or write everything' from policy
	where 'chibo_app'::regrole = any (polroles) and 'true' in (seen, written)
	union all
	select name || ': calls a function for each row' from policy
	where is_correlated or regexp_replace(concat_ws(' ', seen, written),
		'\( SELECT ([^()]|\(([^()]|\(([^()]|\([^()]*\))*\))*\))*\)', '', 'g') ~ '[[:alnum:]_"]\('
$$;

create function meta.lint_functions() returns setof text language sql stable set search_path = pg_catalog, pg_temp as $$
	with own as (
		select p.oid::regprocedure::text as name, p.prosecdef, p.proconfig, p.proleakproof,
		       coalesce(p.proacl, acldefault('f', p.proowner)) as acl
		from pg_proc p where p.pronamespace = any (meta.lint_schemas())
	)
	select name || ': runs with its owner''s rights, and its search path does not end in pg_temp' from own
	where prosecdef and not exists (
		select from unnest(proconfig) as c where c ~ '^search_path=pg_catalog, (.*, )?pg_temp$')
	union all
	select name || ': is for everybody' from own
	where exists (select from aclexplode(own.acl) a where a.grantee = 0)
	union all
	select name || ': claims to be leakproof' from own where proleakproof
$$;

create function meta.lint_relations() returns setof text language sql stable set search_path = pg_catalog, pg_temp as $$
	with own as (
		select c.*, c.oid::regclass::text as name from pg_class c where c.relnamespace = any (meta.lint_schemas())
	)
	select name || ': is a materialised view, which knows no row-level security' from own where relkind = 'm'
	union all
	select name || ': is a view with the rights of its owner' from own
	where relkind = 'v' and not coalesce(reloptions @> '{security_invoker=true}', false)
	union all
	select name || ': is an invalid index' from own join pg_index i on i.indexrelid = own.oid where not i.indisvalid
	union all
	select name || ': belongs to none of the three owners' from own
	where relowner <> all ('{chibo_owner,chibo_auth,chibo_ledger}'::regrole[])
	union all
	select p.oid::regprocedure || ': belongs to none of the three owners' from pg_proc p
	where p.pronamespace = any (meta.lint_schemas())
	  and p.proowner <> all ('{chibo_owner,chibo_auth,chibo_ledger}'::regrole[])
$$;

-- The server's role has no power of its own: it owns, creates and empties nothing, and is nobody else.
create function meta.lint_server() returns setof text language sql stable set search_path = pg_catalog, pg_temp as $$
	select 'chibo_app: has an attribute that it must not have' from pg_roles
	where rolname = 'chibo_app'
	  and (rolsuper or rolinherit or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
	union all
	select format('chibo_app: %s is a member of %s', member::regrole, roleid::regrole) from pg_auth_members
	where 'chibo_app'::regrole in (member, roleid)
	union all
	select format('chibo_app: owns %s', pg_describe_object(d.classid, d.objid, d.objsubid)) from pg_shdepend d
	where d.refclassid = 'pg_authid'::regclass and d.refobjid = 'chibo_app'::regrole and d.deptype = 'o'
	  and d.dbid in (0, (select oid from pg_database where datname = current_database()))
	union all
	select format('chibo_app: may create in schema %s', n.oid::regnamespace) from pg_namespace n
	where n.nspname !~ '^pg_(toast_)?temp_' and has_schema_privilege('chibo_app', n.oid, 'create')
	union all
	select 'chibo_app: may create schemas or temporary tables' from pg_database
	where datname = current_database() and has_database_privilege('chibo_app', oid, 'create, temporary')
	union all
	select format('chibo_app: may empty, refer to or attach triggers to %s', c.oid::regclass) from pg_class c
	where c.relnamespace = any (meta.lint_schemas()) and c.relkind in ('r', 'p')
	  and has_table_privilege('chibo_app', c.oid, 'truncate, references, trigger')
$$;

-- One line for each thing that is wrong, naming it; none if all is well.
create function meta.lint() returns table (finding text)
language sql stable set search_path = pg_catalog, pg_temp as $$
	select f from meta.lint_tables() as f
	union all select f from meta.lint_policies() as f
	union all select f from meta.lint_functions() as f
	union all select f from meta.lint_relations() as f
	union all select f from meta.lint_server() as f
	union all select f from auth.lint_methods() as f
$$;

grant execute on function meta.lint, meta.lint_schemas, meta.lint_tables, meta.lint_policies, meta.lint_functions,
	meta.lint_relations, meta.lint_server to chibo_app;
set local role chibo_auth;
grant execute on function auth.lint_methods to chibo_app;

commit;
