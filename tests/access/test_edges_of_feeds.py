#!/usr/bin/python3
"""What the matrix has no axis for, of what wards keep: the feeds of others, what lies beside one's own in the same feed."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
from access_case import AccessCase  # noqa: E402
from client import MESSAGES  # noqa: E402
from mirror import CHANGED, FIELDS, LEFT  # noqa: E402
from model import NOT_FOUND, OK  # noqa: E402
from world import INSIDE, key, token  # noqa: E402

KEEPERS = ("BD", "BS", "WO", "WS")
FEED, FOREIGN_FEED = key("unit", "ancestor"), key("unit", "nearby")
INSIDE_IDS = {key("unit", unit) for unit in INSIDE}


class Feeds(AccessCase):
    def answer(self, role, method, seen=(), **fields):
        """`seen`: whom it may name beside one's own."""
        answer = self.ask(token(f"{role}/live"), f"SyncService/{method}", **fields)
        self.assertEqual((answer.code, set(answer.leaks()) - set(seen)), (OK, set()), fields)
        return MESSAGES[f"Sync{method}Response"].FromString(answer.reply.body)

    def pull(self, role, position, seen=()):
        history = self.answer(role, "Open").history_id
        entry = self.superuser.rows(f"select encode(hash, 'hex') from ledger.entry where feed = md5('unit/ancestor')::uuid "
                                    f"and position = {position}")
        return self.answer(role, "Pull", seen, history_id=history, feed=FEED, position=position,
                           hash=bytes.fromhex(entry[0]) if entry else b"")

    def touch(self, what):
        """One entry in the feed that names a record of every unit; `what` is an SQL expression of the line. Returns the
        position before it."""
        before = int(self.superuser.value("select coalesce((select position from ledger.feed_head where feed = "
                                          "md5('unit/ancestor')::uuid), 0)"))
        self.sql(f"""do $$ begin
            perform set_config('app.account_id', md5('account/WO/live')::uuid::text, true), set_config('app.method', 'Test', true),
                    set_config('app.grant_id', '', true), set_config('app.unit_id', '', true);
            perform ledger.claim(gen_random_uuid(), sha256(''));
            perform set_config('app.touched', string_agg({what}, e'\\n'), true)
            from chibo.unit u join chibo.person p on p.id = md5('person/' || lower(substr(u.code, 3)) || '/0')::uuid
            where u.code like 'QQ%';
            perform from ledger.publish();
        end $$""")
        self.superuser.changes()
        return before

    def test_foreign_feed(self):
        """the feed of another ward is like one that does not exist"""
        history = self.answer("WO", "Open").history_id
        for role in KEEPERS:
            for method, fields in (("Copy", {"entity": "person"}), ("Digest", {}),
                                   ("Pull", {"history_id": history, "position": 0})):
                foreign, none = (self.ask(token(f"{role}/live"), f"SyncService/{method}", feed=feed, **fields)
                                 for feed in (FOREIGN_FEED, key("nothing")))
                self.assertAnswer(foreign, NOT_FOUND, "not_found", "feed")
                self.assertEqual(foreign.without_id(), none.without_id())
            self.assertEqual({feed.feed for feed in self.answer(role, "Feeds").feeds}, {FEED, key("unit", "root")})

    def test_copy(self):
        """a copy has what lies in the grant's interval, all of it, and nothing beside it"""
        for role in ("BS", "WO"):
            for feed in (FEED, key("unit", "root")):
                for entity in FIELDS:
                    more, after, seen = True, {}, []
                    while more:
                        # whoever spent some years here is named by his place
                        page = self.answer(role, "Copy", ["the member of former"] if entity == "membership" else (), feed=feed,
                                           entity=entity, **after)
                        seen += page.marks
                        more, after = page.more, {"after_id": page.marks[-1].id} if page.marks else {}
                    strange = {mark.unit_id for mark in seen if mark.unit_id} - INSIDE_IDS
                    self.assertEqual(strange, set(), entity)
                    if feed == FEED and entity in ("unit", "person", "member", "meeting", "task", "candidate", "target"):
                        self.assertLessEqual({key("unit", "own"), key("unit", "descendant")},
                                             {mark.unit_id for mark in seen}, entity)

    def test_digests(self):
        """counts and digests are of the grant's interval"""
        rows = self.answer("BS", "Digest", feed=FEED).digests
        self.assertEqual({row.unit_id for row in rows}, INSIDE_IDS)
        counted = sum(row.count for row in rows if row.entity == "member")
        inside = ", ".join(f"'QQ{unit.upper()}'" for unit in INSIDE)
        self.assertEqual(counted, int(self.superuser.value(
            f"select count(*) from chibo.member m join chibo.unit u on u.id = m.unit_id where u.code in ({inside})")))

    def test_pull(self):
        """of an entry that names records of all units the marks are one's own, and the entry is counted"""
        before = self.touch("ledger.line('person', p.id, p.version, 'changed', u.feed_id, u.id, null)")
        page = self.pull("BS", before)
        self.assertEqual({mark.unit_id for mark in page.marks if mark.entity == "person"}, INSIDE_IDS)
        self.assertEqual({mark.kind for mark in page.marks}, {CHANGED})
        self.assertEqual([entry.position for entry in page.entries], [before + 1])

    def test_left(self):
        """what lay beside one's own and moved beside it is not told, what lay in it is"""
        before = self.touch("ledger.line('person', p.id, p.version, 'changed', md5('unit/ancestor')::uuid, u.id, "
                            "case lower(substr(u.code, 3)) when 'sibling' then md5('unit/own')::uuid "
                            "else md5('unit/elsewhere')::uuid end)")
        page = self.pull("BS", before, ["the person of sibling"])
        self.assertEqual({mark.id for mark in page.marks if mark.kind == LEFT}, {key("person", "sibling", 0)})

    def test_entry_of_others(self):
        """an entry that is none of one's own comes bare"""
        before = self.touch("case when u.code in ('QQSIBLING', 'QQANCESTOR') then ledger.line('person', p.id, p.version, "
                            "'deleted', u.feed_id, u.id, null) else ledger.line('', u.id, 0, '', u.feed_id, null, null) end")
        page = self.pull("BS", before)
        self.assertEqual([len(page.marks), len(page.entries)], [0, 1])


if __name__ == "__main__":
    tap.main()
