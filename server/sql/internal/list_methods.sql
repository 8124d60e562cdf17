-- args:
select method, permission, writes, is_held from auth.route_table() limit 1000
