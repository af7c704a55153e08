"""A copy of the RTL that holds many mutants, one of which is chosen when a simulation starts.

Each mutant becomes a choice in place of the expression: `(mutation_pkg::selected == 32'd7) ? (a || b) : (a && b)`. Nothing
else changes: names, hierarchy, parameters and assertions are those of the original, and with 0 selected so is what it
does. One build so serves all mutants, and the tests of a unit run on it as they are.
"""
from pathlib import Path

PACKAGE = """// Which mutant is in force; 0 is none.
package mutation_pkg;
  import "DPI-C" function int moehub_mutant();
  int selected = moehub_mutant();
endpackage
"""


def changed(text, mutants):
    """The text of a file with its mutants, (number, mutant) each."""
    places = {}
    for number, mutant in mutants:
        places.setdefault((mutant.start, mutant.end), []).append((number, mutant))
    return _written(text, 0, len(text), sorted(places.items(), key=lambda item: (item[0][0], -item[0][1])))


def _written(text, start, end, places):
    """What stands from start to end, with the places inside it."""
    parts, at = [], start
    while places:
        (first, last), here = places[0]
        inside = [place for place in places[1:] if place[0][0] < last]
        if any(place[0][1] > last for place in inside):
            raise RuntimeError(f"places that overlap: {text[first:last]}")
        parts += [text[at:first], _choice(text, first, last, here, inside)]
        at, places = last, places[1 + len(inside):]
    return "".join(parts) + text[at:end]


def _choice(text, start, end, here, inside):
    original = _written(text, start, end, inside)
    if here[0][1].operator == "dropped":
        return f"begin if (mutation_pkg::selected != 32'd{here[0][0]}) {original} end"
    name = text[start:end] if text[start - 1] == "." else None   # a port that is connected by its name alone
    choice = ""
    for number, mutant in here:
        after = mutant.after[len(name) + 1:-1] if name else mutant.after
        choice += f"(mutation_pkg::selected == 32'd{number}) ? ({after}) : "
    return f"{name}({choice}{name})" if name else f"({choice}({original}))"


def write(folder, mutants):
    """The RTL with mutants 1, 2, ... in the order given, below `folder`; files that stay the same keep their time."""
    by_file = {}
    for number, mutant in enumerate(mutants, 1):
        by_file.setdefault(mutant.file, []).append((number, mutant))
    wanted = {"mutation_pkg.sv": PACKAGE}
    for path in sorted(Path("rtl").rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            name = str(path.relative_to("rtl"))
            wanted[name] = changed(text, by_file[name]) if name in by_file else text
    for old in sorted(folder.rglob("*")):
        if old.is_file() and str(old.relative_to(folder)) not in wanted:
            old.unlink()
    for name, text in wanted.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
