-- args:    into: open
select open_ms from auth.open_invitations()
;
-- args:    into: devices
select key_hash, state::text from auth.known_devices()
limit 100000
