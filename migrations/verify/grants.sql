-- Verify chibo:grants on pg

begin;

-- fails when one is missing
select 'auth.adopt_grant'::regproc;
select 'auth.check_code'::regproc;
select 'auth.check_confirmer'::regproc;
select 'auth.check_giver'::regproc;
select 'auth.check_inspector'::regproc;
select 'auth.check_meeting'::regproc;
select 'auth.check_proposal'::regproc;
select 'auth.confirm_grant'::regproc;
select 'auth.create_emergency_grant'::regproc;
select 'auth.create_grant'::regproc;
select 'auth.end_grant'::regproc;
select 'auth.grant_rows'::regproc;
select 'auth.grant_state'::regproc;
select 'auth.lock_grant'::regproc;
select 'auth.own_waiting_grants'::regproc;
select 'auth.request_grant'::regproc;

rollback;
