-- args:
select id, version, code, name from scheme order by code limit 500
