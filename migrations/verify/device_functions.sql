-- Verify chibo:device_functions on pg

begin;

-- fails when one is missing
select 'auth.confirm_device'::regproc;
select 'auth.device_rows'::regproc;
select 'auth.enrol_device'::regproc;
select 'auth.fingerprint'::regproc;
select 'auth.invite_device'::regproc;
select 'auth.invite_first_device'::regproc;
select 'auth.known_devices'::regproc;
select 'auth.lock_device'::regproc;
select 'auth.open_invitations'::regproc;
select 'auth.revoke_device'::regproc;

rollback;
