-- Revert chibo:device_functions from pg

begin;

set local role chibo_auth;
drop function auth.open_invitations;
drop function auth.known_devices;
drop function auth.revoke_device;
drop function auth.confirm_device;
drop function auth.lock_device;
drop function auth.enrol_device;
drop function auth.invite_first_device;
drop function auth.invite_device;
drop function auth.device_rows;
drop function auth.fingerprint;

commit;
