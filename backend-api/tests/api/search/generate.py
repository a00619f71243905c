"""Writes tasks.tsv and queries.tsv: what is to be found by 300 queries, computed by this and not by Taskwire.

Python 3.11 or newer, nothing else; the seed is fixed, so a second run writes the same files:
    python3 generate.py
"""

import random
import unicodedata

random.seed(20261122)

VERBS = ["Pay", "Call", "Write", "Review", "Book", "Cancel", "Renew", "Clean", "Repair", "Order", "Plan", "Prepare", "Send",
         "Print", "Compare", "Check", "Update", "Finish", "Read", "Water", "Paint", "Return", "Sort", "Archive"]
THINGS = ["rent", "dentist", "quarterly report", "pull request", "train tickets", "gym membership", "passport", "kitchen",
          "bicycle", "printer paper", "birthday party", "presentation", "invoice", "boarding pass", "insurance offers",
          "smoke detector", "address book", "tax return", "library books", "tomatoes", "garden fence", "parcel", "photographs",
          "contracts", "holiday calendar", "meeting minutes", "server certificates", "backup schedule", "release notes",
          "customer survey"]
ENDS = ["", "", "", " before noon", " for grandmother", " with Alexander", " at the office", " next quarter", " again",
        " for the conference"]
GERMAN = ["Miete für März überweisen", "Zahnärztin anrufen", "Müllabfuhr anmelden", "Steuererklärung abschließen",
          "Geburtstagsgeschenk für Jürgen kaufen", "Straßenbahn-Abo verlängern", "Küche aufräumen", "Größere Schuhe bestellen",
          "Öl wechseln lassen", "Übergabeprotokoll prüfen", "Fußballtraining absagen", "Weiße Wäsche waschen",
          "Bücher zurückbringen", "Äpfel und Käse einkaufen", "Schlüssel nachmachen lassen", "Mütze stricken",
          "Prüfungsordnung lesen", "Gemüsebeet gießen", "Wohnungsübergabe planen", "Rückflug buchen"]
RUSSIAN = ["Заплатить за квартиру", "Позвонить врачу", "Купить билеты на поезд", "Написать отчёт", "Полить цветы",
           "Забрать посылку", "Подготовить презентацию", "Продлить паспорт", "Убрать ёлку", "Проверить договор",
           "Заказать продукты", "Починить велосипед", "Отправить письмо бабушке", "Собрать чемодан", "Оплатить счёт за свет"]
JAPANESE = ["会議の資料を作る", "東京駅で待ち合わせ", "ガソリンを入れる"]
DESCRIPTIONS = ["Ask for the signature of both parties and keep a copy.", "The account number is on the back of the letter.",
                "Bring identification and the confirmation code.", "Second floor, ring twice.",
                "Compare prices of three suppliers; the cheapest was 42.50 last year.", "See the checklist of last spring.",
                "Alexander knows the details about parking.", "Termin nur vormittags möglich."]
TAGS = ["home", "office work", "errands", "Garten", "семья", "urgent"]
PROJECTS = ["House move", "Conference 2027", "Vereinskasse", "Дача"]

MARKS = set(map(chr, range(0x300, 0x370))) | {"\u3099", "\u309a"}
SPELT = {"ß": "ss", "æ": "ae", "œ": "oe", "ς": "σ", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}


def alone(c):
    return "\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u4dbf" or "\u4e00" <= c <= "\u9fff"


def words(text):
    """The words of a text as they are compared."""
    folded = "".join(SPELT.get(c.lower(), c.lower()) for c in unicodedata.normalize("NFKD", text) if c not in MARKS)
    found, word = set(), ""
    for c in folded + " ":
        if c.isalnum() and not alone(c):
            word += c
            continue
        if word:
            found.add(word[:64])
        word = ""
        if alone(c) and c.isalnum():
            found.add(c)
    return found


