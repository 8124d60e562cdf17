-- Verify chibo:admin_functions on pg

begin;


-- fails when one is missing
select 'auth.account_rows'::regproc;
select 'auth.bootstrap'::regproc;
select 'auth.create_account'::regproc;
select 'auth.end_account'::regproc;
select 'auth.invite_account'::regproc;
select 'auth.lock_account'::regproc;
select 'auth.lock_person'::regproc;
select 'auth.own_rank'::regproc;
select 'auth.require_outranked'::regproc;
select 'auth.root_is_held'::regproc;

rollback;
