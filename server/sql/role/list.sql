-- args:
select code, name, rank from auth.role_rows(null) limit 100
