-- args: list!
select refuse(5, 'not_found', 'list') where not exists (select from code_list where list = $1::text)
;
-- args: list!
select code, name from code where list = $1::text order by order_no, code limit 500
