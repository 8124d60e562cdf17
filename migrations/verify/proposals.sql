-- Verify chibo:proposals on pg

begin;

select 1 from chibo.proposal where false;
select 1 from chibo.proposal_recipient where false;
select 1 from chibo.recipient_sheet where false;
select 1 from chibo.proposal_sheet where false;

-- fails when one is missing
select 'auth.proposal_figures'::regproc;
select 'auth.recipients_of'::regproc;
select 'chibo.address_proposal'::regproc;
select 'chibo.adopt_proposal'::regproc;
select 'chibo.answer_proposal'::regproc;
select 'chibo.close_proposal'::regproc;
select 'chibo.create_proposal'::regproc;
select 'chibo.forward_proposal'::regproc;
select 'chibo.keep_recipient'::regproc;
select 'chibo.lock_proposal'::regproc;
select 'chibo.lock_recipient'::regproc;
select 'chibo.quarter_days'::regproc;
select 'chibo.receive_proposal'::regproc;
select 'chibo.record_reply'::regproc;
select 'chibo.reopen_proposal'::regproc;
select 'chibo.reply_due'::regproc;
select 'chibo.reply_to_proposal'::regproc;
select 'chibo.require_open'::regproc;
select 'chibo.send_proposal'::regproc;
select 'chibo.update_proposal'::regproc;
select 1 / count(*) from chibo.transition where entity = 'proposal';

rollback;
