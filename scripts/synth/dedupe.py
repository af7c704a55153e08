"""Merges equal modules of an RTLIL file.

The slang front end makes a module of every instance. Equal ones are found from the leaves up, by their text
without source locations, and kept once: eight lanes are synthesised once, not eight times. Memories
(sram_1r1w) become empty black boxes that carry their shape in the name, sram_<width>x<depth>m<mask bits>.
"""
import hashlib
import re

CELL = re.compile(r"^(\s*cell )(\\\S+)( )", re.M)
NOISE = re.compile(r"^\s*attribute \\(src|hdlname|module|module_src|cell_src) .*\n", re.M)
NUMBER = re.compile(r"(?<=\$)\d+")  # in generated names; counts on over the whole design
STATEMENT = re.compile(r"^  (?:cell|process) .*?^  end\n|^[^\n]*\n", re.M | re.S)
DIGITS = re.compile(r"(\d+)")
PORT = re.compile(r"^  wire (?:width (\d+) )?(?:signed )?(?:input|output) \d+ \\(\w+)$", re.M)
MEMORY = re.compile(r"^  memory width (\d+) size (\d+) ", re.M)


def natural(text):
    """Sorts names by the value of the numbers in them: 999 before 1000."""
    return [int(part) if part.isdigit() else part for part in DIGITS.split(text)]


def canonical(text):
    """The text without source locations, statements by name, generated numbers in the order in which they occur.

    An RTLIL file has them by the text of their names, so that equal modules differ in order where one's numbers have
    three digits and the other's four.
    """
    numbers = {}
    statements = sorted(STATEMENT.findall(NOISE.sub("", text)), key=lambda s: natural(s.partition("\n")[0]))
    return NUMBER.sub(lambda m: str(numbers.setdefault(m[0], len(numbers))), "".join(statements))


class Module:
    """One module of the file; `attributes` are the lines in front of it."""

    def __init__(self, attributes, name, body):
        self.attributes, self.name, self.body = attributes, name, body

    @property
    def base(self):
        return self.name[1:].split("$")[0]

    def children(self):
        """Types of the cells that are modules of the design, with repetition."""
        return [match[1] for match in CELL.findall(self.body)]


def read(path):
    """(what precedes the first module, modules)."""
    preamble, modules, attributes, body, name = [], [], [], None, None
    with open(path, encoding="utf-8") as file:
        for line in file:
            if body is not None:
                if line == "end\n":
                    modules.append(Module("".join(attributes), name, "".join(body)))
                    attributes, body = [], None
                else:
                    body.append(line)
            elif line.startswith("module "):
                name, body = line.split()[1], []
            elif line.startswith("attribute "):
                attributes.append(line)
            else:
                preamble.append(line)
    return "".join(preamble), modules


def sram_shape(module):
    """Width, depth and mask bits of an sram_1r1w module."""
    ports = {name: int(width or 1) for width, name in PORT.findall(module.body)}
    width, depth = map(int, MEMORY.search(module.body).groups())
    return width, depth, ports["wmask_i"]


def sram_box(module):
    """The module with its ports and nothing else, marked as a black box."""
    ports = "".join(match[0] + "\n" for match in re.finditer(PORT, module.body))
    module.body = ports
    module.attributes += "attribute \\blackbox 1\n"


def merge(modules, keep_sram=False):
    """Distinct modules, leaves first, with short names; `keep_sram` keeps the memories' contents."""
    by_name = {module.name: module for module in modules}
    short, by_text, taken, order = {}, {}, {}, []

    def visit(name):
        if name in short:
            return
        module = by_name[name]
        for child in module.children():
            if child in by_name:
                visit(child)
        module.body = CELL.sub(lambda m: m[1] + short.get(m[2], m[2]) + m[3], module.body)
        digest = hashlib.sha256(f"{module.base}\n{canonical(module.body)}".encode()).hexdigest()
        if digest not in by_text:
            wanted = module.base
            if wanted == "sram_1r1w":
                width, depth, mask = sram_shape(module)
                wanted = f"sram_{width}x{depth}m{mask}"
                if not keep_sram:
                    sram_box(module)
            taken[wanted] = taken.get(wanted, 0) + 1
            count = taken[wanted]
            module.name = "\\" + (wanted if count == 1 else f"{wanted}_v{count}")
            by_text[digest] = module.name
            order.append(module)
        short[name] = by_text[digest]

    for name in list(by_name):
        visit(name)
    return order


def write(path, preamble, modules):
    with open(path, "w", encoding="utf-8") as file:
        file.write(preamble)
        for module in modules:
            file.write(f"{module.attributes}module {module.name}\n{module.body}end\n")


def merge_file(source, target, keep_sram=False):
    preamble, modules = read(source)
    merged = merge(modules, keep_sram)
    write(target, preamble, merged)
    return merged
