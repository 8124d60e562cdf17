-- Verify chibo:votes on pg

begin;

select 1 from chibo.vote_item where false;
select 1 from chibo.vote_option where false;

rollback;