def distance(one, other):
    """Levenshtein's, and whether two neighbours are swapped."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    swapped = any(other == one[:i] + one[i + 1] + one[i] + one[i + 2:] for i in range(len(one) - 1))
    return row[-1], swapped


class Task:
    def __init__(self, number, title, description, tag, project):
        self.number, self.title, self.description = number, title, description
        self.tag, self.project = tag, project
        of_title = words(title)
        self.terms = [(word, 4) for word in of_title] + [(word, 2) for word in words(description) - of_title]
        for name in filter(None, [tag, project]):
            self.terms += [(word, 3) for word in words(name)]

    def score(self, wanted, alike):
        total = 0
        for word in wanted:
            hits = [weight * (4 if term == word else 3) for term, weight in self.terms if term.startswith(word)]
            hits += [weight for term, weight in self.terms if term in alike[word]]
            if not hits:
                return 0
            total += sum(hits)
        return total


def find(tasks, query):
    wanted = words(query)
    everything = {term for task in tasks for term, _ in task.terms}
    none = {word: set() for word in wanted}
    found = [(task.score(wanted, none), task) for task in tasks]
    if wanted and sum(score > 0 for score, _ in found) < 5:
        alike = {word: set(is_like(word, everything)) for word in wanted}
        found = [(task.score(wanted, alike), task) for task in tasks]
    found = [(score, task.number) for score, task in found if score > 0]
    return [number for _, number in sorted(found, reverse=True)]


def is_like(word, everything):
    measured = []
    for term in everything:
        if len(word) < 4 or any("0" <= c <= "9" for c in word) or term.startswith(word) or abs(len(term) - len(word)) > 2:
            continue
        letters, swapped = distance(word, term)
        if letters == 1 or (letters == 2 and (swapped or len(word) >= 8)):
            measured.append((letters, term))
    return [term for _, term in sorted(measured)[:20]]


def mistyped(word):
    i = random.randrange(len(word) - 1)
    return random.choice([word[:i] + word[i + 1:], word[:i] + word[i + 1] + word[i] + word[i + 2:],
                          word[:i] + random.choice("aeiostrn") + word[i + 1:], word[:i] + random.choice("aeiostrn") + word[i:]])


def two_words(title):
    one, other = random.sample(title.split(), 2) if " " in title else (title, title)
    return other + " " + one[:random.choice([3, 5, 20])]


def main():
    titles = [verb + " " + thing + random.choice(ENDS) for verb in VERBS for thing in random.sample(THINGS, 7)]
    titles += GERMAN + RUSSIAN + JAPANESE
    random.shuffle(titles)
    tasks = [Task(number, title, random.choice([""] * 3 + DESCRIPTIONS), random.choice(["", ""] + TAGS),
                  random.choice(["", "", ""] + PROJECTS)) for number, title in enumerate(titles, 1)]
    with open("tasks.tsv", "w", encoding="utf-8") as file:
        for task in tasks:
            print(task.number, task.title, task.description or "-", task.tag or "-", task.project or "-", sep="\t", file=file)

    latin = sorted({word for title in titles for word in words(title) if word.isascii()})
    long = [word for word in latin if len(word) >= 5]
    umlauts = sorted({word for title in GERMAN for word in title.replace("-", " ").split() if not word.isascii()})
    cyrillic = sorted({word for title in RUSSIAN for word in title.split()})
    kinds = {
        "one letter": [chr(ord("a") + n) for n in range(20)],
        "two letters": [word[:2] for word in random.sample(latin, 25)],
        "three letters": [word[:3] for word in random.sample(latin, 30)],
        "word": [word if n % 3 else word.upper() for n, word in enumerate(random.sample(latin, 60))],
        "two words": [two_words(random.choice(titles)) for _ in range(35)]
                     + [random.choice(VERBS) + " " + random.choice(THINGS).split()[0] for _ in range(10)],
        "typing error": [mistyped(word) + "<" + word for word in random.sample(long, 60)],
        "umlauts": random.sample(umlauts, 18) + ["strasse", "muller", "grosse", "ÄPFEL", "u\u0308bergabe"],
        "cyrillic": random.sample(cyrillic, 20) + ["елку", "СЧЕТ", "отчет", "семья", "дача"],
        "other": ["会議", "東京", "ｶﾞｿﾘﾝ", "office", "conference 2027", "42", "signature copy"],
        "none": ["zzz", "qqqqqqq", "rent zzz", "xylophone", "日本"],
    }
    with open("queries.tsv", "w", encoding="utf-8") as file:
        for kind, queries in kinds.items():
            for query in queries:
                query, _, meant = query.partition("<")
                found = find(tasks, query)
                print(kind, query, meant or "-", len(found), " ".join(map(str, found[:10])) or "-", sep="\t", file=file)
    print(sum(map(len, kinds.values())), "queries of", len(tasks), "tasks")


main()
