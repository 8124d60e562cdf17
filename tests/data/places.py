"""The tree of the example: places of Nghĩa Lộ (2020), Thủy Xuân (2023) and Nghi Tân (2021).

They lie in different provinces. One database holds one district under one root, so the three places
stand side by side below an invented root, and the figures of Nghĩa Lộ are asked at its own unit.
"""

import datetime
from dataclasses import dataclass

ROOT_CODE = "MAU"
ROOT_NAME = "Đảng bộ mẫu"
ROOT_FOUNDED_ON = "1945-09-02"

# sector -> label, in the order of the printed form
NGHIA_LO_2020 = (
    ("Thôn, bản", ("hamlet",)),
    ("Tổ dân phố", ("residential_group", "street_group", "agri_group")),
    ("Cơ quan hành chính", ("admin_agency",)),
    ("Đơn vị sự nghiệp", ("public_service_unit", "school", "health")),
    ("Lực lượng vũ trang", ("armed_forces", "police")),
    ("Hợp tác xã", ("cooperative",)),
)
TRUNG_TAM = (
    ("Tổ dân phố", ("street_group",)),
    ("Tổ nông nghiệp", ("agri_group",)),
    ("Trường học, công an", ("school", "police")),
)
SCHEMES = {
    "nghia-lo-2020": ("Loại hình chi bộ, thị xã Nghĩa Lộ", NGHIA_LO_2020),
    "trung-tam-2020": ("Loại hình chi bộ, phường Trung Tâm", TRUNG_TAM),
}


@dataclass
class Unit:
    code: str
    parent: str          # code; the root's is not in the files
    name: str
    kind: str
    sector: str = ""     # of branches only
    founded_on: datetime.date = datetime.date(1975, 5, 19)
    abbrev: str = ""
    id: str = ""

    @property
    def is_branch(self):
        return self.kind in ("branch", "grassroots_branch")

    @property
    def is_grassroots(self):
        return self.kind in ("grassroots_committee", "grassroots_branch")


def grassroots(code, name, abbrev, branches, parent):
    """A grassroots committee and the branches under it: (sector, name) each."""
    yield Unit(code, parent, name, "grassroots_committee", abbrev=abbrev)
    for number, (sector, branch) in enumerate(branches, 1):
        yield Unit(f"{code}.{number:02}", code, branch, "branch", sector)


def numbered(sector, name, count):
    return [(sector, f"{name} {number}") for number in range(1, count + 1)]


def schools(*names):
    return [("school", f"Trường {name}") for name in names]


def trung_tam():
    return (numbered("street_group", "Tổ dân phố", 13) + numbered("agri_group", "Tổ nông nghiệp", 3)
            + schools("Mầm non Hoa Ban", "Tiểu học Trung Tâm", "THCS Trung Tâm")
            + [("police", "Công an phường Trung Tâm")])


WARDS = (("PT", "Pú Trạng", 11), ("TA", "Tân An", 11), ("CT", "Cầu Thia", 10))
COMMUNES = (("NA", "Nghĩa An", 9), ("NI", "Nghĩa Lợi", 8), ("NP", "Nghĩa Phúc", 7), ("NX", "Nghĩa Lộ", 9),
            ("HS", "Hạnh Sơn", 10), ("PS", "Phúc Sơn", 9), ("SA", "Sơn A", 9), ("TL", "Thạch Lương", 9),
            ("LG", "Thanh Lương", 7), ("PN", "Phù Nham", 10))


def commune(index, name, hamlets):
    branches = numbered("hamlet", "Thôn", hamlets) + schools(f"Tiểu học và THCS {name}")
    if index < 8:
        branches += schools(f"Mầm non {name}")
    if name == "Nghĩa Lợi":
        branches += [("cooperative", "Hợp tác xã Dịch vụ nông nghiệp Nghĩa Lợi")]
    return branches


BOARDS = ("Tổ chức – Nội vụ", "Tuyên giáo", "Dân vận", "Kiểm tra – Thanh tra", "Văn phòng Thị ủy", "Mặt trận – Đoàn thể")
OFFICES = ("Văn phòng HĐND – UBND", "Tài chính – Kế hoạch", "Kinh tế", "Quản lý đô thị", "Tài nguyên và Môi trường",
           "Tư pháp", "Văn hóa – Thông tin")
