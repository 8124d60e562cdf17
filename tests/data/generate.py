#!/usr/bin/python3
"""Writes the example district as files: units, report schemes and the member lists of ward offices.

usage: generate.py DIRECTORY [--seed N]

The same seed gives the same bytes. Persons are invented. What the files must show on the dates of
the acceptance rows is fixed here; every person who must not count on that date joined later.

  units.csv            parents first, with fixed ids
  schemes.csv          code and name; the lines of each are in schemes/CODE.csv
  members/PLACE.csv    as a ward office hands them in: Vietnamese titles, d/m/yyyy
  demo/                a list with deliberate errors, and hostile text
"""

import argparse
import csv
import datetime
import pathlib
import random
import unicodedata
import uuid
from dataclasses import dataclass

import names
import places

TITLES = ("STT", "Họ và tên", "Giới tính", "Ngày sinh", "Mã đơn vị", "Hình thức sinh hoạt", "Ngày về chi bộ",
          "Tình trạng", "Ngày quyết định", "Ngày vào Đảng", "Ngày chính thức", "Số thẻ", "Số lý lịch",
          "Quê quán", "Trình độ", "Nghề nghiệp", "Đi làm xa")
SEX = {"male": "Nam", "female": "Nữ"}
KIND = {"primary": "Chính", "residential": "Nơi cư trú"}
STATUS = {"full": "Chính thức", "probationary": "Dự bị"}
PROFESSIONS = {
    "hamlet": ("Nông dân", "Trưởng thôn", "Hưu trí"), "agri_group": ("Nông dân", "Hưu trí"),
    "school": ("Giáo viên", "Hiệu trưởng", "Nhân viên"), "health": ("Bác sĩ", "Điều dưỡng", "Dược sĩ"),
    "police": ("Công an",), "armed_forces": ("Quân nhân",), "admin_agency": ("Công chức",),
    "public_service_unit": ("Viên chức",), "cooperative": ("Xã viên", "Kế toán"),
}
EDUCATION = ("10/10", "12/12", "Trung cấp", "Cao đẳng", "Đại học", "Thạc sĩ")
NATIVE = ("xã Nghĩa An, Yên Bái", "xã Phù Nham, Yên Bái", "huyện Văn Chấn, Yên Bái", "huyện Trấn Yên, Yên Bái",
          "phường Thủy Xuân, Thừa Thiên Huế", "huyện Phú Vang, Thừa Thiên Huế", "phường Nghi Tân, Nghệ An",
          "huyện Nghi Lộc, Nghệ An", "huyện Thanh Chương, Nghệ An", "tỉnh Thái Bình", "tỉnh Nam Định")


@dataclass
class Place:
    """What one list must show on one day; `later` are further people who joined after it."""
    file: str
    prefix: str              # of the units' codes
    as_of: datetime.date
    letters: str             # of the biography numbers
    totals: dict             # code prefix -> members under it; the longest prefix wins
    residential: int = 0
    later: int = 0
    probationary: float = 0.04
    admitted: tuple = ()     # (code prefix, count, first day, last day): nobody else joined since the earliest of them

    @property
    def settled(self):
        """The last day on which those joined who are not among the admitted."""
        before = add_months(self.as_of, -24)
        return min([before, *(first - datetime.timedelta(1) for _, _, first, _ in self.admitted)])


# Of Nghĩa Lộ, as far as its figures go: 400 admissions, 54 of them in Trung Tâm, 32 at the hospital.
TERM = (datetime.date(2015, 9, 1), datetime.date(2020, 6, 30))
KINDERGARTEN = "NLO.TT.17"
# Of Thủy Xuân: its own, whose day is not printed.
CONGRESS = datetime.date(2020, 6, 26)

PLACES = (
    Place("nghia-lo", "NLO", datetime.date(2020, 7, 7), "YB",
          {"NLO": 3840, "NLO.TT": 470, "NLO.CBCS": 108}, later=40, admitted=(
              ("NLO", 314, *TERM), ("NLO.TT", 48, *TERM), ("NLO.BV", 32, *TERM),
              (KINDERGARTEN, 6, datetime.date(2018, 7, 8), TERM[1]))),
    Place("thuy-xuan", "HUE", datetime.date(2023, 4, 10), "TTH", {"HUE": 473}, residential=811, later=6, admitted=(
        ("HUE", 19, CONGRESS, datetime.date(2023, 4, 10)),)),
    Place("nghi-tan", "CLO", datetime.date(2021, 11, 6), "NA", {"CLO": 150, "CLO.NT.05": 18}, later=3),
)
# The block whose figures are exact: 18 full members, two of them women.
BLOCK_5 = "CLO.NT.05"
BLOCK_5_WOMEN = 2


def uuid7(rng, millis):
    """A UUIDv7 whose random bits come from the seed."""
    value = millis << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62)
    return str(uuid.UUID(int=value))


