-- Verify chibo:enter on pg

begin;

-- fails when one is missing
select 'auth.caller'::regproc;
select 'auth.choose_grant'::regproc;
select 'auth.device_state'::regproc;
select 'auth.enter'::regproc;
select 'auth.enter_device'::regproc;
select 'auth.hello'::regproc;
select 'auth.live_device'::regproc;
select 'auth.log_out'::regproc;
select 'auth.own_grants'::regproc;
select 'auth.refuse_grant'::regproc;
select 'auth.require_not_own'::regproc;
select 'auth.who_am_i'::regproc;

rollback;
