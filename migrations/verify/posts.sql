-- Verify chibo:posts on pg

begin;

select 1 from chibo.post where false;
select 1 from chibo.post_holding where false;

rollback;
