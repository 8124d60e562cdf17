-- Revert chibo:proposals from pg

begin;

set local role chibo_auth;
drop function auth.proposal_figures;
set local role chibo_owner;
drop function chibo.quarter_days;
drop view chibo.proposal_sheet;
drop view chibo.recipient_sheet;
drop function chibo.reopen_proposal;
drop function chibo.close_proposal;
drop function chibo.record_reply;
drop function chibo.answer_proposal;
drop function chibo.reply_to_proposal;
drop function chibo.forward_proposal;
drop function chibo.require_open;
drop function chibo.receive_proposal;
drop function chibo.lock_recipient;
drop function chibo.send_proposal;
drop function chibo.reply_due;
drop function chibo.adopt_proposal;
drop function chibo.update_proposal;
drop function chibo.lock_proposal;
drop function chibo.create_proposal;
drop function chibo.address_proposal;
set local role chibo_auth;
drop function auth.recipients_of;
set local role chibo_owner;
drop table chibo.proposal_recipient;
drop table chibo.proposal;
drop function chibo.keep_recipient;
drop type chibo.recipient_state;
drop type chibo.proposal_state;
delete from chibo.transition where entity in ('proposal', 'proposal_recipient');

commit;
