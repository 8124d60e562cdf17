-- args:
select schema_level, district, now_at_us from auth.hello()
