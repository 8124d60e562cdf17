-- Verify chibo:enter on pg

begin;


-- fails when one is missing
select 'auth.choose_grant'::regproc;
select 'auth.enter'::regproc;
select 'auth.find_account'::regproc;
select 'auth.hello'::regproc;
select 'auth.log_out'::regproc;
select 'auth.open_session'::regproc;
select 'auth.own_grants'::regproc;
select 'auth.record_failure'::regproc;
select 'auth.redeem_code'::regproc;
select 'auth.start_session'::regproc;
select 'auth.who_am_i'::regproc;

rollback;
