#!/usr/bin/python3
"""What stands on the terminal: widths, languages, locales, pipes, and text as it is typed and shown."""

import csv
import io
import pathlib
import re
import shlex
import subprocess
import sys
import unicodedata

sys.path[:0] = [str(pathlib.Path(__file__).parent),
                *(str(pathlib.Path(__file__).resolve().parents[1] / part) for part in ("lib", "integration"))]

import example  # noqa: E402
import tap  # noqa: E402
from cli import Cli  # noqa: E402
from client_case import ClientCase, run_bytes  # noqa: E402
from paths import CHIBO  # noqa: E402
from terminal import Terminal, width  # noqa: E402

WIDTHS = 60, 80, 120
NO_SUCH_OPTION = "--khong-co"
# Places and files that the examples speak of, and those of the example district that stand for them.
STAND_INS = {"TT-01": "NLO.TT.01", "TT-02": "NLO.TT.02", "TT": "NLO.TT", "PN": "NLO", "trung-tam": "thu-nghiem"}
LISTS = (
    ("member", "list", "NLO.TT.01"),
    ("unit", "list", "NLO.TT"),
    ("report", "members-by-sector", "NLO", "--scheme", "nghia-lo-2020", "--as-of-on", "7/7/2020"),
    ("grant", "list"),
    ("rule", "list"),
    ("status",),
)


def run_at_home(cli, *arguments):
    """A run in the person's own folder, where the files of the examples are."""
    return subprocess.run([CHIBO, *arguments], env=cli.environment, cwd=cli.directory, text=True,
                          capture_output=True, timeout=60)


def commands(cli):
    """Every command that help names, as words: "login", "member", "member list", "context add"."""
    found = set(re.findall(r"^  ([a-z]+(?: [a-z-]+)?)  +[^ ]", cli.ok("help"), re.M)) - {"chibo login"}
    for noun in {command.split()[0] for command in found}:
        found.update(re.findall(rf"^  ({noun} [a-z-]+)  ", cli.ok("help", noun), re.M))
    return sorted(tuple(command.split()) for command in found)


def example_of(help_text):
    """The words of the command below the title "Ví dụ:", which may go on behind a backslash."""
    return shlex.split(help_text.split("Ví dụ:\n", 1)[1].split("\n\n")[0].replace("\\\n", ""))


def is_vietnamese(character):
    """Letters that English texts have no use for."""
    return character in "đĐ" or (character.isalpha() and unicodedata.normalize("NFD", character) != character)


