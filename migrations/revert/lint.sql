-- Revert chibo:lint from pg

begin;

set local role chibo_owner;
drop function meta.lint;
drop function meta.lint_server;
drop function meta.lint_relations;
drop function meta.lint_functions;
drop function meta.lint_policies;
drop function meta.lint_tables;
drop function meta.lint_schemas;
set local role chibo_auth;
drop function auth.lint_methods;

commit;
