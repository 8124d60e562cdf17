#!/usr/bin/python3
"""Sensitive fields over the wire: who sets, who reads how much, what the ledger keeps, what a stranger learns."""

import signal
import time
import uuid

import actors
import markers
import tap
from client import uuid7
from fixture import ServerCase

WARD, OTHER_WARD, BRANCH, NEXT_BRANCH = "NLO.TT", "HUE.TX", "NLO.TT.01", "NLO.TT.02"
INVALID, NOT_FOUND, DENIED, PRECONDITION, ABORTED, INTERNAL = 3, 5, 7, 9, 10, 13
VALUES = markers.VALUES
CODES = {"ethnicity": "tay", "religion": "none"}
FIELDS = [*VALUES, *CODES]


def text(person_id):
    return str(uuid.UUID(bytes=person_id))


class SensitiveCase(ServerCase):
    def setUp(self):
        self.office = actors.act(self, "WO", WARD)
        self.person = actors.person(self, BRANCH)

    def set(self, client=None, person=None, version=1, op_id=None, dry_run=None, **fields):
        return (client or self.office).submit(
            "PersonService/SetSensitive", op_id, dry_run, id=person or self.person, base_version=version,
            update_mask=[*fields], **{name: value for name, value in fields.items() if value is not None})

    def get(self, client, person=None, **fields):
        return client.read("PersonService/GetSensitive", id=person or self.person, **fields)

    def values(self, client, person=None):
        answer = self.get(client, person).sensitive
        return {name: getattr(answer, name) for name in FIELDS if answer.HasField(name)}

    def reads(self):
        """(feed, touched) of all audited reads so far."""
        return self.sql("select feed, replace(touched, e'\\n', ' ') from ledger.entry where method in ('PersonService/GetSensitive', "
                        "'PersonService/FindDuplicates') order by at, feed, position")

    def ledger_of(self, call):
        """What the ledger gained by a call."""
        before = len(self.reads())
        call()
        return self.reads()[before:]


