-- args:
select from auth.log_out()
