"""Invented names from realistic syllables; any likeness to a living person is chance."""

FAMILY = (
    ("Nguyễn", 30), ("Trần", 11), ("Lê", 9), ("Phạm", 7), ("Hoàng", 6), ("Phan", 5), ("Vũ", 4),
    ("Đặng", 4), ("Bùi", 3), ("Đỗ", 3), ("Hồ", 2), ("Ngô", 2), ("Dương", 2), ("Lý", 2), ("Hà", 3),
    ("Lò", 6), ("Cầm", 4), ("Quàng", 2), ("Lường", 3), ("Điêu", 2), ("Sùng", 2), ("Giàng", 2),
    ("Vàng", 1), ("Thào", 1), ("Bàn", 2), ("Triệu", 2), ("Đinh", 3), ("Tôn Thất", 1), ("Sa", 1),
)

MIDDLE = {
    "male": ("Văn", "Hữu", "Đức", "Minh", "Quang", "Công", "Xuân", "Ngọc", "Đình", "Trọng", "Thế",
             "Bá", "Tiến", "Duy", "Mạnh", "Văn Ngọc", ""),
    "female": ("Thị", "Thị Thanh", "Thị Ngọc", "Thị Thu", "Ngọc", "Thị Kim", "Thị Hồng", "Thu",
               "Thị Bích", "Thị Mai", "Khánh", "Thanh", ""),
}

GIVEN = {
    "male": ("An", "Bình", "Cường", "Dũng", "Đạt", "Giang", "Hải", "Hiếu", "Hoài", "Hùng", "Hưng",
             "Khánh", "Khoa", "Lâm", "Long", "Mạnh", "Nam", "Nghĩa", "Phong", "Phúc", "Quân", "Quý",
             "Sơn", "Thành", "Thắng", "Thịnh", "Tiến", "Toàn", "Trung", "Tuấn", "Tùng", "Vinh", "Vượng",
             "Xuân", "Ước"),
    "female": ("Anh", "Ánh", "Chi", "Dung", "Duyên", "Giang", "Hà", "Hạnh", "Hiền", "Hoa", "Hòa", "Hoà",
               "Huyền", "Hương", "Lan", "Liên", "Linh", "Loan", "Mai", "Minh", "Nga", "Ngân", "Nhung",
               "Oanh", "Phương", "Phượng", "Quyên", "Tâm", "Thảo", "Thủy", "Thuỷ", "Trang", "Tuyết",
               "Vân", "Xuân", "Yến"),
}

# Names that follow another order, written as their bearers write them.
OTHER_ORDER = {
    "male": ("Y Bhăm Êban", "Y Krông Niê", "A Sùng Páo", "Giàng A Chu", "Lò Văn Ín"),
    "female": ("H'hen Niê", "H'Bia Mlô", "Giàng Thị Mỷ", "Cầm Thị Ỏm", "Sùng Thị Dở"),
}


def weighted(rng, pairs):
    """One of the values of (value, weight) pairs."""
    point = rng.random() * sum(weight for _, weight in pairs)
    for value, weight in pairs:
        point -= weight
        if point < 0:
            return value
    return pairs[-1][0]


def pick(rng, values):
    return values[int(rng.random() * len(values))]


def full_name(rng, sex):
    if rng.random() < 0.01:
        return pick(rng, OTHER_ORDER[sex])
    parts = (weighted(rng, FAMILY), pick(rng, MIDDLE[sex]), pick(rng, GIVEN[sex]))
    return " ".join(part for part in parts if part)
