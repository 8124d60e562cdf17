-- Deploy chibo:minutes to pg
-- Minutes: text made from the meeting's data, adopted by vote, signed by two persons, sealed by a hash.

begin;
set local role chibo_owner;

create type chibo.minutes_state as enum ('adopted', 'sealed', 'superseded');

-- Number 1 is made when the meeting closes. A correction is a new version that names the one before it.
create table chibo.minutes (
	id              uuid constraint minutes_id__id_taken primary key,
	version         int not null default 1,
	unit_id         uuid not null,
	unit_pos        int not null,
	feed_id         uuid not null,
	meeting_id      uuid not null,
	number          int not null check (number > 0),
	state           chibo.minutes_state not null default 'adopted',
	corrects        uuid references chibo.minutes,
	correction      text constraint correction__text check (length(correction) between 1 and 8000),
	vote_id         uuid,   -- by which it was adopted
	body            text not null constraint body__minutes_too_long check (length(body) <= 60000), -- a reply holds it
	hash            bytea not null check (hash = sha256(convert_to(body, 'UTF8'))),
	adopted_at      timestamptz not null,
	chair_id        uuid not null references chibo.person,
	chair_name      text not null,
	chair_signed_at timestamptz,
	clerk_id        uuid not null references chibo.person,
	clerk_name      text not null,
	clerk_signed_at timestamptz,
	constraint clerk_id__same_person check (chair_id <> clerk_id),
	check ((number = 1) = (corrects is null) and (corrects is null) = (correction is null)),
	check ((state <> 'adopted') <= (num_nonnulls(chair_signed_at, clerk_signed_at) = 2)),
	constraint meeting_id__version_exists unique (meeting_id, number),
	foreign key (meeting_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (vote_id, meeting_id) references chibo.vote_item (id, meeting_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.minutes (unit_pos, id);

call meta.put_under_scope('chibo.minutes', 'unit_pos');
call ledger.watch('chibo.minutes', 'minutes');
call meta.keep_states('chibo.minutes', 'minutes');
grant select, insert, update on chibo.minutes to chibo_app;
grant select on chibo.minutes to chibo_auth;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('minutes', 1, 'adopted', 'sealed'),
	('minutes', 2, 'sealed', 'superseded');

set local role chibo_auth;

-- The names of a unit and of the one above it on a day, for the head of a paper. The name above is no secret.
create function auth.unit_heading(p_unit uuid, p_day date, out parent_name text, out unit_name text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	select n.name into unit_heading.unit_name from unit_name n
	where n.unit_id = p_unit and covers(n.during, p_day) and in_scope(p_unit);
	select n.name into unit_heading.parent_name
	from unit_closure c join unit_name n on n.unit_id = c.ancestor_id and covers(n.during, p_day)
	where c.unit_id = p_unit and c.depth = 1 and covers(c.during, p_day) and in_scope(p_unit);
end
$$;
grant execute on function auth.unit_heading to chibo_app, chibo_owner;

set local role chibo_owner;

-- What was said and decided stays as it was written, for whoever tries, the owner too: text, hash and whose minutes
-- they are never change, a signature that is there stays, and what is sealed only moves on to its next state.
create function chibo.keep_minutes() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
declare
	v_free text[] := '{version,state,unit_pos,feed_id,chair_signed_at,clerk_signed_at}';
begin
	if tg_op <> 'UPDATE' then
		perform refuse(9, 'minutes_final', 'id');
	elsif (to_jsonb(new) - v_free) is distinct from (to_jsonb(old) - v_free)
	   or old.chair_signed_at is distinct from new.chair_signed_at and (old.chair_signed_at is not null or old.state <> 'adopted')
	   or old.clerk_signed_at is distinct from new.clerk_signed_at and (old.clerk_signed_at is not null or old.state <> 'adopted') then
		perform refuse(9, 'minutes_final', 'id', 'state=' || old.state);
	end if;
	return new;
end
$$;
create trigger keep_minutes before update or delete on chibo.minutes
	for each row execute function chibo.keep_minutes();
create trigger keep_minutes_truncate before truncate on chibo.minutes
	for each statement execute function chibo.keep_minutes();
grant execute on function chibo.keep_minutes to chibo_app, chibo_auth;

-- ---- The text. Same data, same bytes: every list has an order of its own, every instant the clock of the place,
-- and nothing depends on the day or the session. What people wrote stands indented, so that no line of theirs looks
-- like one of the form.

create function chibo.date_in_words(d date) returns text language sql immutable parallel safe as $$
	select format('ngày %s tháng %s năm %s', to_char(d, 'DD'),
		to_char(d, case when extract(month from d) < 3 then 'MM' else 'FMMM' end), to_char(d, 'YYYY'))
$$;
create function chibo.clock_of(at timestamptz) returns text language sql immutable parallel safe as $$
	select to_char(at at time zone 'Asia/Ho_Chi_Minh', 'FMHH24 "giờ" MI "phút"')
$$;
-- What has not happened yet is left open.
create function chibo.moment_in_words(at timestamptz) returns text language sql stable parallel safe as $$
	select coalesce(chibo.clock_of(at) || ', ' || chibo.date_in_words(chibo.day_of(at)), '……')
$$;
create function chibo.month_in_words(m text) returns text language sql immutable parallel safe as $$
	select format('tháng %s năm %s', ltrim(split_part(m, '-', 2), '0'), split_part(m, '-', 1))
$$;
-- Free text: trimmed, without empty lines, further lines indented.
create function chibo.free_text(t text) returns text language sql immutable parallel safe as $$
	select regexp_replace(btrim(t, e' \t\r\n'), '\s*[\r\n]\s*', e'\n  ', 'g')
$$;

-- The full assemblies of a branch: they need a complete roll, and vote on their minutes.
create function chibo.is_assembly(k chibo.meeting_kind) returns boolean language sql immutable parallel safe as $$
	select k in ('regular', 'thematic', 'extraordinary', 'congress')
$$;

create function chibo.minutes_title(m chibo.meeting) returns text language sql stable as $$
	select concat_ws(e'\n', 'BIÊN BẢN', case m.kind
		when 'regular' then 'sinh hoạt thường kỳ'
		when 'thematic' then 'sinh hoạt chuyên đề'
		when 'extraordinary' then 'sinh hoạt bất thường'
		when 'committee' then 'họp cấp ủy'
		when 'congress' then 'đại hội'
		when 'working_session' then 'buổi làm việc'
		when 'after_action' then 'rút kinh nghiệm sinh hoạt điểm'
	end || ' ' || chibo.month_in_words(m.period_month), m.topic)
$$;

create function chibo.minutes_heading(m chibo.meeting) returns text language sql stable as $$
	select concat_ws(e'\n\n',
		concat_ws(e'\n', upper(h.parent_name collate "vi-x-icu"), upper(h.unit_name collate "vi-x-icu")),
		concat_ws(e'\n', 'ĐẢNG CỘNG SẢN VIỆT NAM',
			concat_ws(', ', m.place, chibo.date_in_words(chibo.day_of(coalesce(m.started_at, m.planned_at))))),
		chibo.minutes_title(m))
	from auth.unit_heading(m.unit_id, chibo.day_of(coalesce(m.started_at, m.planned_at))) h
$$;

create function chibo.minutes_time_and_place(m chibo.meeting) returns text language sql stable as $$
	select concat_ws(e'\n', 'THỜI GIAN, ĐỊA ĐIỂM',
		format('Khai mạc: %s.', chibo.moment_in_words(m.started_at)),
		'Địa điểm: ' || m.place || '.')
$$;

-- Present as the roll call has it; who stays away counts once, as away elsewhere or by the reason.
create function chibo.minutes_roll(p_meeting uuid)
returns table (group_no int, full_name text, sort_key text, member_id uuid, status chibo.member_status,
               state chibo.attendance_state, reason text)
language sql stable as $$
	select case when a.state in ('present', 'online') then 0 when a.is_away then 4
	            when a.state = 'excused' then 1 when a.state = 'unexcused' then 2 else 3 end,
	       a.full_name, a.sort_key, a.member_id, a.status, a.state, a.reason
	from chibo.attendance a where a.meeting_id = p_meeting
$$;

create function chibo.minutes_counts(p_meeting uuid) returns text language sql stable as $$
	select format(e'Tổng số đảng viên: %s (chính thức %s, dự bị %s).\nCó mặt: %s, trong đó dự trực tuyến %s.', count(*),
		count(*) filter (where r.status = 'full'), count(*) filter (where r.status = 'probationary'),
		count(*) filter (where r.group_no = 0), count(*) filter (where r.state = 'online'))
	from chibo.minutes_roll(p_meeting) r
$$;

-- One group of those who are not there: how many, and who, with the reason.
create function chibo.minutes_absent(p_meeting uuid, p_group int, p_title text) returns text language sql stable as $$
	select concat_ws(e'\n', format('%s: %s.', p_title, count(*)),
		string_agg(concat_ws(': ', '- ' || r.full_name, r.reason), e'\n' order by r.sort_key collate "vi-x-icu", r.member_id))
	from chibo.minutes_roll(p_meeting) r where r.group_no = p_group
$$;

create function chibo.minutes_online(p_meeting uuid) returns text language sql stable as $$
	select 'Dự trực tuyến: ' || string_agg(r.full_name, ', ' order by r.sort_key collate "vi-x-icu", r.member_id) || '.'
	from chibo.minutes_roll(p_meeting) r where r.state = 'online'
$$;

-- Who came after the start or left before the end, which decides who could vote.
create function chibo.minutes_late(p_meeting uuid) returns text language sql stable as $$
	select 'Đến sau, về trước: ' || string_agg(concat_ws(', ', a.full_name, 'đến ' || chibo.clock_of(a.arrived_at),
			'về ' || chibo.clock_of(a.left_at)), '; ' order by a.sort_key collate "vi-x-icu", a.member_id) || '.'
	from chibo.attendance a
	where a.meeting_id = p_meeting and num_nonnulls(a.arrived_at, a.left_at) > 0
$$;

create function chibo.minutes_guests(p_meeting uuid) returns text language sql stable as $$
	select concat_ws(e'\n', format('Khách dự: %s.', count(*)),
		string_agg('- ' || concat_ws(', ', g.full_name, g.capacity, g.sender) || case g.class
			when 'delegate' then ' (đại biểu cấp trên)' when 'peer_observer' then ' (dự để học tập)'
			when 'residential' then ' (đảng viên giữ mối liên hệ nơi cư trú)' else '' end,
			e'\n' order by g.class, g.full_name collate "vi-x-icu", g.id))
	from chibo.guest g where g.meeting_id = p_meeting
$$;

create function chibo.minutes_people(m chibo.meeting) returns text language sql stable as $$
	select concat_ws(e'\n', 'THÀNH PHẦN', 'Chủ trì: ' || m.chair_name || '.', 'Thư ký: ' || m.clerk_name || '.',
		chibo.minutes_counts(m.id), chibo.minutes_online(m.id),
		chibo.minutes_absent(m.id, 1, 'Vắng có lý do'), chibo.minutes_absent(m.id, 2, 'Vắng không có lý do'),
		chibo.minutes_absent(m.id, 3, 'Được miễn sinh hoạt, không dự'),
		chibo.minutes_absent(m.id, 4, 'Đang sinh hoạt tạm thời ở nơi khác'),
		chibo.minutes_late(m.id), chibo.minutes_guests(m.id))
$$;

create function chibo.minutes_agenda(p_meeting uuid) returns text language sql stable as $$
	select e'CHƯƠNG TRÌNH\n' || string_agg(
		i.item_no || '. ' || i.title || coalesce(' (' || nullif(concat_ws(', ', i.presenter, i.minutes || ' phút'), '') || ')', '')
			|| '.', e'\n' order by i.item_no)
	from chibo.agenda_item i where i.meeting_id = p_meeting
$$;

create function chibo.minutes_speeches(p_meeting uuid) returns text language sql stable as $$
	select e'Ý KIẾN PHÁT BIỂU\n' || string_agg(
		format('- %s%s, %s: %s', s.speaker, case when s.member_id is null then ' (khách dự)' else '' end,
			concat_ws(', ', chibo.clock_of(s.spoken_at), 'mục ' || s.item_no), chibo.free_text(s.summary)),
		e'\n' order by s.spoken_at, s.id)
	from chibo.speech s where s.meeting_id = p_meeting
$$;

create function chibo.minutes_candidates(p_meeting uuid) returns text language sql stable as $$
	select e'NHẬN XÉT QUẦN CHÚNG ƯU TÚ\n' || string_agg(concat_ws(e'\n',
		format('- %s, %s (đảng viên giúp đỡ: %s).', r.candidate_name, chibo.month_in_words(r.month), r.mentor_name),
		'  Ưu điểm: ' || chibo.free_text(r.strengths), '  Hạn chế: ' || chibo.free_text(r.weaknesses),
		'  Ý kiến chi bộ: ' || chibo.free_text(r.branch_comment)),
		e'\n' order by r.candidate_name collate "vi-x-icu", r.month, r.mentor_name collate "vi-x-icu", r.id)
	from chibo.mentor_report r where r.meeting_id = p_meeting
$$;

-- How the ratio of the day is read: more than, or at least.
create function chibo.ratio_in_words(v chibo.vote_item) returns text language sql stable as $$
	select format(coalesce((select case r.unit when 'ratio_over' then 'quá %s số người có quyền biểu quyết'
	                                           else 'từ %s số người có quyền biểu quyết trở lên' end
	                        from chibo.rule_param r where r.key = v.rule_key and r.during @> chibo.day_of(v.voted_at)), '%s'),
		v.rule_value)
$$;

create function chibo.vote_result(v chibo.vote_item) returns text language sql stable as $$
	select format('Cần ít nhất %s phiếu (%s; %s). Kết quả: %s.', v.needed, chibo.ratio_in_words(v), v.rule_doc,
		case when v.purpose = 'election' then case when v.passed then 'có người trúng cử' else 'không ai trúng cử' end
		     when v.passed then 'được thông qua' else 'không được thông qua' end)
$$;

-- Papers and cards are counted, hands are not valid or invalid.
create function chibo.vote_papers(v chibo.vote_item) returns text language sql stable as $$
	select concat_ws(' ',
		case when v.issued is not null then format('Phát ra %s, thu về %s, thất lạc %s.', v.issued, v.returned, v.missing) end,
		case when v.method <> 'hand' then format('Hợp lệ %s, không hợp lệ %s.', v.valid, v.invalid) end)
$$;

create function chibo.vote_counts(v chibo.vote_item) returns text language sql stable as $$
	select concat_ws(' ',
		format('Có quyền biểu quyết %s, có mặt %s (%s).', v.eligible, v.present,
			case when v.quorum_met then 'đủ số người theo quy định' else 'không đủ số người theo quy định' end),
		nullif(chibo.vote_papers(v), ''),
		case when v.purpose <> 'election' then format('Tán thành %s, không tán thành %s, %s %s.', v.votes_for, v.votes_against,
				case v.method when 'hand' then 'không có ý kiến' else 'phiếu trắng' end, v.blank)
		     when v.blank > 0 then format('Phiếu trắng %s.', v.blank) end)
$$;

create function chibo.vote_names(p_vote uuid) returns text language sql stable as $$
	select string_agg(format('  %s) %s: %s phiếu%s.', o.item_no, o.title, o.votes,
		case when o.votes >= v.needed then ', trúng cử' else '' end), e'\n' order by o.item_no)
	from chibo.vote_option o join chibo.vote_item v on v.id = o.vote_id where o.vote_id = p_vote
$$;

create function chibo.vote_in_words(v chibo.vote_item) returns text language sql stable as $$
	select concat_ws(e'\n',
		format('%s (%s, lần %s, %s).', v.subject, case v.method when 'hand' then 'giơ tay' when 'card' then 'giơ thẻ'
			else 'bỏ phiếu kín' end, v.round, chibo.clock_of(v.voted_at)),
		'  ' || chibo.vote_counts(v), chibo.vote_names(v.id), '  ' || chibo.vote_result(v), '  Tổ kiểm phiếu: ' || v.tellers || '.')
$$;

create function chibo.minutes_votes(p_meeting uuid) returns text language sql stable as $$
	select e'BIỂU QUYẾT\n' || string_agg(format('%s. %s', x.n, chibo.vote_in_words(x.v)), e'\n' order by x.n)
	from (select v, row_number() over (order by v.voted_at, v.id) as n
	      from chibo.vote_item v where v.meeting_id = p_meeting and v.purpose <> 'minutes') x
$$;

create function chibo.minutes_conclusion(m chibo.meeting) returns text language sql stable as $$
	select e'KẾT LUẬN\n  ' || chibo.free_text(m.conclusion)
$$;

create function chibo.minutes_end(m chibo.meeting) returns text language sql stable as $$
	select concat_ws(e'\n', 'THÔNG QUA BIÊN BẢN, KẾT THÚC',
		(select string_agg('- ' || chibo.vote_in_words(v), e'\n' order by v.voted_at, v.id)
		 from chibo.vote_item v where v.meeting_id = m.id and v.purpose = 'minutes'),
		format('Kết thúc: %s.', chibo.moment_in_words(m.ended_at)))
$$;

create function chibo.minutes_signatures(p_chair text, p_clerk text) returns text language sql immutable as $$
	select format(e'CHỦ TRÌ: %s\nTHƯ KÝ: %s\n', p_chair, p_clerk)
$$;

-- The whole of it; sections without content are left out, the others are numbered.
create function chibo.minutes_text(p_meeting uuid) returns text language sql stable as $$
	select concat_ws(e'\n\n', chibo.minutes_heading(m),
		(select string_agg(to_char(s.n, 'FMRN') || '. ' || s.section, e'\n\n' order by s.n)
		 from unnest(array_remove(array[chibo.minutes_time_and_place(m), chibo.minutes_people(m), chibo.minutes_agenda(m.id),
			chibo.minutes_speeches(m.id), chibo.minutes_candidates(m.id), chibo.minutes_votes(m.id),
			chibo.minutes_conclusion(m), chibo.minutes_end(m)], null)) with ordinality as s (section, n)),
		chibo.minutes_signatures(m.chair_name, m.clerk_name))
	from chibo.meeting m where m.id = p_meeting
$$;

-- What is put right stands behind all that was there before, with signatures of its own.
create function chibo.corrected_text(p chibo.minutes, p_at timestamptz, p_correction text) returns text
language sql stable as $$
	select format(e'%s\nĐÍNH CHÍNH LẦN %s\n%s, người chủ trì và thư ký đính chính biên bản như sau:\n  %s\n\n%s', p.body, p.number,
		chibo.moment_in_words(p_at), chibo.free_text(p_correction),
		chibo.minutes_signatures(p.chair_name, p.clerk_name))
$$;

-- ---- Adopting, signing, correcting

-- Refuses an end before the last thing that is on record.
create function chibo.require_end(p_meeting uuid, p_at timestamptz) returns void language plpgsql as $$
declare
	v_last timestamptz := greatest((select max(v.voted_at) from chibo.vote_item v where v.meeting_id = p_meeting),
		(select max(s.spoken_at) from chibo.speech s where s.meeting_id = p_meeting));
begin
	perform chibo.require_in_session(p_meeting, p_at, 'ended_at_us');
	if p_at < v_last then
		perform chibo.refuse(9, 'ends_too_early', 'ended_at_us',
			'at=' || to_char(v_last at time zone 'Asia/Ho_Chi_Minh', 'HH24:MI'));
	end if;
end
$$;

create function chibo.require_roll_call(p_meeting uuid) returns void language plpgsql as $$
declare
	v_missing bigint := (
		select count(*) from chibo.meeting m
		cross join lateral auth.roll_of(m.unit_id, chibo.day_of(m.started_at)) r
		where m.id = p_meeting and chibo.is_assembly(m.kind)
		  and not exists (select from chibo.attendance a where a.meeting_id = m.id and a.member_id = r.member_id));
begin
	if v_missing > 0 then
		perform chibo.refuse(9, 'roll_call_incomplete', 'meeting_id', 'missing=' || v_missing);
	end if;
end
$$;

-- Minutes of an assembly are adopted by a vote that passed; others may be.
create function chibo.require_minutes_vote(p_meeting uuid, p_vote uuid) returns void language plpgsql as $$
begin
	if p_vote is not null and not exists (select from chibo.vote_item v where v.id = p_vote and v.meeting_id = p_meeting) then
		perform chibo.refuse(5, 'not_found', 'vote_id');
	elsif p_vote is not null and not exists (select from chibo.vote_item v
	                                         where v.id = p_vote and v.purpose = 'minutes' and v.passed) then
		perform chibo.refuse(9, 'vote_not_passed', 'vote_id');
	elsif p_vote is null and exists (select from chibo.meeting m where m.id = p_meeting and chibo.is_assembly(m.kind)) then
		perform chibo.refuse(9, 'minutes_vote_required', 'vote_id');
	end if;
end
$$;

create function chibo.add_minutes(p_id uuid, p_meeting uuid, p_vote uuid, p_adopted_at timestamptz) returns void
language sql as $$
	insert into chibo.minutes (id, unit_id, unit_pos, feed_id, meeting_id, number, vote_id, body, hash, adopted_at,
		chair_id, chair_name, clerk_id, clerk_name)
	select p_id, m.unit_id, m.unit_pos, m.feed_id, m.id, 1, p_vote, t.body, sha256(convert_to(t.body, 'UTF8')),
		p_adopted_at, m.chair_id, m.chair_name, m.clerk_id, m.clerk_name
	from chibo.meeting m cross join lateral (select chibo.minutes_text(m.id) as body) t
	where m.id = p_meeting
$$;

-- Whoever presided and whoever wrote sign, each for himself. With both they are sealed, and what they correct is
-- superseded.
create function chibo.sign_minutes(p_id uuid) returns void language plpgsql as $$
declare
	r chibo.minutes;
begin
	select x.* into r from chibo.minutes x
	where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos, x.meeting_id) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', 'id');
	elsif chibo.caller() is distinct from r.chair_id and chibo.caller() is distinct from r.clerk_id then
		perform chibo.refuse(9, 'not_chair_or_clerk', 'id');
	elsif (case when chibo.caller() = r.chair_id then r.chair_signed_at else r.clerk_signed_at end) is not null then
		perform chibo.refuse(9, 'already_signed', 'id');
	end if;
	update chibo.minutes x set version = x.version + 1,
		chair_signed_at = case when chibo.caller() = x.chair_id then now() else x.chair_signed_at end,
		clerk_signed_at = case when chibo.caller() = x.clerk_id then now() else x.clerk_signed_at end,
		state = case when num_nonnulls(x.chair_signed_at, x.clerk_signed_at) = 1 then 'sealed' else x.state end
	where x.id = p_id;
	update chibo.minutes x set version = x.version + 1, state = 'superseded'
	where x.id = r.corrects and num_nonnulls(r.chair_signed_at, r.clerk_signed_at) = 1;
end
$$;

-- The newest version, sealed, of this meeting.
create function chibo.require_newest_minutes(p_meeting uuid, p_id uuid) returns void language plpgsql as $$
declare
	r chibo.minutes;
	v_newest int := (select max(x.number) from chibo.minutes x where x.meeting_id = p_meeting);
begin
	select x.* into r from chibo.minutes x where x.id = p_id and x.meeting_id = p_meeting;
	if not found then
		perform chibo.refuse(5, 'not_found', 'corrects');
	elsif r.number <> v_newest then
		perform chibo.refuse(9, 'newer_minutes_exist', 'corrects', 'number=' || v_newest);
	elsif r.state <> 'sealed' then
		perform chibo.refuse(9, 'minutes_unsigned', 'corrects');
	end if;
end
$$;

create function chibo.correct_minutes(p_id uuid, p_corrects uuid, p_correction text) returns void
language sql as $$
	insert into chibo.minutes (id, unit_id, unit_pos, feed_id, meeting_id, number, corrects, correction, body, hash,
		adopted_at, chair_id, chair_name, clerk_id, clerk_name)
	select p_id, r.unit_id, r.unit_pos, r.feed_id, r.meeting_id, r.number + 1, r.id, p_correction, t.body,
		sha256(convert_to(t.body, 'UTF8')), now(), r.chair_id, r.chair_name, r.clerk_id, r.clerk_name
	from chibo.minutes r cross join lateral (select chibo.corrected_text(r, now(), p_correction) as body) t
	where r.id = p_corrects
$$;

-- As they are told: to who sees only counts, without text and names.
create function chibo.minutes_rows(p_id uuid)
returns table (id uuid, version int, unit_id uuid, meeting_id uuid, number int, state chibo.minutes_state, corrects uuid,
	correction text, vote_id uuid, hash text, adopted_at_us timestamptz, chair_name text, chair_signed_at_us timestamptz,
	clerk_name text, clerk_signed_at_us timestamptz, body text)
language sql stable as $$
	select r.id, r.version, r.unit_id, r.meeting_id, r.number, r.state, r.corrects,
	       case when chibo.sees_names() then r.correction end, r.vote_id, encode(r.hash, 'hex'), r.adopted_at,
	       case when chibo.sees_names() then r.chair_name end, r.chair_signed_at,
	       case when chibo.sees_names() then r.clerk_name end, r.clerk_signed_at,
	       case when chibo.sees_names() then r.body end
	from chibo.minutes r where r.id = p_id and chibo.reaches(r.unit_id, r.unit_pos, r.meeting_id)
$$;

grant execute on function chibo.date_in_words, chibo.clock_of, chibo.moment_in_words, chibo.month_in_words, chibo.free_text, chibo.is_assembly,
	chibo.minutes_title, chibo.minutes_heading, chibo.minutes_time_and_place, chibo.minutes_roll, chibo.minutes_counts,
	chibo.minutes_absent, chibo.minutes_online, chibo.minutes_late, chibo.minutes_guests, chibo.minutes_people,
	chibo.minutes_agenda, chibo.minutes_speeches, chibo.minutes_candidates, chibo.ratio_in_words, chibo.vote_result,
	chibo.vote_papers, chibo.vote_counts, chibo.vote_names, chibo.vote_in_words, chibo.minutes_votes, chibo.minutes_conclusion,
	chibo.minutes_end, chibo.minutes_signatures, chibo.minutes_text, chibo.corrected_text, chibo.require_end,
	chibo.require_roll_call, chibo.require_minutes_vote, chibo.add_minutes, chibo.sign_minutes,
	chibo.require_newest_minutes, chibo.correct_minutes, chibo.minutes_rows to chibo_app;

set local role chibo_auth;

-- A page in tree order, without text. The interval of a unit is nobody's to ask but a definer's.
create function auth.minutes_page(p_unit uuid, p_month text, p_state chibo.minutes_state, p_after_pos int, p_after_id uuid,
                                  p_limit int)
returns table (id uuid, version int, unit_id uuid, unit_path text, meeting_id uuid, kind chibo.meeting_kind,
	period_month text, number int, state chibo.minutes_state, adopted_at_us timestamptz, chair_signed_at_us timestamptz,
	clerk_signed_at_us timestamptz, pos int)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	i record;
begin
	select x.lo, x.hi into i from interval_of(p_unit) x;
	return query
	select r.id, r.version, r.unit_id, path_of(r.unit_id, today()), r.meeting_id, m.kind, m.period_month::text, r.number,
	       r.state, r.adopted_at, r.chair_signed_at, r.clerk_signed_at, r.unit_pos
	from minutes r join meeting m on m.id = r.meeting_id
	where r.unit_pos between i.lo and i.hi and reaches(r.unit_id, r.unit_pos, r.meeting_id)
	  and (p_after_pos is null or (r.unit_pos, r.id) > (p_after_pos, coalesce(p_after_id, '00000000-0000-0000-0000-000000000000')))
	  and (p_month is null or m.period_month = p_month) and (p_state is null or r.state = p_state)
	order by r.unit_pos, r.id
	limit least(p_limit, 500);
end
$$;
grant execute on function auth.minutes_page to chibo_app;

commit;