class Widths(ClientCase):
    people = ("van.phong",)

    def setUp(self):
        self.officer = self.clis["van.phong"]

    def assertFits(self, columns, *arguments):
        with Terminal(self.officer, *arguments, columns=columns) as terminal:
            lines = terminal.lines()
            self.assertEqual(terminal.exit_code(), 0, lines)
        self.assertTrue(lines)
        for line in lines:
            self.assertLessEqual(width(line), columns, line)
            self.assertEqual(line, line.rstrip(), "blanks at the end")
            self.assertTrue(unicodedata.is_normalized("NFC", line), line)
        return lines

    def test_lists(self):
        """no line of a list or report is wider than 60, 80 or 120 columns"""
        for columns in WIDTHS:
            for command in LISTS:
                with self.subTest(f"{' '.join(command)}, {columns} columns"):
                    self.assertFits(columns, *command)

    def test_record(self):
        """no line of a record is wider than 60, 80 or 120 columns"""
        member = self.officer.ok("member", "list", "NLO.TT.01", "--limit", 1, "-o", "id").strip()
        for columns in WIDTHS:
            with self.subTest(f"{columns} columns"):
                lines = self.assertFits(columns, "member", "get", member)
                self.assertTrue(any(line.startswith("Họ và tên:") for line in lines), lines)

    def test_narrow(self):
        """a table that cannot be made narrow enough becomes one field a line"""
        lines = self.assertFits(40, "member", "list", "NLO.TT.01", "--limit", 3)
        self.assertEqual(sum(line.startswith("Họ và tên:") for line in lines), 3)

    def test_table(self):
        """the columns of a table stand below each other: dates, like all values, start where titles do"""
        lines = self.assertFits(120, "member", "list", "NLO.TT.01", "--limit", 20)
        born = width(lines[0].split("Ngày sinh")[0])
        for line in lines[1:]:
            at = [width(line[:found.start()]) for found in re.finditer(r"(\d\d/)*\d{4}", line)]
            self.assertIn(born, at, line)

    def test_bars(self):
        """progress has bars under its table, marked where they ought to be; a pipe has none, nor has a table in one"""
        self.sql("""insert into chibo.target (id, unit_id, unit_pos, feed_id, metric, period, during, value, basis, state, proposed_by)
            select gen_random_uuid(), u.id, u.pos, u.feed_id, 'admissions', 'year', '[2020-01-01,2021-01-01)', t.value, 'Kế hoạch',
                   'issued', (select id from chibo.person limit 1)
            from (values ('NLO', 1000000), ('NLO.TT', 1)) t (code, value) join chibo.unit u on u.code = t.code
            where not exists (select from chibo.target)""")
        command = "report", "progress", "NLO", "--as-of-on", "31/5/2020"
        for columns in WIDTHS:
            lines = self.assertFits(columns, *command)
            chart = lines[next(n for n, line in enumerate(lines) if line.startswith("% chỉ tiêu năm")) + 1:]
            self.assertRegex(chart[-1], r"  +(█ +)?\|.* 0,0 %$")
            self.assertEqual(len(chart), 2, chart)       # whoever has no target has no bar
        for output in ("table", "tsv", "json"):
            text = self.officer.ok(*command, "-o", output)
            self.assertNotRegex(text, "[█▓]|chỉ tiêu năm \\(")

    def test_help(self):
        """no line of any help is wider than 60, 80 or 120 columns, in either language, but for a word that is copied whole"""
        for command in [(), ("help",), ("help", "exit-codes"), ("help", "environment"), ("help", "formats"), ("help", "offline"),
                        *((*words, "--help") for words in commands(self.officer))]:
            for language in ("vi", "en"):
                for columns in WIDTHS:
                    text = run_bytes(self.officer, *command, "--lang", language, COLUMNS=str(columns)).stdout.decode()
                    for line in text.splitlines():
                        if " " in line.strip():
                            self.assertLessEqual(width(line), columns, f"chibo {' '.join(command)}: {line}")

    def test_help_at_a_terminal(self):
        """help at a terminal asks the terminal how wide it is"""
        self.assertFits(60, "help")
        self.assertFits(120, "context", "use", "--help")


class Languages(ClientCase):
    people = ("van.phong",)
    TABLE = "member", "list", "NLO.TT.01", "-o", "table"

    def setUp(self):
        self.officer = self.clis["van.phong"]

    def test_pipe(self):
        """without a terminal and without -o: TSV, nothing cut, no colour"""
        done = run_bytes(self.officer, "member", "list", "NLO.TT.01", COLUMNS="40")
        rows = list(csv.reader(io.StringIO(done.stdout.decode()), delimiter="\t", quoting=csv.QUOTE_NONE))
        self.assertEqual(rows[0][:3], ["id", "full_name", "sex"])
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        self.assertGreater(len(rows), 10)
        self.assertNotIn(b"\x1b", done.stdout)

    def test_locales(self):
        """Vietnamese in UTF-8 under LC_ALL=C, an uninstalled vi_VN.UTF-8, LC_MESSAGES=C, and none at all"""
        wanted = {columns: run_bytes(self.officer, *self.TABLE, COLUMNS=columns).stdout for columns in ("60", "120")}
        self.assertIn("Ngày sinh", wanted["120"].decode())
        for settings in ({"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LC_ALL": "vi_VN.TCVN"}, {"LC_ALL": None},
                         {"LC_ALL": None, "LANG": "vi_VN.UTF-8"},
                         {"LC_ALL": None, "LANG": "C.UTF-8", "LC_MESSAGES": "C"}):
            for columns, table in wanted.items():
                with self.subTest(f"{settings}, {columns} columns"):
                    shown = run_bytes(self.officer, *self.TABLE, COLUMNS=columns, **settings).stdout
                    self.assertEqual(shown, table)
            with self.subTest(f"{settings}, stderr"):
                said = run_bytes(self.officer, "member", "list", NO_SUCH_OPTION, **settings).stderr.decode()
                self.assertIn("Không có tuỳ chọn", said)

    def test_english(self):
        """--lang en, CHIBO_LANG and LANG=en_US.UTF-8 speak English without a Vietnamese letter"""
        for settings, more in (({}, ["--lang", "en"]), ({"CHIBO_LANG": "en"}, []), ({"LC_ALL": "en_US.UTF-8"}, [])):
            for command in (("member", "list", NO_SUCH_OPTION), ("nowhere",), ("member", "get", "x"),
                            ("unit", "list", "NOWHERE"), ("login", "a", "b"),
                            ("unit", "move", "NLO.TT.01", "--parent-id", "NLO", "--from-on", "1/1/2022")):
                with self.subTest(f"{settings} {' '.join([*command, *more])}"):
                    done = run_bytes(self.officer, *command, *more, **settings)
                    self.assertGreater(done.returncode, 0)
                    self.assertEqual([c for c in done.stderr.decode() if is_vietnamese(c)], [], done.stderr.decode())

    def test_english_help(self):
        """help in English has Vietnamese letters in its examples only"""
        for words in commands(self.officer):
            text = self.officer.ok(*words, "--help", "--lang", "en")
            text = re.sub(r"(?s)\nExample:\n.*?\n\n", "\n", text).replace("column Lỗi", "")
            self.assertEqual([c for c in text if is_vietnamese(c)], [], f"{' '.join(words)}: {text}")

    def test_languages_differ_in_words_only(self):
        """help names the same commands and options in both languages"""
        for words in commands(self.officer):
            options = [re.findall(r"--[a-z-]+", self.officer.ok(*words, "--help", "--lang", language))
                       for language in ("vi", "en")]
            self.assertEqual(sorted(set(options[0])), sorted(set(options[1])), words)