class Setting(SensitiveCase):
    def test_round_trip(self):
        """what the office sets it reads again, and the database holds none of it"""
        answer = self.set(**VALUES, **CODES)
        self.assertEqual((answer.record.id, answer.record.version, answer.record.full_name),
                         (self.person, 2, "Thử Mẫu"))
        self.assertEqual([*answer.warnings], [])
        self.assertEqual(self.values(self.office), {**VALUES, **CODES})
        shown = self.get(self.office).sensitive
        self.assertEqual((shown.ethnicity_name, shown.religion_name), ("Tày", "Không theo tôn giáo"))
        row = str(self.sql("select s.* from chibo.person_sealed s"))
        for value in VALUES.values():
            self.assertNotIn(value, row)
            self.assertNotIn(value.encode().hex(), row)

    def test_entry(self):
        """the entry of a change names person, sealed record and codes, by version"""
        self.set(**VALUES, **CODES)
        touched = self.sql("select replace(touched, e'\\n', ' ') from ledger.entry "
                           f"where touched like '%{text(self.person)}%'")
        self.assertEqual(touched, [[" ".join(f"{entity},{text(self.person)},{version},{kind}" for entity, version, kind in (
            ("person", 2, "changed"), ("person_origin", 1, "created"), ("person_sealed", 1, "created")))]])

    def test_mask(self):
        """only what is named changes; named and absent is cleared"""
        self.set(**VALUES, **CODES)
        self.set(version=2, phone=None, religion=None, notes="khác")
        self.assertEqual(self.values(self.office), {
            "national_id": VALUES["national_id"], "address": VALUES["address"], "notes": "khác", "ethnicity": "tay"})
        self.set(version=3, national_id=None)
        self.assertEqual(self.sql(f"select national_id_hash is null from chibo.person_sealed "
                                  f"where id = '{text(self.person)}'"), [["t"]])

    def test_mask_is_checked(self):
        """an empty mask and a field that is not there are refused"""
        with self.assertRefused(INVALID, "required", "update_mask"):
            self.office.submit("PersonService/SetSensitive", id=self.person, base_version=1)
        with self.assertRefused(INVALID, "unknown_field", "update_mask"):
            self.office.submit("PersonService/SetSensitive", id=self.person, base_version=1,
                               update_mask=["phone", "full_name"])

    def test_conflict(self):
        """whoever has not seen the last version is refused and told it"""
        self.set(phone=VALUES["phone"])
        with self.assertRefused(ABORTED, "conflict", "base_version") as caught:
            self.set(notes="cũ")
        self.assertEqual(caught.exception.params, {"version": "2"})
        self.assertEqual(self.values(self.office), {"phone": VALUES["phone"]})

    def test_bad_values(self):
        """a bad value is refused by field and rule, never repeated, and nothing is half done"""
        for field, value, rule in (
                ("national_id", "00118501234", "format"), ("national_id", "001485012345", "format"),
                ("national_id", "ZMARK", "format"), ("phone", "0912345678", "format"), ("phone", "", "format"),
                ("address", " trước", "text"), ("address", "a\nb", "text"), ("address", "x" * 301, "text"),
                ("notes", "\u200bz", "text"), ("notes", "", "text")):
            with self.assertRefused(INVALID, rule, field) as caught:
                self.set(**{"address": "tốt", "notes": "tốt", "phone": "+84912345678", field: value})
            self.assertEqual(caught.exception.params, {})
        for field in CODES:
            with self.assertRefused(NOT_FOUND, "not_found", field) as caught:
                self.set(**{field: "zmark"})
            self.assertEqual(caught.exception.params, {})
        self.assertEqual(self.values(self.office), {})

    def test_warnings(self):
        """a number that does not match the record is saved with a warning"""
        def rules(number, version):
            answer = self.set(version=version, national_id=number)
            self.assertEqual({warning.field for warning in answer.warnings} - {"national_id"}, set())
            return [warning.rule for warning in answer.warnings]
        self.assertEqual(rules("001085012345", 1), ["sex_differs"])
        self.assertEqual(rules("001184012345", 2), ["year_differs"])
        self.assertEqual(rules("999384012345", 3), ["place_unknown", "year_differs"])
        self.assertEqual(rules("123456789", 4), [])
        self.assertEqual(self.values(self.office), {"national_id": "123456789"})

    def test_replay(self):
        """the same operation again changes nothing and answers the same"""
        op_id = uuid7()
        first = self.set(op_id=op_id, national_id="001084012345")
        again = self.set(op_id=op_id, national_id="001084012345")
        self.assertTrue(self.office.last.replayed)
        self.assertEqual(first, again)
        self.assertEqual(self.sql(f"select version from chibo.person_sealed where id = '{text(self.person)}'"), [["1"]])

    def test_dry_run(self):
        """a dry run warns and keeps nothing"""
        answer = self.set(dry_run=True, national_id="001084012345", **CODES)
        self.assertEqual([warning.rule for warning in answer.warnings], ["sex_differs", "year_differs"])
        self.assertEqual(self.values(self.office), {})

    def test_own_record(self):
        """nobody sets his own fields"""
        with self.assertRefused(PRECONDITION, "own_record", "id"):
            self.set(person=self.office.person_id, phone=VALUES["phone"])

    def test_scope(self):
        """a person of another ward is not there, for setting and for reading"""
        other = actors.act(self, "WO", OTHER_WARD)
        for call in (lambda: self.set(other, phone=VALUES["phone"]), lambda: self.get(other)):
            with self.assertRefused(NOT_FOUND, "not_found"):
                call()
        with self.assertRefused(NOT_FOUND, "not_found"):
            self.set(person=uuid7(), phone=VALUES["phone"])

    def test_permission(self):
        """only the ward's office sets; deputies, auditors and administrators do not even read"""
        for role in ("MB", "BD", "BS", "WS", "DO", "DH", "DS", "IC", "AU", "SA"):
            with self.assertRefused(DENIED, "permission_denied"):
                self.set(actors.act(self, role, WARD), phone=VALUES["phone"])
        for role in ("BD", "AU", "SA"):
            with self.assertRefused(DENIED, "permission_denied"):
                self.get(actors.act(self, role, WARD))

    def test_moves_along(self):
        """the sealed record goes where the person goes, and no entry tells it twice"""
        self.set(**VALUES, **CODES)
        self.sql(f"""update chibo.person p set unit_id = u.id, unit_pos = u.pos, feed_id = u.feed_id
                     from chibo.unit u where u.code = '{OTHER_WARD}' and p.id = '{text(self.person)}'""")
        with self.assertRefused(NOT_FOUND, "not_found"):
            self.get(self.office)
        self.assertEqual(self.values(actors.act(self, "WO", OTHER_WARD)), {**VALUES, **CODES})


