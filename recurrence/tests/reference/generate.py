"""Writes the table of cases that recurrence/tests/reference.rs compares with this crate.

Rules are computed by python-dateutil 2.9.0.post0, instants by zoneinfo of Python 3.11, week numbers of ISO 8601 by
datetime.isocalendar. Both zoneinfo's data and chrono-tz have release 2025b of the IANA database. Seeded, so the same
versions write the same bytes:

    python3 recurrence/tests/reference/generate.py > recurrence/tests/reference/cases.tsv

A line is: zone, first due wall time, rule, excluded, added, occurrences as WALL=INSTANT; the word "end" means that no
more follow. A time of day in a gap takes the offset before the gap and of two equal ones the first (RFC 5545 section
3.3.5), which is what zoneinfo does with fold=0. A whole day is due when the next one begins, so its instant is that of
the next midnight.

Where dateutil differs from RFC 5545, or leaves open what we have decided:

- The first due date is always an occurrence and COUNT counts it, though it may not match the rule (RFC 5545 section
  3.8.5.3 leaves the second open). dateutil leaves it out, so it is added here, and COUNT lowered by one.
- WEEKLY with BYSETPOS: dateutil takes the first set from DTSTART on, RFC 5545 from the start of its week. So dateutil
  starts at the start of the week here, and what lies before the first due date is dropped.
- Numbered and plain weekdays in one BYDAY: dateutil wants a day to be both, RFC 5545 either. So they are two rules here.
- BYWEEKNO without BYDAY: dateutil takes the whole week, RFC 5545 the weekday of DTSTART. So it is given here.
- BYWEEKNO: dateutil takes the days before the first week of a year for another week than ISO 8601 if the year before
  was a leap year. So weeks that begin on Monday are filtered by isocalendar here, and of others only weeks 2 to 50
  are used.
- RSCALE with SKIP=BACKWARD (RFC 7529) is unknown to dateutil: dateutil.relativedelta clamps in the same way.
- UNTIL in UTC: dateutil wants naive times with naive ones. So the rule has no end here, and its instants are compared.
- An added wall time before the first due date has no effect here; RFC 5545 does not say.
- Nothing after 2090: the two databases are not expanded equally far.
"""

import random
import sys
from calendar import isleap
from datetime import date, datetime, time, timedelta, timezone
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import dateutil
from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrulestr

SHOWN = 6
LAST_YEAR = 2090
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
ZONES = [
    "UTC", "Africa/Cairo", "Africa/Casablanca", "America/Havana", "America/New_York", "America/Santiago",
    "America/Sao_Paulo", "America/St_Johns", "Asia/Amman", "Asia/Beirut", "Asia/Kathmandu", "Asia/Kolkata",
    "Asia/Tehran", "Atlantic/Azores", "Australia/Lord_Howe", "Europe/Berlin", "Europe/Dublin", "Pacific/Apia",
    "Pacific/Chatham",
]
# The examples of RFC 5545 section 3.8.5.3 that repeat by day, week, month or year.
RFC_EXAMPLES = """
DAILY;COUNT=10|DAILY;UNTIL=19971224T000000Z|DAILY;INTERVAL=2|DAILY;INTERVAL=10;COUNT=5
YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA|DAILY;UNTIL=20000131T140000Z;BYMONTH=1
WEEKLY;COUNT=10|WEEKLY;UNTIL=19971224T000000Z|WEEKLY;INTERVAL=2;WKST=SU|WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH
WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH|WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR
WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH|MONTHLY;COUNT=10;BYDAY=1FR|MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR
MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU|MONTHLY;COUNT=6;BYDAY=-2MO|MONTHLY;BYMONTHDAY=-3
MONTHLY;COUNT=10;BYMONTHDAY=2,15|MONTHLY;COUNT=10;BYMONTHDAY=1,-1|MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15
MONTHLY;INTERVAL=2;BYDAY=TU|YEARLY;COUNT=10;BYMONTH=6,7|YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3
YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200|YEARLY;BYDAY=20MO|YEARLY;BYWEEKNO=20;BYDAY=MO|YEARLY;BYMONTH=3;BYDAY=TH
YEARLY;BYDAY=TH;BYMONTH=6,7,8|MONTHLY;BYDAY=FR;BYMONTHDAY=13|MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13
YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8|MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3
MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2|DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40
WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO|WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU|MONTHLY;BYMONTHDAY=15,30;COUNT=5
"""


def instant(wall, zone):
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(timezone.utc)


def rule_text(parts):
    return ";".join(f"{name}={value}" for name, value in parts.items())