def add_months(day, months):
    """The same day of a later month, or that month's last: 29/02/2020 and 12 months give 28/02/2021."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = datetime.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(datetime.date(year, month + 1, min(day.day, 28)) + datetime.timedelta(max(0, day.day - 28)),
               following - datetime.timedelta(1))


def between(rng, first, last):
    return first + datetime.timedelta(int(rng.random() * ((last - first).days + 1)))


def vn(day):
    """As people write it; a missing date is an empty cell."""
    return f"{day.day:02}/{day.month:02}/{day.year}" if day else ""


def share_out(rng, total, count, least=5):
    """Splits a total into `count` uneven parts."""
    weights = [0.5 + rng.random() for _ in range(count)]
    free = total - least * count
    parts = [least + int(free * weight / sum(weights)) for weight in weights]
    for index in range(total - sum(parts)):
        parts[index % count] += 1
    return parts


class Numbers:
    """Card and biography numbers: each given once in the whole example."""

    def __init__(self):
        self.last = 0

    def next(self, letters):
        self.last += 1
        return f"{30000000 + self.last * 7:08}", f"{100000 + self.last:06}{letters}"


class People:
    def __init__(self, rng):
        self.rng = rng
        self.numbers = Numbers()

    def joining(self, place, kind, status, late):
        """The day of joining, so that the person counts on the place's day exactly if not late."""
        if late:
            return between(self.rng, place.as_of + datetime.timedelta(30), add_months(place.as_of, 12))
        if status == "probationary":
            return between(self.rng, add_months(place.as_of, -11), place.as_of - datetime.timedelta(10))
        youngest = place.settled if kind == "primary" else add_months(place.as_of, -60)
        oldest = datetime.date(1978, 1, 1)
        days = (youngest - oldest).days
        return oldest + datetime.timedelta(int(days * self.rng.random() ** 0.6))

    def born(self, joined):
        """Old members may know only the year, or month and year."""
        day = add_months(joined, -int(12 * (18.5 + self.rng.random() ** 1.6 * 25)))
        if day.year < 1958 and self.rng.random() < 0.4:
            return str(day.year) if self.rng.random() < 0.7 else f"{day.month:02}/{day.year}"
        return vn(day)

    def status(self, place, kind, late, joined):
        if joined:
            return "full" if add_months(joined, 12) <= place.as_of else "probationary"
        settled = late or kind != "primary" or place.admitted or self.rng.random() >= place.probationary
        return "full" if settled else "probationary"

    def member(self, place, unit, kind="primary", sex=None, status=None, late=False, joined=None):
        rng = self.rng
        sex = sex or ("female" if rng.random() < 0.37 else "male")
        status = status or self.status(place, kind, late, joined)
        joined = joined or self.joining(place, kind, status, late)
        card, biography = self.numbers.next(place.letters)
        start = max(joined, unit.founded_on)
        if kind == "residential":
            start = max(start, between(rng, datetime.date(2020, 12, 1), datetime.date(2023, 3, 31)))
        return {
            "Họ và tên": names.full_name(rng, sex),
            "Giới tính": SEX[sex],
            "Ngày sinh": self.born(joined),
            "Mã đơn vị": unit.code,
            "Hình thức sinh hoạt": KIND[kind],
            "Ngày về chi bộ": vn(start),
            "Tình trạng": STATUS[status],
            "Ngày quyết định": vn(joined - datetime.timedelta(3 + int(rng.random() * 30))),
            "Ngày vào Đảng": vn(joined),
            "Ngày chính thức": vn(add_months(joined, 12)) if status == "full" else "",
            "Số thẻ": card if status == "full" else "",
            "Số lý lịch": biography,
            "Quê quán": names.pick(rng, NATIVE),
            "Trình độ": names.pick(rng, EDUCATION),
            "Nghề nghiệp": names.pick(rng, PROFESSIONS.get(unit.sector, ("Hưu trí", "Buôn bán", "Lao động tự do"))),
            "Đi làm xa": "Có" if kind == "primary" and rng.random() < 0.09 else "",
        }


def group_of(prefixes, code):
    """The longest prefix that the unit's code lies under."""
    return max((prefix for prefix in prefixes if code == prefix or code.startswith(prefix + ".")), key=len)


def sized(people, place, branches):
    """Every branch with the number of its members."""
    for prefix, total in place.totals.items():
        units = [unit for unit in branches if group_of(place.totals, unit.code) == prefix]
        yield from zip(units, share_out(people.rng, total, len(units)))


def days_of_joining(people, place, sizes):
    """Branch code -> the days on which those joined whom the place's figures count as admitted."""
    rules = {prefix: (count, first, last) for prefix, count, first, last in place.admitted}
    seats, days = {prefix: [] for prefix in rules}, {}
    for unit, size in sizes if rules else ():
        seats[group_of(rules, unit.code)].extend([unit.code] * (size - 1))
    for prefix, (count, first, last) in rules.items():
        for code in people.rng.sample(seats[prefix], count):
            days.setdefault(code, []).append(between(people.rng, first, last))
    return days


