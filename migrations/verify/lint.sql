-- Verify chibo:lint on pg

begin;


-- fails when one is missing
select 'auth.lint_methods'::regproc;
select 'meta.lint'::regproc;

rollback;
