-- Revert chibo:proposals from pg

begin;

set local role chibo_owner;
drop table chibo.proposal_recipient;
drop table chibo.proposal;
drop type chibo.recipient_state;
drop type chibo.proposal_state;
delete from chibo.transition where entity in ('proposal', 'proposal_recipient');

commit;
