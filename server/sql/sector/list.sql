-- args:
select code, name from sector order by order_no, code limit 200
