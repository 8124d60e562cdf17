-- Deploy chibo:seeds to pg
-- What a new district starts with: roles and their permissions, kinds, sectors, rules with numbers.

begin;
set local role chibo_auth;

insert into auth.role (code, name, rank) values
	('SA', 'Quản trị hệ thống', 0),
	('AU', 'Kiểm toán viên', 10),
	('MB', 'Đảng viên', 10),
	('BD', 'Phó bí thư chi bộ', 20),
	('BS', 'Bí thư chi bộ', 30),
	('DG', 'Đại biểu dự họp', 15),
	('WO', 'Văn phòng đảng ủy cơ sở', 40),
	('WS', 'Bí thư, phó bí thư thường trực đảng ủy cơ sở', 50),
	('IC', 'Ủy ban kiểm tra', 55),
	('DO', 'Chuyên viên ban tổ chức', 60),
	('DH', 'Trưởng ban tổ chức', 70),
	('DS', 'Bí thư, thường trực cấp ủy', 80);

insert into auth.role_permission (role, permission)
select r.role, p.permission
from (values
	('catalogue_read', '{MB,BD,BS,WO,WS,DO,DH,DS,IC,DG,SA,AU}'),
	('unit_read',      '{MB,BD,BS,WO,WS,DO,DH,DS,IC,DG,AU}'),
	('unit_create',    '{WO,DO,DH}'),
	('unit_change',    '{WO,DO,DH}'),
	('scheme_create',  '{WO,DO,DH}'),
	('person_create',  '{BS,WO,DO,DH}'),
	('member_read',    '{BD,BS,WO,WS,DO,DH,DS,IC}'),
	('member_create',  '{BS,WO,DO,DH}'),
	('member_change',  '{BS,WO,DO,DH}'),
	('member_place',   '{BS,WO,DO,DH}'),
	('member_status',  '{WO,DO,DH}'),
	('member_import',  '{WO,DO,DH}'),
	('report_read',    '{BD,BS,WO,WS,DO,DH,DS,IC}'),
	('grant_read',     '{WO,WS,DO,DH,DS,IC,AU}'),
	('grant_manage',   '{DH,DS}'),
	('account_manage', '{DH,SA}')
) as p (permission, roles)
cross join unnest(p.roles::text[]) as r (role);

set local role chibo_owner;

insert into chibo.unit_kind (code, name, order_no, is_branch, is_grassroots) values
	('district_committee',   'Đảng bộ cấp trên (gốc của cơ sở dữ liệu)', 10, false, false),
	('upper_committee',      'Đảng bộ cấp trên trực tiếp cơ sở',         20, false, false),
	('grassroots_committee', 'Đảng bộ cơ sở',                            30, false, true),
	('sub_committee',        'Đảng bộ bộ phận',                          40, false, false),
	('grassroots_branch',    'Chi bộ cơ sở',                             50, true,  true),
	('branch',               'Chi bộ trực thuộc',                        60, true,  false),
	('party_group',          'Tổ đảng',                                  70, false, false);

insert into chibo.sector (code, name, order_no) values
	('hamlet',              'Thôn, bản, xóm',          10),
	('residential_group',   'Tổ dân phố, khối',        20),
	('street_group',        'Tổ dân phố đường phố',    30),
	('agri_group',          'Tổ dân phố nông nghiệp',  40),
	('admin_agency',        'Cơ quan hành chính',      50),
	('public_service_unit', 'Đơn vị sự nghiệp',        60),
	('school',              'Trường học',              70),
	('health',              'Cơ sở y tế',              80),
	('armed_forces',        'Lực lượng vũ trang',      90),
	('police',              'Công an',                100),
	('cooperative',         'Hợp tác xã',             110),
	('state_enterprise',    'Doanh nghiệp nhà nước',  120),
	('private_enterprise',  'Doanh nghiệp tư nhân',   130),
	('other',               'Loại hình khác',         140);