def primary_members(people, place, branches):
    sizes = list(sized(people, place, branches))
    days = days_of_joining(people, place, sizes)
    for unit, size in sizes:
        joined = days.get(unit.code, [])
        for number in range(size):
            if unit.code == BLOCK_5:
                sex = "female" if number < BLOCK_5_WOMEN else "male"
                yield people.member(place, unit, sex=sex, status="full")
            else:
                yield people.member(place, unit, joined=joined[number] if number < len(joined) else None)


def other_members(people, place, branches):
    """Guests where they live, and people who joined after the day of the figures."""
    homes = [unit for unit in branches if unit.sector == "residential_group"]
    for _ in range(place.residential):
        yield people.member(place, names.pick(people.rng, homes), kind="residential")
    for _ in range(place.later):
        yield people.member(place, names.pick(people.rng, branches), late=True)


def write_csv(path, titles, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, titles, lineterminator="\r\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


def number_rows(rows):
    return [{"STT": str(number), **row} for number, row in enumerate(rows, 1)]


def write_units(directory, units):
    titles = ("id", "parent_id", "code", "name", "abbrev", "kind", "sector", "founded_on", "basis", "is_grassroots",
              "can_decide_admission", "issues_transfer_letter", "keeps_member_files")
    ids = {unit.code: unit.id for unit in units}
    flag = {True: "true", False: "false"}
    write_csv(directory / "units.csv", titles, (
        {"id": unit.id, "parent_id": ids.get(unit.parent, ""), "code": unit.code, "name": unit.name,
         "abbrev": unit.abbrev, "kind": unit.kind, "sector": unit.sector,
         "founded_on": unit.founded_on.isoformat(), "basis": f"{number}-QĐ/MAU",
         "is_grassroots": flag[unit.is_grassroots],
         "can_decide_admission": flag[unit.kind == "upper_committee"],
         "issues_transfer_letter": flag[unit.is_grassroots or unit.kind == "upper_committee"],
         "keeps_member_files": flag[unit.is_grassroots or unit.kind == "upper_committee"]}
        for number, unit in enumerate(units, 1)))


def write_schemes(directory):
    write_csv(directory / "schemes.csv", ("code", "name"),
              ({"code": code, "name": name} for code, (name, _) in places.SCHEMES.items()))
    for code, (_, lines) in places.SCHEMES.items():
        write_csv(directory / "schemes" / f"{code}.csv", ("sector", "label", "order_no"), (
            {"sector": sector, "label": label, "order_no": order}
            for order, (label, sectors) in enumerate(lines, 1) for sector in sectors))


def write_errors(directory, rows):
    """The ward's list before it was corrected: one wrong cell in each of six rows."""
    spoiled = [dict(row) for row in rows]
    full = next(number for number, row in enumerate(rows, 1) if number > 420 and row["Ngày chính thức"])
    for number, title, value in (
            (12, "Ngày sinh", "31/02/1971"),
            (47, "Họ và tên", "Hòa"),
            (103, "Mã đơn vị", "HUE.TX.99"),
            (250, "Số lý lịch", spoiled[19]["Số lý lịch"]),
            (391, "Số thẻ", "12A45678"),
            (full, "Ngày chính thức", "")):
        spoiled[number - 1][title] = value
    write_csv(directory / "demo" / "thuy-xuan-errors.csv", TITLES, spoiled)


def write_hostile(directory, people, unit):
    """Text as it arrives: decomposed letters, no-break spaces, unbalanced quotes, line feeds."""
    place = PLACES[2]
    samples = (
        (unicodedata.normalize("NFD", "Đặng Thị Thuỷ"), "xã Nghi Hải, Nghệ An"),
        ("Nguyễn\u00a0Văn\u00a0Đức", "khối\u00a05,\u00a0phường\u00a0Nghi Tân"),
        ("  Trần   Thị  Hoà ", "“khối 5, phường Nghi Tân"),
        ("H'hen Niê", "buôn “Sút M’đưng”, dòng thứ\nhai"),
    )
    rows = []
    for name, native in samples:
        row = people.member(place, unit, sex="female", status="full", late=True)
        rows.append({**row, "Họ và tên": name, "Quê quán": native})
    write_csv(directory / "demo" / "hostile-text.csv", TITLES, number_rows(rows))


def generate(directory, seed):
    rng = random.Random(seed)
    units = list(places.all_units())
    for number, unit in enumerate(units):
        unit.id = uuid7(rng, 1577836800000 + number)
    write_units(directory, units)
    write_schemes(directory)

    people = People(rng)
    for place in PLACES:
        branches = [unit for unit in units if unit.is_branch and unit.code.startswith(place.prefix)]
        rows = list(primary_members(people, place, branches)) + list(other_members(people, place, branches))
        rows = number_rows(rows)
        write_csv(directory / "members" / f"{place.file}.csv", TITLES, rows)
        if place.file == "thuy-xuan":
            write_errors(directory, rows)
    write_hostile(directory, people, next(unit for unit in units if unit.code == BLOCK_5))


def main():
    parser = argparse.ArgumentParser(description="Writes the example district as files.")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1930)
    options = parser.parse_args()
    generate(options.directory, options.seed)


if __name__ == "__main__":
    main()
