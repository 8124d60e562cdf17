-- Revert chibo:documents from pg

begin;

set local role chibo_owner;
drop function chibo.set_template_lines;
drop table chibo.agenda_template_line;
drop table chibo.agenda_template;
drop type chibo.meeting_kind;
drop function chibo.doc_matches;
drop function chibo.doc_sign;
drop table chibo.legal_doc;

commit;