class Words(ClientCase):
    people = ("van.phong",)

    def setUp(self):
        self.officer = self.clis["van.phong"]

    def test_decomposed(self):
        """text typed in Unicode's decomposed form is stored composed, blanks and look-alikes mended"""
        name = unicodedata.normalize("NFD", "Ðặng\u00a0 Thuý\u200b")
        done = self.officer.run("person", "create", "--unit-id", "NLO.TT", "--family-name", name, "--given-name",
                                unicodedata.normalize("NFD", "Hưởng"), "--sex", "female",
                                "--born-on", "1980", "-o", "id")
        self.assertEqual(done.returncode, 0, done.stderr)
        stored, = self.sql("select family_name, given_name from chibo.person "
                           f"where id = '{done.stdout.strip()}'")
        self.assertEqual(stored, ["Đặng Thuý", "Hưởng"])

    def test_hostile_input(self):
        """escapes, bidi controls and Cyrillic look-alikes are refused, and shown harmless"""
        for text, rule in (("Lan\x1b[31m", "control"), ("Lan\u202e", "control"), ("Lan\u2066", "control"),
                           ("L\u0430n", "look_alike"), ("Lan\u009b", "control")):
            with self.subTest(repr(text)):
                done = self.officer.run("person", "create", "--unit-id", "NLO.TT", "--family-name", text,
                                        "--given-name", "Lan", "--sex", "female", "-o", "json")
                self.assertEqual(done.returncode, 8, done.stderr)
                self.assertIn(f'"rule":"{rule}"', done.stderr)
                self.assertFalse(set(done.stderr) & set("\x1b\u202e\u2066\u009b"), done.stderr)

    def test_bytes(self):
        """an argument that is not UTF-8 is refused"""
        done = run_at_home(self.officer, "member", "search", b"Nguy\xd4n")
        self.assertEqual(done.returncode, 8)
        self.assertIn("UTF-8", done.stderr)

    def test_near(self):
        """a misspelt noun, verb or option is answered by the near one, and nothing is run"""
        for typed, meant in (("membr list", "member"), ("member lsit", "member list"), ("improt", "import"),
                             ("lgoin", "login"), ("member list --colums id", "--columns"),
                             ("member list --unti-id x", "--unit-id")):
            with self.subTest(typed):
                said = self.assertFails(2, self.officer, *typed.split())
                self.assertRegex(said, f"Ý bạn là “?{meant}”?\\?")

    def test_far(self):
        """nothing is suggested for what is like nothing"""
        self.assertNotIn("Ý bạn là", self.assertFails(2, self.officer, "zzzzzzzz"))

    def test_abbreviations(self):
        """abbreviated options, nouns and verbs are refused"""
        for typed in ("member list --outp json", "member list --unit NLO", "--outp=json member list", "--vers",
                      "import member --rej=x", "mem list", "member li"):
            with self.subTest(typed):
                self.assertFails(2, self.officer, *typed.split())

    def test_globals(self):
        """common options stand before or behind the command alike"""
        self.assertEqual(self.officer.ok("-o", "json", "unit", "get", "NLO.TT"),
                         self.officer.ok("unit", "get", "NLO.TT", "--json"))
        self.assertEqual(self.officer.ok("--output=csv", "--no-header", "sector", "list"),
                         self.officer.ok("sector", "list", "--no-header", "--output", "csv"))

    def test_broken_pipe(self):
        """a reader that has seen enough ends the client silently"""
        for output in ("tsv", "jsonl", "json", "table", "csv", "id"):
            with self.subTest(output):
                pipe = '"$0" member list NLO -o "$1" | head -n 1; echo "${PIPESTATUS[0]}"'
                done = subprocess.run(["bash", "-c", pipe, CHIBO, output], env=self.officer.environment, text=True,
                                      capture_output=True, timeout=60)
                self.assertEqual(done.stderr, "")
                self.assertEqual(done.stdout.splitlines()[1:], ["0"])