WARDS_OF_HOSPITAL = ("Khối Nội", "Khối Ngoại", "Khối Sản – Nhi", "Hồi sức cấp cứu", "Khám bệnh", "Cận lâm sàng", "Dược", "Hành chính")
COLLEGE = ("Phòng Đào tạo", "Khoa Cơ bản", "Khoa Nông lâm", "Khoa Công nghệ", "Khoa Kinh tế", "Hành chính – Tổng hợp")
SERVICES = ("Trung tâm Văn hóa", "Trung tâm Dịch vụ nông nghiệp", "Ban Quản lý dự án", "Trung tâm Giáo dục thường xuyên")
GRASSROOTS_BRANCHES = (
    ("admin_agency", "Hạt Kiểm lâm"), ("admin_agency", "Kho bạc Nhà nước"), ("admin_agency", "Bảo hiểm xã hội"),
    ("admin_agency", "Chi cục Thuế"), ("admin_agency", "Viện Kiểm sát nhân dân"), ("admin_agency", "Tòa án nhân dân"),
    ("public_service_unit", "Ngân hàng Chính sách xã hội"), ("school", "Trường THPT Nghĩa Lộ"),
    ("school", "Trường Phổ thông dân tộc nội trú"),
)


def nghia_lo():
    """219 branches under grassroots committees and nine grassroots branches."""
    town = "NLO"
    yield Unit(town, ROOT_CODE, "Thị ủy Nghĩa Lộ", "upper_committee", abbrev="TU Nghĩa Lộ")
    yield from grassroots("NLO.TT", "Phường Trung Tâm", "ĐU Trung Tâm", trung_tam(), town)
    for code, name, groups in WARDS:
        branches = numbered("residential_group", "Tổ dân phố", groups) + schools(
            f"Mầm non {name}", f"Tiểu học {name}", f"THCS {name}")
        yield from grassroots(f"NLO.{code}", f"Phường {name}", f"ĐU {name}", branches, town)
    for index, (code, name, hamlets) in enumerate(COMMUNES):
        yield from grassroots(f"NLO.{code}", f"Xã {name}", f"ĐU {name}", commune(index, name, hamlets), town)
    for code, name, sector, branches in (
            ("CQD", "Đảng bộ Cơ quan Đảng, đoàn thể", "admin_agency", BOARDS),
            ("CQN", "Đảng bộ Cơ quan chính quyền", "admin_agency", OFFICES),
            ("BV", "Đảng bộ Bệnh viện Đa khoa khu vực", "health", WARDS_OF_HOSPITAL),
            ("CD", "Đảng bộ Trường Cao đẳng nghề", "public_service_unit", COLLEGE),
            ("SN", "Đảng bộ Khối sự nghiệp", "public_service_unit", SERVICES),
            ("QS", "Đảng bộ Quân sự", "armed_forces", [f"Đơn vị {n}" for n in range(1, 16)]),
            ("CA", "Đảng bộ Công an", "police", [f"Đội {n}" for n in range(1, 7)])):
        yield from grassroots(f"NLO.{code}", name, "", [(sector, branch) for branch in branches], town)
    for number, (sector, name) in enumerate(GRASSROOTS_BRANCHES, 1):
        yield Unit(f"NLO.CBCS.{number:02}", town, f"Chi bộ {name}", "grassroots_branch", sector)


def thuy_xuan():
    branches = numbered("residential_group", "Tổ dân phố", 14) + schools(
        "Mầm non Thủy Xuân", "Tiểu học Thủy Xuân", "THCS Thủy Xuân") + [
            ("health", "Trạm Y tế"), ("police", "Công an phường Thủy Xuân"), ("admin_agency", "Cơ quan phường")]
    yield from grassroots("HUE.TX", "Phường Thủy Xuân", "ĐU Thủy Xuân", branches, ROOT_CODE)


def nghi_tan():
    branches = numbered("residential_group", "Khối", 7) + schools("Tiểu học Nghi Tân")
    yield from grassroots("CLO.NT", "Phường Nghi Tân", "ĐU Nghi Tân", branches, ROOT_CODE)


def all_units():
    yield from nghia_lo()
    yield from thuy_xuan()
    yield from nghi_tan()
