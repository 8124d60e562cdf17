-- args: code_hash!, device_key
select id, name, unit_path from auth.enrol_device($1::bytea, $2::bytea)