ID = "01890a5d-ac96-774b-bcce-b302099a8057"
FILES = {
    "loai-hinh.csv": "sector,label,order_no\nhamlet,Thôn,1\n",
    "chuong-trinh.csv": "item_no,kind,title,minutes\n1,theme,Chuyên đề,30\n",
    "tai-lieu.csv": "title,sent_to,sent_at_us\nDự thảo,đảng viên,2/11/2021 09:00\n",
    "vang.csv": f"member_id,state,reason\n{ID},excused,ốm\n",
    "tham-tra.csv": "subject,place\nself,Xã Nghĩa An\n",
    "ket-qua.csv": f"candidate_id,certified,certificate_no,issued_on\n{ID},yes,12/2022,1/6/2022\n",
    "phan-bo.csv": "unit_code,value\nNLO.TT.01,50\n",
    "tieu-chi.csv": "code,title,max_points\n1,Tiêu chí,100\n",
    "xep-loai.csv": "grade,min_points\ngood,90\npoor,0\n",
    "phieu.csv": "code,points\n1,100\n",
    "nhan-xet.csv": f"registration_id,grade\n{ID},good\n",
}


class Examples(ClientCase):
    people = ("van.phong",)

    def test_parse(self):
        """every example of help is understood: without a server it fails for want of one"""
        cli = Cli(self.server.directory / "examples")
        for words in commands(self.clis["van.phong"]):
            text = cli.ok(*words, "--help")
            if "Ví dụ:" not in text or words[0] in ("context", "completion", "import"):
                continue
            program, *arguments = example_of(text)
            with self.subTest(" ".join(words)):
                self.assertEqual((program, *arguments[:len(words)]), ("chibo", *words))
                self.write_lines(cli)
                done = run_at_home(cli, *arguments, "--yes", "--no-input")
                self.assertEqual(done.returncode, 4, done.stderr)

    def test_dry_run(self):
        """every example of help is complete: the server misses no field in it"""
        officer = self.clis["van.phong"]
        self.write_lines(officer)
        for words in commands(officer):
            text = officer.ok(*words, "--help")
            if ("Ví dụ:" not in text or words == ("session", "change-password")     # asks at a terminal
                    or words[0] in ("context", "completion", "import", "login", "logout", "status", "sync",
                                         "enrol", "watch")):
                continue
            _, *arguments = example_of(text)
            with self.subTest(" ".join(words)):
                done = run_at_home(officer, *(STAND_INS.get(word, word) for word in arguments), "-n", "-q")
                # done; no right; no such record: none of the example's ids exists
                self.assertIn(done.returncode, (0, 5, 6), done.stderr)

    @staticmethod
    def write_lines(cli):
        """The files that examples name."""
        for name, text in FILES.items():
            (cli.directory / name).write_text(text, encoding="utf-8")

    def test_import(self):
        """the example of an import runs, on a list of the example district"""
        officer = self.clis["van.phong"]
        (officer.directory / "danh-sach.csv").write_bytes((example.files() / "demo" / "hostile-text.csv").read_bytes())
        _, *arguments = example_of(officer.ok("import", "member", "--help"))
        done = run_at_home(officer, *("CLO.NT" if word == "TT" else word for word in arguments), "-n")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_contexts(self):
        """the examples of contexts run in turn"""
        cli = Cli(self.server.directory / "contexts")
        for verb in ("add", "use", "list", "remove"):
            _, *arguments = example_of(cli.ok("context", verb, "--help"))
            cli.ok(*arguments)


if __name__ == "__main__":
    tap.main()
