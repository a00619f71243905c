"""Texts of the formats that no JSON schema describes, for Schemathesis: mostly what a client would send, and now and
then what looks like it. A schema's pattern, where there is one, still decides which of them are sent.
"""

import base64

import schemathesis
from hypothesis import strategies as st

# Fields and parameters that are of a format, for documents that do not say so.
NAMED = {
    "timezone": "zone",
    "rrule": "rrule",
    "cursor": "cursor",
    "filter": "filter",
    "If-Match": "etag",
    "If-None-Match": "etag",
}


def mostly(good, near):
    """One of five is only nearly right."""
    return st.integers(0, 4).flatmap(lambda number: near if number == 4 else good)


# A list of our own: what a machine knows of zones differs, and one seed is to make the same everywhere.
ZONES = mostly(
    st.sampled_from(
        [
            "UTC",
            "Europe/Berlin",
            "Europe/London",
            "Europe/Dublin",
            "America/New_York",
            "America/Santiago",
            "America/Argentina/Buenos_Aires",
            "Africa/Casablanca",
            "Asia/Kolkata",
            "Asia/Kathmandu",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Pacific/Kiritimati",
            "Antarctica/Troll",
            "Etc/GMT+12",
        ]
    ),
    st.sampled_from(
        ["Mars/Olympus", "europe/berlin", "Europe/Berlin ", "Europe", "Etc/GMT+15", "UTC+1", "+01:00", "CEST", "../UTC"]
    ),
)


@st.composite
def rules(draw):
    """A rule as RFC 5545 has it."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    numbers = lambda least, most: st.lists(st.integers(least, most), min_size=1, max_size=4, unique=True)
    joined = lambda values: ",".join(map(str, values))
    days = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, max_size=7, unique=True)
    by = {"BYDAY": days.map(joined), "BYMONTH": numbers(1, 12).map(joined)}
    if frequency != "WEEKLY":
        by["BYMONTHDAY"] = numbers(1, 31).map(joined)
    chosen = draw(st.lists(st.sampled_from(sorted(by)), max_size=2, unique=True))
    parts = ["FREQ=" + frequency] + [name + "=" + draw(by[name]) for name in chosen]
    if chosen and draw(st.booleans()):
        parts.append("BYSETPOS=" + draw(st.sampled_from(["1", "-1", "2"])))
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 400))}")
    ends = ["", f"COUNT={draw(st.integers(1, 500))}", "UNTIL=20300101", "UNTIL=20330101T000000Z"]
    return ";".join(part for part in [*parts, draw(st.sampled_from(ends))] if part)


RULES = mostly(
    rules(),
    st.sampled_from(
        [
            "RRULE:FREQ=DAILY",
            "FREQ=DAILY;",
            "FREQ=DAILY;FREQ=DAILY",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;COUNT=3;UNTIL=20300101",
            "FREQ=DAILY;UNTIL=20300230",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=MONTHLY;BYDAY=6MO",
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=DAILY;INTERVAL=99999999999999999999",
            "FREQ=HOURLY",
            "freq=daily",
        ]
    ),
)


@st.composite
def filters(draw, depth=2):
    """As docs/FILTERS.md has them, without names, which would have to be known."""
    if depth and draw(st.booleans()):
        word = draw(st.sampled_from([" and ", " or ", " && "]))
        both = draw(filters(depth - 1)) + word + draw(filters(depth - 1))
        return draw(st.sampled_from(["", "not "])) + "(" + both + ")"
    order = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">="]))
    day = draw(st.sampled_from(["today", "now - 90m", "2030-03-31", "2030-10-27T02:30", "start of week", "end of next month + 1d"]))
    number = draw(st.integers(0, 525_600))
    return draw(
        st.sampled_from(
            [
                f"due {order} {day}",
                f"created {order} {day}",
                f"start not in ({day}, monday)",
                f"priority {order} high",
                f"estimate {order} {number}m",
                "status in (open, DONE)",
                "has subtasks",
                "not has due",
                "title like 'a*\\%'",
                "text not like b",
                "tag like '*'",
            ]
        )
    )


FILTERS = mostly(
    filters(),
    st.sampled_from(
        [
            "due",
            "due <",
            "due < soon",
            "due < 2030-02-30",
            "due < today + 99999y",
            "tag = 'unknown'",
            "title = 'open",
            "(" * 1000,
            "not " * 400,
            "has due or " * 150,
            "a = b",
            "title like '" + "%_" * 500 + "'",
            "\u202eeud sah",
        ]
    ),
)


def encoded(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@st.composite
def cursors(draw):
    """As the services write them (`service-kit/src/page.rs`): the list, and where its page ended."""
    name = draw(st.sampled_from(["tasks ", "tasks open", "tasks done", "tags", "audit ", "sync", "notifications"]))
    number = st.integers(0, 4_000_000_000_000_000).map(str)
    if name == "sync":
        return encoded(".".join([name, "1", draw(number), draw(number), draw(st.sampled_from(["changes", "everything"]))]))
    if name == "notifications":
        return encoded(".".join([name, "n", "1", draw(number), draw(number)]))
    return encoded(".".join([name, draw(number), str(draw(st.uuids()))]))


CURSORS = mostly(cursors(), st.sampled_from(["AA", "MTIz", encoded("tasks open"), encoded("tasks open.1.2"), "===", "%00"]))

# Nearly right is a version that nothing has. What is no ETag of ours is answered with 400, which only a request that does
# not fit its document may be.
ETAGS = mostly(
    st.integers(1, 5).map(lambda version: f'"{version}"'),
    st.sampled_from(['"0"', '"007"', '"9223372036854775807"', '"99999999999999999999"']),
)

for name, strategy in {"zone": ZONES, "rrule": RULES, "cursor": CURSORS, "etag": ETAGS, "filter": FILTERS}.items():
    schemathesis.openapi.format(name, strategy)


def is_text(schema):
    kinds = schema.get("type")
    return kinds == "string" or (isinstance(kinds, list) and "string" in kinds)


def name_formats(node):
    """Says the format wherever a name tells it and the document does not."""
    if isinstance(node, list):
        for below in node:
            name_formats(below)
    if not isinstance(node, dict):
        return
    found = dict(node.get("properties") or {})
    if isinstance(node.get("name"), str) and "in" in node:
        found[node["name"]] = node.get("schema")
    for name, schema in found.items():
        if name in NAMED and isinstance(schema, dict) and is_text(schema):
            schema.setdefault("format", NAMED[name])
    for below in node.values():
        name_formats(below)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    name_formats(raw_schema)
