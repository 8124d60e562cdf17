#!/usr/bin/python3
"""Sensitive fields at the client: from files, stdin or without echo, never on the command line."""

import pathlib
import uuid

import actors
import markers
import tap
from client_case import ClientCase
from terminal import Terminal

BRANCH = "NLO.TT.01"
VALUES = markers.VALUES


class Sensitive(ClientCase):
    people = ("van.phong.tt", "can.bo")

    def setUp(self):
        self.office = self.clis["van.phong.tt"]
        self.person = str(uuid.UUID(bytes=actors.person(self, BRANCH)))

    def file(self, text):
        path = pathlib.Path(self.office.directory) / f"secret-{uuid.uuid4()}"
        path.write_text(text, encoding="utf-8")
        self.addCleanup(path.unlink)
        return path

    def set(self, *arguments, text_in=None):
        return self.office.run("person", "set-sensitive", self.person, *arguments, text_in=text_in)

    def shown(self):
        found = self.office.json("person", "get-sensitive", self.person)["sensitive"]
        return {name: found[name] for name in VALUES if found[name] is not None}

    def test_files(self):
        """each field from a file or a line of stdin, numbers as people write them"""
        done = self.set("--national-id-file", "-", "--phone-file", "-", "--address-file", self.file(VALUES["address"] + "\n"),
                        "--notes-file", self.file(VALUES["notes"]), "--ethnicity", "tay",
                        text_in="001.185.918 273\n0918 273 645\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(markers.in_text(done.stdout + done.stderr), [])
        self.assertEqual(self.shown(), VALUES)
        done = self.set("--phone-file", self.file(""))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("phone", self.shown())

    def test_human(self):
        """a person reads names of codes, and a number as it is"""
        self.set("--national-id-file", self.file(VALUES["national_id"]), "--ethnicity", "tay")
        shown = self.office.ok("person", "get-sensitive", self.person, "-o", "table")
        for text in ("Số định danh", VALUES["national_id"], "Tày"):
            self.assertIn(text, shown)

    def test_never_an_argument(self):
        """there is no option that takes the value itself"""
        for name in ("national-id", "address", "phone", "notes"):
            done = self.set(f"--{name}", "x")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(f"--{name}-file", done.stderr)

    def test_warning(self):
        """what does not match the record is saved, and said in words"""
        done = self.set("--national-id-file", self.file("001080012345"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Lưu ý: “Số định danh” không khớp giới tính", done.stderr)
        self.assertIn("không khớp năm sinh", done.stderr)

    def test_refused(self):
        """a refusal names the field and does not repeat the value"""
        for name, value in (("phone", "12"), ("notes", VALUES["notes"] * 101), ("national-id", VALUES["address"]),
                            ("address", VALUES["address"] * 20)):
            done = self.set(f"--{name}-file", self.file(value), "-o", "json")
            self.assertEqual(done.returncode, 8, done.stderr)
            self.assertIn(f'"field":"{name.replace("-", "_")}"', done.stderr)
            self.assertEqual(markers.in_text(done.stdout + done.stderr), [])

    def test_nobody_to_ask(self):
        """without a terminal and without a file nothing is done"""
        done = self.set("--no-input")
        self.assertEqual(done.returncode, 2, done.stderr)

    def test_prompt(self):
        """at a terminal each field is asked for without echo, and no argument holds it"""
        with Terminal(self.office, "person", "set-sensitive", self.person) as terminal:
            for label, typed in (("Số định danh", VALUES["national_id"]), ("Địa chỉ", VALUES["address"]),
                                 ("Điện thoại", "0918273645"), ("Ghi chú", "")):
                terminal.read_until(f"{label} (Enter: để nguyên): ")
                arguments = pathlib.Path(f"/proc/{terminal.pid}/cmdline").read_bytes()
                environment = pathlib.Path(f"/proc/{terminal.pid}/environ").read_bytes()
                self.assertEqual(markers.in_text(arguments + environment), [])
                terminal.type(typed + "\n")
            said = terminal.read_until()
        self.assertIn("Đã lưu", said)
        self.assertEqual(markers.in_text(said), [])
        self.assertEqual(self.shown(), {name: value for name, value in VALUES.items() if name != "notes"})

    def test_prompt_left_empty(self):
        """whoever only presses Enter changes nothing"""
        with Terminal(self.office, "person", "set-sensitive", self.person) as terminal:
            for label in ("Số định danh", "Địa chỉ", "Điện thoại", "Ghi chú"):
                terminal.read_until(f"{label} (Enter: để nguyên): ")
                terminal.type("\n")
            self.assertIn("Chưa làm gì cả", terminal.read_until())
        self.assertEqual(self.shown(), {})

    def test_one_prompt(self):
        """- at a terminal asks for that field alone"""
        with Terminal(self.office, "person", "set-sensitive", self.person, "--phone-file", "-") as terminal:
            terminal.read_until("Điện thoại (Enter: để nguyên): ")
            terminal.type("0918.273.645\n")
            self.assertIn("Đã lưu", terminal.read_until())
        self.assertEqual(self.shown(), {"phone": VALUES["phone"]})

    def test_duplicates(self):
        """the district finds duplicates page by page, and by a number from a file"""
        for _ in range(2):
            self.person = str(uuid.UUID(bytes=actors.person(self, BRANCH)))
            self.set("--national-id-file", self.file("001185444444"))
        board = self.clis["can.bo"]
        found = board.json("person", "find-duplicates", "--national-id-file", self.file("001 185 444444"))
        self.assertEqual([row["full_name"] for row in found], ["Thử Mẫu"] * 2)
        everyone = board.json("person", "find-duplicates")
        self.assertGreaterEqual(len(everyone), 2)
        self.assertEqual(board.json("person", "find-duplicates", "--limit", "1"), everyone[:1])

    def test_codes(self):
        """the list of codes for people"""
        self.assertIn("Kinh", self.office.ok("code", "list", "ethnicity", "-o", "table"))


if __name__ == "__main__":
    tap.main()