class Reading(SensitiveCase):
    def setUp(self):
        super().setUp()
        self.set(**VALUES, **CODES)

    def feed(self, code):
        return self.sql(f"select feed_id from chibo.unit where code = '{code}'")[0][0]

    def test_scope(self):
        """who reads in his scope sees all, and each reading is one entry"""
        for role, unit in (("WO", WARD), ("BS", BRANCH), ("WS", WARD), ("DO", None), ("DH", None)):
            client = actors.act(self, role, unit)
            entries = self.ledger_of(lambda: self.assertEqual(self.values(client), {**VALUES, **CODES}))
            self.assertEqual(entries, [[self.feed(BRANCH), f"person,{text(self.person)},2,read"]], role)
            self.assertEqual(len(self.ledger_of(lambda: self.get(client))), 1)

    def test_next_door(self):
        """the branch next door sees nothing, and no entry is left"""
        client = actors.act(self, "BS", NEXT_BRANCH)

        def call():
            with self.assertRefused(NOT_FOUND, "not_found"):
                self.get(client)
        self.assertEqual(self.ledger_of(call), [])

    def test_own(self):
        """a member reads his own record and nobody else's"""
        member = actors.act(self, "MB", BRANCH, self.person)
        entries = self.ledger_of(lambda: self.assertEqual(self.values(member), {**VALUES, **CODES}))
        self.assertEqual(len(entries), 1)

        def call():
            with self.assertRefused(NOT_FOUND, "not_found"):
                self.get(member, actors.person(self, BRANCH))
        self.assertEqual(self.ledger_of(call), [])

    def test_masked(self):
        """the secretary of the district and a delegate learn which fields there are, and no value"""
        for role, unit in (("DS", None), ("DG", WARD)):
            client = actors.act(self, role, unit)
            entries = self.ledger_of(lambda: self.assertEqual(self.values(client), {}))
            self.assertEqual([field.field for field in self.get(client).masked], FIELDS)
            self.assertEqual(entries, [[self.feed(BRANCH), f"person,{text(self.person)},2,read"]])
            raw = client.last.body
            for value in (*VALUES.values(), "Tày", "tay"):
                self.assertNotIn(value.encode(), raw)
            self.assertEqual([*self.get(client, actors.person(self, BRANCH)).masked], [])

    def test_inspection(self):
        """an inspector names his open file, and the ledger keeps its number"""
        client = actors.act(self, "IC", WARD)
        for number, rule in ((None, "required"), ("", "format"), ("12,KL", "format"), ("12\nKL", "format"),
                             ("-12", "format"), ("1" * 41, "format"), ("Đ\u0302", "format")):
            def call():
                with self.assertRefused(INVALID, rule, "inspection_no"):
                    self.get(client, **({} if number is None else {"inspection_no": number}))
            self.assertEqual(self.ledger_of(call), [], number)
        entries = self.ledger_of(lambda: self.assertEqual(
            self.get(client, inspection_no="12-KL/UBKTĐU").sensitive.phone, VALUES["phone"]))
        self.assertEqual(entries, [[self.feed(BRANCH), f"inspection 12-KL/UBKTĐU,{text(self.person)},2,read "
                                                       f"person,{text(self.person)},2,read"]])

    def test_nothing_there(self):
        """a person without sensitive fields is read as well, and that is an entry"""
        person = actors.person(self, BRANCH)
        entries = self.ledger_of(lambda: self.assertEqual(self.values(self.office, person), {}))
        self.assertEqual(len(entries), 1)

    def test_no_list_shows_them(self):
        """no other answer about the person holds any of it"""
        self.office.read("PersonService/Get", id=self.person)
        body = self.office.last.body
        for value in (*VALUES.values(), "tay"):
            self.assertNotIn(value.encode(), body)


