-- Verify chibo:proposals on pg

begin;

select 1 from chibo.proposal where false;
select 1 from chibo.proposal_recipient where false;
select 1 / count(*) from chibo.transition where entity = 'proposal';

rollback;
