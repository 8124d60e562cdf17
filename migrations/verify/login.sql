-- Verify chibo:login on pg

begin;

select 1 from auth.failure where false;

-- fails when one is missing
select 'auth.change_password'::regproc;
select 'auth.count_failure'::regproc;
select 'auth.end_sessions'::regproc;
select 'auth.failures_of'::regproc;
select 'auth.find_account'::regproc;
select 'auth.forgive_failures'::regproc;
select 'auth.open_session'::regproc;
select 'auth.own_password'::regproc;
select 'auth.record_failure'::regproc;
select 'auth.redeem_code'::regproc;
select 'auth.reset_admin'::regproc;
select 'auth.set_code'::regproc;
select 'auth.start_session'::regproc;

rollback;
