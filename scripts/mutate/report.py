"""Results of mutation: mutants.csv, reasons in equivalent.txt, and what docs/verification.md shows of both."""
import csv
import re
import textwrap
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROWS = HERE / "mutants.csv"
REASONS = HERE / "equivalent.txt"
PAGE = Path("docs/verification.md")
FIELDS = ("file", "line", "operator", "before", "after", "key", "verdict", "by")
BLOCK = re.compile(r"(<!-- mutation: begin -->\n```\n).*?(```\n<!-- mutation: end -->)", re.S)


def read_rows():
    if not ROWS.exists():
        return []
    with open(ROWS, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(rows):
    with open(ROWS, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def row_of(mutant, verdict):
    return {"file": mutant.file, "line": str(mutant.line), "operator": mutant.operator, "before": mutant.before,
            "after": mutant.after, "key": mutant.key, "verdict": "killed" if verdict.killed else "survived",
            "by": verdict.by}


def unit_of(row):
    return row["file"].split("/")[0]


def line_of(row):
    after = f"{row['before']} -> {row['after']}" if row["after"] else f"without {row['before']}"
    return f"rtl/{row['file']}:{row['line']}  {row['operator']}: {after}"


def reasons():
    """Key of a mutant -> why it is equivalent."""
    found = {}
    for number, line in enumerate(REASONS.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            key, _, why = line.partition(" ")
            if not re.fullmatch(r"[0-9a-f]{10}", key) or not why.strip() or key in found:
                raise ValueError(f"{REASONS}:{number}: expected a mutant's key, once, and a reason")
            found[key] = why.strip()
    return found


def wrong_reasons(rows):
    """What equivalent.txt says of mutants that are not there or that a test kills."""
    by_key = {row["key"]: row for row in rows}
    return [f"{key}: no such mutant" if key not in by_key else f"{line_of(by_key[key])}: {by_key[key]['by']} kills it"
            for key in reasons() if by_key.get(key, {}).get("verdict") != "survived"]


def unexplained(rows):
    known = reasons()
    return [row for row in rows if row["verdict"] == "survived" and row["key"] not in known]


def score(rows):
    """Share that is killed of those that are not equivalent; 1 without any."""
    known = reasons()
    counted = [row for row in rows if row["verdict"] == "killed" or row["key"] not in known]
    return sum(row["verdict"] == "killed" for row in counted) / len(counted) if counted else 1.0


def _counts(name, rows, known):
    killed = sum(row["verdict"] == "killed" for row in rows)
    equivalent = sum(row["verdict"] == "survived" and row["key"] in known for row in rows)
    return (f"{name:<12}{len(rows):>9}{killed:>9}{equivalent:>13}{len(rows) - killed - equivalent:>12}"
            f"{100 * score(rows):>8.1f} %\n")


def table(rows):
    known = reasons()
    head = f"{{:<12}}{'mutants':>9}{'killed':>9}{'equivalent':>13}{'not killed':>12}{'score':>10}\n"
    text = head.format("unit")
    for unit in sorted({unit_of(row) for row in rows}):
        text += _counts(unit, [row for row in rows if unit_of(row) == unit], known)
    text += _counts("all", rows, known) + "\n" + head.format("operator")
    for operator in sorted({row["operator"] for row in rows}):
        text += _counts(operator, [row for row in rows if row["operator"] == operator], known)
    return text


def survivors(rows):
    known, text = reasons(), ""
    for title, wanted in (("Not killed:", False), ("Equivalent:", True)):
        chosen = [row for row in rows if row["verdict"] == "survived" and (row["key"] in known) == wanted]
        text += f"\n{title}\n" if chosen else ""
        for row in chosen:
            text += "\n".join(textwrap.wrap(line_of(row), 120, subsequent_indent="        ", break_on_hyphens=False)) + "\n"
            if wanted:
                text += textwrap.fill(known[row["key"]], 120, initial_indent="    ", subsequent_indent="    ") + "\n"
    return text


def write_page(rows):
    page = PAGE.read_text(encoding="utf-8")
    page, count = BLOCK.subn(lambda block: block[1] + table(rows) + survivors(rows) + block[2], page)
    if count != 1:
        raise ValueError(f"{PAGE}: {count} places for the table of mutants")
    PAGE.write_text(page, encoding="utf-8")


def page_differs(rows, page):
    shown = BLOCK.search(Path(page).read_text(encoding="utf-8"))
    return not shown or shown[0] != shown[1] + table(rows) + survivors(rows) + shown[2]
