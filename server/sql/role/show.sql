-- args: code!
select code, name, rank from auth.role_rows($1::text) limit 1
;
-- args: code!
-- into: rights
select object, name, reach, permission from auth.role_rights($1::text) limit 200
