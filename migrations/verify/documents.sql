-- Verify chibo:documents on pg

begin;

select 1 from chibo.legal_doc where false;
select 1 from chibo.agenda_template where false;
select 1 from chibo.agenda_template_line where false;

-- fails when one is missing
select 'chibo.doc_matches'::regproc;
select 'chibo.doc_sign'::regproc;
select 'chibo.set_template_lines'::regproc;

rollback;
