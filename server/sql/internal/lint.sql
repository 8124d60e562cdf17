-- args:
select finding from meta.lint() limit 100
