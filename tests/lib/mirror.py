"""What a ward's computer does with the feeds, in a few lines: the copy that tests hold against the server's own answers."""

import hashlib

CHANGED, DELETED, LEFT, MERGED, RETIRED = 1, 2, 3, 4, 5
KEPT = (CHANGED, MERGED, RETIRED)
START = hashlib.sha256(b"").digest()

# Entity -> field of a page, in the order of a copy.
FIELDS = {
    "unit": "units", "person": "persons", "member": "members", "membership": "memberships", "post": "posts",
    "post_holding": "holdings", "residential_registration": "registrations", "meeting": "meetings", "vote_item": "votes",
    "minutes": "minutes", "resolution": "resolutions", "task": "tasks", "proposal": "proposals", "plan": "plans",
    "target": "targets", "candidate": "candidates", "probation": "probations", "legal_doc": "documents", "rule": "rules",
    "calendar_day": "calendar_days",
}
PARTS = {"agenda_items", "attendances"}


class Mirror:
    """`records` and `marks` by (entity, id), `parts` by (field, meeting), `entries` by feed and position."""

    def __init__(self, client):
        self.client = client
        self.records, self.marks, self.parts = {}, {}, {}
        self.cursors, self.entries = {}, {}
        self.told = []                  # every mark of a pull, as it came
        self.pages = 0
        self.history = self.open().history_id

    def open(self):
        return self.client.read("SyncService/Open")

    def feeds(self):
        return list(self.client.read("SyncService/Feeds").feeds)

    def copy(self, limit=500):
        """All feeds anew, and what happened meanwhile."""
        heads = self.feeds()
        for head in heads:
            self.cursors[head.feed] = (head.position, head.hash)
            for entity in FIELDS:
                self.copy_entity(head.feed, entity, limit)
        for head in heads:
            self.pull_feed(head.feed)
        return self

    def copy_entity(self, feed, entity, limit=500):
        more, after = True, {}
        while more:
            page = self.client.read("SyncService/Copy", feed=feed, entity=entity, limit=limit, **after)
            self.apply(page)
            more = page.more
            after = {"after_id": page.marks[-1].id} if page.marks else {}

    def pull(self, limit=500):
        for feed in list(self.cursors):
            self.pull_feed(feed, limit)
        return self

    def pull_feed(self, feed, limit=500):
        while self.pull_page(feed, limit):
            pass

    def pull_page(self, feed, limit=500, **after):
        """False: the head was reached."""
        position, hash_ = self.cursors[feed]
        page = self.client.read("SyncService/Pull", history_id=self.history, feed=feed, position=position, hash=hash_,
                                limit=limit, **after)
        self.told += page.marks
        self.apply(page)
        if page.more:
            assert not page.entries, "an entry is told before all of it is"
            last = page.marks[-1]
            return self.pull_page(feed, limit, after_entity=last.entity, after_id=last.id)
        for n, entry in enumerate(page.entries):
            assert entry.position == position + n + 1, "a hole in the feed"
            self.entries.setdefault(feed, {})[entry.position] = entry.hash
        if not page.entries:
            assert (page.head_position, page.head_hash) == (position, hash_), "no entries before the head"
            return False
        self.cursors[feed] = (page.entries[-1].position, page.entries[-1].hash)
        return True

    def apply(self, page):
        self.pages += 1
        found = {(entity, record.id): record for entity, field in FIELDS.items() for record in getattr(page, field)}
        for mark in page.marks:
            key = mark.entity, mark.id
            if mark.kind not in KEPT:
                self.drop(key)
            elif key in found and found[key].version >= (self.records[key].version if key in self.records else 0):
                self.records[key], self.marks[key] = found.pop(key), mark
                if mark.entity == "meeting":
                    for field in PARTS:
                        self.parts[field, mark.id] = [p for p in getattr(page, field) if p.meeting_id == mark.id]
        assert not found, f"records without a mark: {list(found)[:3]}"

    def drop(self, key):
        self.records.pop(key, None)
        self.marks.pop(key, None)
        for field in PARTS:
            self.parts.pop((field, key[1]), None)

    def of(self, entity):
        return {id_: record for (kind, id_), record in self.records.items() if kind == entity}

    def digests(self):
        """(entity, unit) -> (count, exclusive or), of what is kept here."""
        sums = {}
        for mark in self.marks.values():
            count, digest = sums.get((mark.entity, mark.unit_id), (0, 0))
            sums[mark.entity, mark.unit_id] = count + 1, digest ^ mark.digest
        return sums

    def server_digests(self):
        return {(row.entity, row.unit_id): (row.count, row.digest)
                for feed in self.feeds() for row in self.client.read("SyncService/Digest", feed=feed.feed).digests if row.count}