-- Where only the document is known and not the first day of the rule, it counts from the document's date.
insert into chibo.rule_param (key, value, unit, during, legal_doc) values
	('admission.min_age_months',            '216',  'months',       '[2021-07-30,)', 'QĐ 24-QĐ/TW (30/7/2021), điều 1'),
	('admission.max_age_months',            '720',  'months',       '[2021-07-30,)', 'QĐ 24-QĐ/TW (30/7/2021), điều 1'),
	('admission.min_education',             'lower_secondary', 'code', '[2021-07-30,)', 'QĐ 24-QĐ/TW (30/7/2021), điều 1'),
	('mentor.min_months_together',          '12',   'months',       '[2016-07-25,)', 'QĐ 29-QĐ/TW (25/7/2016), điều 3.2; QĐ 24-QĐ/TW, điều 3'),
	('awareness_cert.valid_months',         '60',   'months',       '[2022-01-18,)', 'HD 12-HD/BTCTW (18/01/2022)'),
	('admission_file.redo_after_months',    '12',   'months',       '[2016-09-20,)', 'HD 01-HD/TW (20/9/2016; 28/9/2021)'),
	('vote.admission_ratio',                '2/3',  'ratio',        '[2016-07-25,)', 'QĐ 29-QĐ/TW (25/7/2016), điều 4.2; HD 01-HD/TW, mục 5.1'),
	('vote.deadlock_rounds',                '3',    'rounds',       '[2016-07-25,)', 'QĐ 29-QĐ/TW (25/7/2016), điều 4.2'),
	('admission.decide_days',               '60',   'working_days', '[2025-01-20,)', 'QĐ 232-QĐ/TW (20/1/2025), điều 4.3'),
	('admission.ceremony_days',             '30',   'working_days', '[2025-01-20,)', 'QĐ 232-QĐ/TW (20/1/2025), điều 4.1'),
	('probation.months',                    '12',   'months',       '(,)',           'Điều lệ Đảng, điều 5; QĐ 29-QĐ/TW (25/7/2016), điều 4.2'),
	('full_recognition.decide_days',        '30',   'working_days', '[2016-07-25,)', 'QĐ 29-QĐ/TW (25/7/2016), điều 4.3; QĐ 24-QĐ/TW, điều 4.2'),
	('transfer.apply_days',                 '60',   'working_days', '[2025-05-26,)', 'QĐ 294-QĐ/TW (26/5/2025), điều 6.3'),
	('transfer.present_days',               '30',   'working_days', '[2025-05-26,)', 'QĐ 294-QĐ/TW (26/5/2025), điều 6.3'),
	('transfer.temporary_min_months',       '3',    'months',       '[2016-07-25,)', 'QĐ 29-QĐ/TW (25/7/2016), điều 6.3'),
	('transfer.temporary_max_months',       '12',   'months',       '[2016-07-25,)', 'QĐ 29-QĐ/TW (25/7/2016), điều 6.3'),
	('transfer.temporary_study_max_months', '24',   'months',       '[2016-07-25,)', 'QĐ 29-QĐ/TW (25/7/2016), điều 6.3'),
	('transfer.overdue_alert_months',       '3',    'months',       '[2016-09-20,)', 'HD 01-HD/TW (20/9/2016; 28/9/2021), mục 8'),
	('dues.removal_months',                 '3',    'months',       '[2026-02-03,)', 'QĐ 01-QĐ/TW (03/02/2026)'),
	('meeting.attendance_pct',              '85',   'percent',      '[2018-07-06,)', 'HD 12-HD/BTCTW (06/7/2018)'),
	('meeting.min_minutes',                 '90',   'minutes',      '[2018-07-06,)', 'HD 12-HD/BTCTW (06/7/2018)'),
	('meeting.pilots_per_month',            '1',    'meetings',     '(,)',           'Nghị quyết của cấp ủy cấp trên, nhiệm kỳ 2020–2025'),
	('branch.min_full_members',             '3',    'members',      '(,)',           'Điều lệ Đảng, điều 21'),
	('branch.committee_from',               '9',    'members',      '(,)',           'Điều lệ Đảng, điều 24'),
	('branch.committee_max',                '7',    'members',      '(,)',           'QĐ 29-QĐ/TW (25/7/2016), điều 24'),
	('grassroots.committee_from',           '30',   'members',      '(,)',           'Điều lệ Đảng, điều 21'),
	('rating.excellent_cap',                '20',   'percent',      '[2019-01-01,2025-08-30)', 'HD 21-HD/BTCTW (2019)'),
	('rating.excellent_points',             '90',   'points',       '[2025-08-30,)', 'QĐ 366-QĐ/TW (30/8/2025)'),
	('badge.years', '30,40,45,50,55,60,65,70,75,80,85,90', 'years', '[2016-09-20,)', 'HD 01-HD/TW (20/9/2016; 28/9/2021), mục 18');

commit;