class Duplicates(SensitiveCase):
    def setUp(self):
        super().setUp()
        self.sql("update chibo.person_sealed set national_id = null, national_id_hash = null")
        self.board = actors.act(self, "DO", None)
        self.other = actors.act(self, "WO", OTHER_WARD)

    def find(self, client=None, **fields):
        return [*(client or self.board).read("PersonService/FindDuplicates", **fields).duplicates]

    def twins(self, number):
        """Two persons in two wards with one number, the lesser id first."""
        pair = [(self.office, actors.person(self, BRANCH, "Một")), (self.other, actors.person(self, OTHER_WARD, "Hai"))]
        for office, person in pair:
            self.set(office, person, national_id=number)
        return sorted(person for _, person in pair)

    def test_by_number(self):
        """the district finds who has a number, in all wards"""
        pair = self.twins("001185000001")
        hits = self.find(national_id="001185000001")
        self.assertEqual([hit.id for hit in hits], pair)
        self.assertEqual({hit.group_id for hit in hits}, {pair[0]})
        self.assertEqual({hit.full_name for hit in hits}, {"Thử Một", "Thử Hai"})
        self.assertTrue(all(hit.unit_path and hit.unit_id and hit.born_on == "1985" for hit in hits))
        self.set(national_id="001185000009")
        self.assertEqual([hit.id for hit in self.find(national_id="001185000009")], [self.person])

    def test_pairs_and_pages(self):
        """without a number all who share theirs, page by page"""
        pairs = sorted(self.twins(f"00118500{i:04d}") for i in range(1, 6))
        self.set(national_id="001185009999")
        expected = [(pair[0], person) for pair in pairs for person in pair]
        self.assertEqual([(hit.group_id, hit.id) for hit in self.find()], expected)
        for size in (1, 3):
            seen, last = [], {}
            while hits := self.find(limit=size, **last):
                seen += [(hit.group_id, hit.id) for hit in hits]
                last = {"after_group_id": hits[-1].group_id, "after_id": hits[-1].id}
            self.assertEqual(seen, expected)
        with self.assertRefused(INVALID, "out_of_range", "limit"):
            self.find(limit=201)

    def test_entries(self):
        """each ward's feed tells who of it was shown; the search is an entry of the district, hits or none"""
        pair = self.twins("001185000001")
        root = self.sql("select unit_id from auth.tree where parent_id is null")[0][0]
        entries = self.ledger_of(lambda: self.find(national_id="001185000001"))
        self.assertEqual(sorted(touched for _, touched in entries),
                         ["", *sorted(f"person,{text(person)},2,read" for person in pair)])
        for nothing in ({"national_id": "001185777777"}, {"after_group_id": b"\xff" * 16}):
            self.assertEqual(self.ledger_of(lambda: self.assertEqual(self.find(**nothing), [])), [[root, ""]])

    def test_bad_number(self):
        """what is no number is refused, not searched for"""
        with self.assertRefused(INVALID, "format", "national_id"):
            self.find(national_id="1234")

    def test_root_only(self):
        """below the root, and for anybody but the organisation board, there is no such search"""
        for role, unit in (("DO", WARD), ("DH", WARD), ("WO", WARD), ("WS", WARD), ("DS", None), ("AU", None)):
            with self.assertRefused(DENIED, "permission_denied"):
                self.find(actors.act(self, role, unit))

    def test_no_hint(self):
        """a ward that sets a number of another ward's person is answered like any other"""
        self.set(self.other, actors.person(self, OTHER_WARD), national_id="001185000001")
        known = self.set(national_id="001185000001")
        fresh = self.set(person=actors.person(self, BRANCH), national_id="001185000002")
        self.assertEqual((known.record.version, [*known.warnings]), (fresh.record.version, [*fresh.warnings]))
        known.record.id = fresh.record.id
        self.assertEqual(known.SerializeToString(), fresh.SerializeToString())


class Codes(SensitiveCase):
    def test_lists(self):
        """the lists of codes are read by everybody; another list is not found"""
        client = actors.act(self, "MB", BRANCH)
        ethnicities = client.read("CodeService/List", list="ethnicity").codes
        self.assertEqual((len(ethnicities), ethnicities[0].name, ethnicities[-1].code), (55, "Kinh", "other"))
        religions = [code.code for code in client.read("CodeService/List", list="religion").codes]
        self.assertEqual((religions[0], len(religions)), ("none", 18))
        with self.assertRefused(NOT_FOUND, "not_found", "list"):
            client.read("CodeService/List", list="sector")