def matches(parts, start):
    """The wall times of a rule from `start` on, without regard to COUNT and UNTIL."""
    if parts.get("SKIP") == "BACKWARD":
        unit = {"MONTHLY": "months", "YEARLY": "years"}[parts["FREQ"]]
        interval = int(parts.get("INTERVAL", 1))
        yield from (start + relativedelta(**{unit: interval * n}) for n in range(1200 // interval))
        return
    parts, weeks, begin = dict(parts), None, start
    if "BYWEEKNO" in parts:
        parts.setdefault("BYDAY", WEEKDAYS[start.weekday()])
        if "WKST" not in parts:
            weeks = {int(week) for week in parts.pop("BYWEEKNO").split(",")}
    if parts["FREQ"] == "WEEKLY":
        parts.setdefault("BYDAY", WEEKDAYS[start.weekday()])
        first = WEEKDAYS.index(parts.get("WKST", "MO"))
        begin -= timedelta(days=(start.weekday() - first) % 7)
    days = parts.get("BYDAY", "").split(",")
    numbered = [day for day in days if len(day) > 2]
    plain = [day for day in days if len(day) == 2]
    rules = [parts]
    if numbered and plain:
        assert "BYSETPOS" not in parts
        rules = [parts | {"BYDAY": ",".join(numbered)}, parts | {"BYDAY": ",".join(plain)}]
    found = rrulestr("\n".join(f"RRULE:{rule_text(rule)}" for rule in rules), dtstart=begin, forceset=True)
    for wall in takewhile(lambda wall: wall.year <= LAST_YEAR, found):
        if wall >= start and (weeks is None or in_weeks(wall, weeks)):
            yield wall


def in_weeks(wall, weeks):
    year, week, _ = wall.isocalendar()
    last = date(year, 12, 28).isocalendar().week
    return week in weeks or week - last - 1 in weeks


def reaches(wall, until, zone, all_day):
    if len(until) == 8:
        return wall.strftime("%Y%m%d") <= until
    if not until.endswith("Z"):
        return wall <= datetime.strptime(until, "%Y%m%dT%H%M%S")
    end = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    if all_day:
        return wall.date() <= end.astimezone(ZoneInfo(zone)).date()
    return instant(wall, zone) <= end


def occurrences(zone, start, all_day, parts, excluded, added):
    """The first occurrences, and whether the series ends with them."""
    parts = dict(parts)
    limit, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    later = (wall for wall in matches(parts, start) if wall > start)
    known_to_its_end = limit is not None or until is not None
    if limit is not None:
        later = list(islice(later, int(limit) - 1))
        known_to_its_end = len(later) == int(limit) - 1
    if until is not None:
        later = takewhile(lambda wall: reaches(wall, until, zone, all_day), later)
    ahead = [wall for wall in added if wall > start]
    of_rule = islice((wall for wall in later if wall not in excluded), SHOWN)
    # Enough of both to take the first of their union.
    union = sorted({start, *of_rule, *ahead})
    return union[:SHOWN], known_to_its_end and len(union) <= SHOWN


def transitions(zone):
    """The times between 1996 and 2036 at which the clocks change: the wall time before, and by how much."""
    info, at, found = ZoneInfo(zone), datetime(1996, 1, 1, tzinfo=timezone.utc), []
    offset = at.astimezone(info).utcoffset()
    while at.year < 2037:
        step = at + timedelta(hours=12)
        if step.astimezone(info).utcoffset() != offset:
            low, high = 0, 12 * 60
            while high - low > 1:
                middle = (low + high) // 2
                same = (at + timedelta(minutes=middle)).astimezone(info).utcoffset() == offset
                low, high = (middle, high) if same else (low, middle)
            change = at + timedelta(minutes=high)
            after = change.astimezone(info).utcoffset()
            found.append(((change + offset).replace(tzinfo=None), after - offset))
            offset = after
        at = step
    return found


def around_changes(pick):
    """A time of day in a gap, in a fold, or at midnight after it, reached in every manner."""
    for zone in ZONES:
        changes = transitions(zone)
        gaps = [(wall, by) for wall, by in changes if by > timedelta(0)]
        folds = [(wall + by, -by) for wall, by in changes if by < timedelta(0)]
        for which in (gaps, folds):
            for begin, length in pick.sample(which, min(8, len(which))):
                wall = begin + length * pick.choice([0, 0.5, 0.5, 0.75])
                wall = wall.replace(second=0, microsecond=0)
                rule, back = pick.choice([
                    ("DAILY", timedelta(days=2)), ("DAILY;INTERVAL=3", timedelta(days=6)),
                    ("WEEKLY", timedelta(weeks=2)), ("WEEKLY;INTERVAL=2", timedelta(weeks=4)),
                    ("DAILY;BYHOUR=0,1,2,3,23", timedelta(days=1)), ("DAILY;COUNT=4", timedelta(days=1)),
                    (f"MONTHLY;BYMONTHDAY={wall.day}", timedelta(days=3)), ("YEARLY", timedelta(0)),
                    (f"DAILY;UNTIL={(instant(wall, zone)):%Y%m%dT%H%M%SZ}", timedelta(days=2)),
                ])
                yield zone, wall - back, False, f"FREQ={rule}", [], []
            for begin, _ in pick.sample(which, min(2, len(which))):
                day = datetime.combine(begin.date() - timedelta(days=2), time())
                yield zone, day, True, "FREQ=DAILY", [], []
                yield zone, day, False, "FREQ=DAILY;BYHOUR=0,12", [], []


def some(pick, values, most):
    return ",".join(str(value) for value in sorted(pick.sample(values, pick.randint(1, most))))


def signed(limit):
    return [number for number in range(-limit, limit + 1) if number != 0]


def random_rule(pick):
    freq = pick.choice(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "MONTHLY", "YEARLY", "YEARLY", "YEARLY"])
    parts = {"FREQ": freq, "INTERVAL": pick.choice([1, 1, 1, 2, 3, 4, 5, 7, 12, 18])}
    days = some(pick, WEEKDAYS, 4)
    if freq == "DAILY":
        parts |= pick.choice([{}, {"BYMONTH": some(pick, range(1, 13), 4)}, {"BYDAY": days},
                              {"BYMONTHDAY": some(pick, signed(31), 5)}, {"BYDAY": days, "BYMONTHDAY": "13,14,-1"}])
    elif freq == "WEEKLY":
        parts |= pick.choice([{}, {"BYDAY": days}, {"BYDAY": days}, {"BYDAY": days, "BYMONTH": some(pick, range(1, 13), 4)}])
        parts["WKST"] = pick.choice(WEEKDAYS)
        if "BYDAY" in parts and pick.random() < 0.4:
            parts["BYSETPOS"] = pick.choice(["1", "-1", "1,-1", "2", "-2"])
    elif freq == "MONTHLY":
        nth = ",".join(f"{number}{day}" for number, day in zip(pick.sample([1, 2, 3, 4, 5, -1, -2, -3, -4], 2), pick.sample(WEEKDAYS, 2)))
        parts |= pick.choice([{}, {"BYMONTHDAY": some(pick, signed(31), 4)}, {"BYMONTHDAY": "-1"}, {"BYMONTHDAY": "31"},
                              {"BYDAY": nth}, {"BYDAY": days}, {"BYDAY": f"{nth},{pick.choice(WEEKDAYS)}"},
                              {"BYDAY": days, "BYMONTHDAY": some(pick, signed(31), 9)},
                              {"BYDAY": nth, "BYMONTH": some(pick, range(1, 13), 6)}])
        if parts.get("BYDAY") == days and pick.random() < 0.7:
            parts["BYSETPOS"] = pick.choice(["1", "-1", "-2", "2,-2", "3", "-3,-1", "5"])
    else:
        nth = f"{pick.choice(signed(52))}{pick.choice(WEEKDAYS)}"
        months = some(pick, range(1, 13), 3)
        parts |= pick.choice([{}, {"BYMONTH": months}, {"BYMONTH": "2", "BYMONTHDAY": "29"}, {"BYYEARDAY": some(pick, signed(366), 4)},
                              {"BYYEARDAY": "366"}, {"BYYEARDAY": "-366,-1,1"}, {"BYDAY": nth}, {"BYDAY": f"53{pick.choice(WEEKDAYS)}"},
                              {"BYMONTH": months, "BYDAY": f"-1{pick.choice(WEEKDAYS)},2{pick.choice(WEEKDAYS)}"},
                              {"BYMONTH": months, "BYDAY": days}, {"BYMONTH": months, "BYMONTHDAY": some(pick, signed(31), 3)},
                              {"BYWEEKNO": some(pick, signed(53), 3), "BYDAY": days}, {"BYWEEKNO": "1,53", "BYDAY": days},
                              {"BYWEEKNO": "-1"}, {"BYWEEKNO": "1"}, {"BYWEEKNO": "53"}, {"BYWEEKNO": some(pick, range(2, 51), 3)},
                              {"BYWEEKNO": some(pick, range(2, 51), 3), "BYDAY": days, "WKST": pick.choice(WEEKDAYS[1:])}])
        if parts.get("BYDAY") == days and "WKST" not in parts and "BYWEEKNO" not in parts and pick.random() < 0.7:
            parts["BYSETPOS"] = pick.choice(["1", "-1", "-3,2", "10", "-7"])
        if "BYYEARDAY" in parts and pick.random() < 0.3:
            parts["BYDAY"] = days
    if pick.random() < 0.12:
        parts |= {"BYHOUR": some(pick, range(24), 3), "BYMINUTE": pick.choice(["0", "0,30", "15"])}
        if pick.random() < 0.3:
            parts["BYSETPOS"] = pick.choice(["1", "-1", "2", "1,-1"])
    if "BYSETPOS" in parts and any(len(day) > 2 for day in parts.get("BYDAY", "").split(",")):
        del parts["BYSETPOS"]
    return parts


def random_start(pick):
    start = datetime(1996, 1, 1) + timedelta(days=pick.randrange(40 * 365))
    if pick.random() < 0.25:
        last = start.replace(day=28) + timedelta(days=4)
        start = last - timedelta(days=last.day)
    if pick.random() < 0.08:
        start = start.replace(year=start.year - start.year % 4, month=2, day=29)
        assert isleap(start.year)
    return start


def random_cases(pick, number):
    while number:
        zone, start, all_day = pick.choice(ZONES), random_start(pick), pick.random() < 0.3
        parts = random_rule(pick)
        if all_day and "BYHOUR" in parts:
            all_day = False
        if not all_day:
            start += timedelta(minutes=5 * pick.randrange(288))
        later = list(islice((wall for wall in matches(parts, start) if wall > start), 8))
        if len(later) < 4:
            continue
        end = pick.choice([None, None, "COUNT", "COUNT", "UNTIL", "UNTIL"])
        if end == "COUNT":
            parts["COUNT"] = pick.randint(1, 6)
        elif end == "UNTIL":
            last = later[pick.randrange(4)]
            spelled = pick.choice(["%Y%m%d", "%Y%m%dT%H%M%S", "Z", "Z before"])
            if spelled.startswith("Z"):
                at = instant(last, zone) - timedelta(seconds="before" in spelled)
                parts["UNTIL"] = f"{at:%Y%m%dT%H%M%SZ}"
                if all_day and not reaches(start, parts["UNTIL"], zone, True):
                    continue
            else:
                parts["UNTIL"] = last.strftime(spelled)
        excluded, added = [], []
        if number % 2:
            excluded = pick.sample(later[:5], min(len(later) - 1, pick.randint(0, 3)))
            excluded += [start + timedelta(days=1)] if pick.random() < 0.2 else []
            shifts = pick.sample([-40, -1, 1, 2, 3, 10, 30, 45, 200, 400, 900], pick.randint(0, 3))
            added = [start + timedelta(days=days) for days in shifts]
            added += pick.sample(later, 1) if pick.random() < 0.3 else []
            added = [wall for wall in added if wall not in excluded]
        yield zone, start, all_day, rule_text(parts), excluded, added
        number -= 1


def clamped(pick):
    for zone in ZONES:
        for freq, interval in pick.sample([("MONTHLY", 1), ("MONTHLY", 2), ("MONTHLY", 7), ("YEARLY", 1), ("YEARLY", 4)], 2):
            start = random_start(pick).replace(month=pick.choice([1, 3, 5, 12]), day=31) + timedelta(hours=pick.randrange(24))
            if freq == "YEARLY":
                start = start.replace(year=start.year - start.year % 4, month=2, day=29)
            yield zone, start, False, f"RSCALE=GREGORIAN;FREQ={freq};INTERVAL={interval};SKIP=BACKWARD", [], []


def cases(pick):
    start = datetime(1997, 9, 2, 9)
    for rule in RFC_EXAMPLES.replace("\n", "|").strip("|").split("|"):
        begin = datetime(1998, 1, 1, 9) if "20000131" in rule else start
        yield "America/New_York", begin, False, f"FREQ={rule}", [], []
    yield from around_changes(pick)
    yield from clamped(pick)
    yield from random_cases(pick, 420)


def line(case):
    zone, start, all_day, rule, excluded, added = case
    parts = dict(part.split("=") for part in rule.split(";"))
    found, ended = occurrences(zone, start, all_day, parts, excluded, added)
    written = (lambda wall: wall.strftime("%Y-%m-%d")) if all_day else datetime.isoformat
    due = (lambda wall: wall + timedelta(days=1)) if all_day else (lambda wall: wall)
    shown = [f"{written(wall)}={instant(due(wall), zone):%Y-%m-%dT%H:%M:%SZ}" for wall in found]
    lists = [",".join(map(written, slots)) for slots in (excluded, added)]
    return "\t".join([zone, written(start), rule, *lists, " ".join(shown + ["end"] * ended)])


def main():
    assert dateutil.__version__ == "2.9.0.post0", dateutil.__version__
    print("# Written by generate.py, which says how; do not edit.")
    lines = dict.fromkeys(map(line, cases(random.Random(5545))))
    print("\n".join(lines))
    print(len(lines), "cases", file=sys.stderr)


if __name__ == "__main__":
    main()