class Tampered(SensitiveCase):
    """What somebody with the database alone may do: move and change ciphertexts."""

    def expect_failure(self):
        with self.assertRefused(INTERNAL, "internal"):
            self.get(self.office)
        log = self.server.log_text()
        self.assertIn("event=not_opened", log)
        for value in VALUES.values():
            self.assertNotIn(value, log)

    def test_columns(self):
        """a value moved to another column does not open"""
        self.set(**VALUES)
        self.sql(f"update chibo.person_sealed set address = notes where id = '{text(self.person)}'")
        self.expect_failure()

    def test_rows(self):
        """a value moved to another person does not open"""
        other = actors.person(self, BRANCH)
        self.set(**VALUES)
        self.set(person=other, phone="+84912345679")
        self.sql(f"""update chibo.person_sealed set phone = (select phone from chibo.person_sealed where id = '{text(other)}')
                     where id = '{text(self.person)}'""")
        self.expect_failure()

    def test_bytes(self):
        """a changed byte, another key id and rubbish do not open"""
        for change in ("set_byte(phone, 50, get_byte(phone, 50) # 1)", "set_byte(phone, 3, 99)",
                       "sha512(phone)", "'\\x00000000'::bytea || phone"):
            person = self.person = actors.person(self, BRANCH)
            self.set(person=person, phone="+84912345678")
            self.sql(f"update chibo.person_sealed set phone = {change} where id = '{text(person)}'")
            self.expect_failure()


class Keys(SensitiveCase):
    def reload(self, expected):
        before = self.server.log_text().count("event=reload")
        self.server.process.send_signal(signal.SIGHUP)
        for _ in range(200):
            lines = [line for line in self.server.log_text().splitlines() if "event=reload" in line]
            if len(lines) > before:
                self.assertIn(f"result={expected}", lines[-1])
                return lines[-1]
            time.sleep(0.02)
        raise AssertionError("no reload")

    def key_of(self, column):
        return self.sql(f"select chibo.seal_key({column}) from chibo.person_sealed where id = '{text(self.person)}'")[0][0]

    def test_rotation(self):
        """a new key seals after a reload, and the old values still open"""
        self.set(phone=VALUES["phone"])
        newest = int(self.key_of("phone")) + 1
        self.assertEqual(self.server.chibod("make-seal-key", self.server.seal_key), f"key {newest}\n")
        self.set(version=2, notes="trước")
        self.assertEqual(self.key_of("notes"), str(newest - 1))
        self.reload("ok")
        self.set(version=3, address=VALUES["address"])
        self.assertEqual(self.key_of("address"), str(newest))
        self.assertEqual(self.values(self.office),
                         {"phone": VALUES["phone"], "notes": "trước", "address": VALUES["address"]})

    def test_bad_file(self):
        """a bad file at a reload leaves the keys as they were, and its line is named"""
        self.set(phone=VALUES["phone"])
        good = self.server.seal_key.read_text()
        self.addCleanup(self.server.seal_key.write_text, good)
        self.server.seal_key.write_text(good + "key 1 00\n")
        line = self.reload("refused")
        self.assertRegex(line, rf"seal.key:{good.count(chr(10)) + 1}: ")
        self.assertEqual(self.values(self.office), {"phone": VALUES["phone"]})

    def test_start(self):
        """without a key file, or with one that others may read, the server does not start"""
        key = self.server.seal_key
        other = type(self.server)(self.cluster, self.database)
        self.addCleanup(other.scratch.cleanup)
        other.seal_key.chmod(0o640)
        with self.assertRaisesRegex(RuntimeError, "open to others"):
            other.start()
        other.seal_key.unlink()
        with self.assertRaisesRegex(RuntimeError, "No such file"):
            other.start()
        self.assertTrue(key.exists())

    def test_never_printed(self):
        """neither make-seal-key nor the log shows a key"""
        keys = [word for line in self.server.seal_key.read_text().splitlines() for word in line.split() if len(word) == 64]
        self.assertGreaterEqual(len(keys), 2)
        self.assertEqual([key for key in keys if key in self.server.log_text()], [])


if __name__ == "__main__":
    tap.main()
