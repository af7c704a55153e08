"""What can be changed in the RTL: every mutant of every module, found in slang's syntax tree.

A mutant replaces the text of one expression, or leaves out one assignment. Only what becomes hardware is changed: the
sources are read as for synthesis, so without assertions, and signals that nothing reads are left alone. What must be
constant (parameters, ranges, bounds of loops, conditions of generate blocks) stays as it is.

    condition  `if`, `?:`: negated, never, always
    operator   && ||, & |, ^ |, == !=, < <=, > >=, + -, << >>; reductions
    operand    one side of && || & | is left out
    negation   ! or ~ is left out
    constant   one bit: the other value; an enumerator: the next one; otherwise one more
    value      what is assigned or connected is 0, or its lowest bit is inverted
    index      the lowest bit of an index that is no constant is inverted
    dropped    an assignment is left out (in a clocked block, or after a default)
"""
import glob
import hashlib
import re
from dataclasses import dataclass, field

from pyslang import ast, driver

SWAPS = {
    "LogicalAnd": ("&&", "||"), "LogicalOr": ("||", "&&"), "BinaryAnd": ("&", "|"), "BinaryOr": ("|", "&"),
    "BinaryXor": ("^", "|"), "Equality": ("==", "!="), "Inequality": ("!=", "=="), "LessThan": ("<", "<="),
    "LessThanEqual": ("<=", "<"), "GreaterThan": (">", ">="), "GreaterThanEqual": (">=", ">"), "Add": ("+", "-"),
    "Subtract": ("-", "+"), "LogicalShiftLeft": ("<<", ">>"), "LogicalShiftRight": (">>", "<<"),
}
REDUCTIONS = {"BinaryOr": "&", "BinaryAnd": "|", "BinaryXor": "|"}
LOGICAL = ("LogicalAnd", "LogicalOr")
NEVER = ("clk_i", "rst_ni")


@dataclass(frozen=True)
class Mutant:
    file: str          # below rtl/
    start: int         # bytes of the file that are replaced
    end: int
    line: int
    operator: str
    before: str
    after: str         # what stands there instead; empty where the statement is dropped
    copy: int = field(default=0, compare=False)   # number among mutants of this file with the same text

    @property
    def unit(self):
        return self.file.split("/")[0]

    @property
    def key(self):
        """The same while its text and its file are, wherever it moves to."""
        text = "\0".join((self.file, self.operator, self.before, self.after, str(self.copy)))
        return hashlib.sha256(text.encode()).hexdigest()[:10]


def short(text):
    return re.sub(r"\s+", " ", re.sub(r"//[^\n]*", "", text)).strip()


def grouped(text):
    """It as an operand."""
    return text if re.fullmatch(r"[\w.]+(\[\w+\])?|\w*'\w+|\w+'\(\w+\)", text) else f"({text})"


def inverted(text):
    """A bit."""
    if re.fullmatch(r"1'b[01]", text):
        return "1'b0" if text[-1] == "1" else "1'b1"
    return text[1:] if text.startswith("!") and grouped(text[1:]) == text[1:] else "!" + grouped(text)


def elaborated(tops, folders):
    """The root of the elaborated design, and slang's source manager."""
    packages = sorted(glob.glob("rtl/*_pkg.sv")) + sorted(glob.glob("rtl/*/*_pkg.sv"))
    modules = [name for name in sorted(glob.glob("rtl/*/*.sv")) if name not in packages]
    slang = driver.Driver()
    slang.addStandardArgs()
    includes = " ".join(f"-I {folder}" for folder in ["rtl", *folders]) + " -y tb/formal"
    slang.parseCommandLine(f"slang -DSYNTHESIS --single-unit {includes} {' '.join(packages + modules + tops)}")
    if not (slang.processOptions() and slang.parseAllSources()):
        raise RuntimeError(f"slang does not read {' '.join(tops)}")
    compilation = slang.createCompilation()
    root = compilation.getRoot()
    errors = [d for d in compilation.getAllDiagnostics() if d.isError()]
    if errors:
        raise RuntimeError(f"slang: {slang.diagEngine.reportAll(slang.sourceManager, errors)}")
    return compilation, root, slang.sourceManager


def constant(expr):
    """Whether it is one in this instance, so that it has to stay one or may have to."""
    if isinstance(expr, (ast.IntegerLiteral, ast.UnbasedUnsizedIntegerLiteral)):
        return True
    if isinstance(expr, ast.NamedValueExpression):
        return isinstance(expr.symbol, (ast.ParameterSymbol, ast.EnumValueSymbol))
    if isinstance(expr, (ast.ConversionExpression, ast.UnaryExpression)):
        return constant(expr.operand)
    if isinstance(expr, ast.BinaryExpression):
        return constant(expr.left) and constant(expr.right)
    if isinstance(expr, ast.ConditionalExpression):
        return constant(expr.conditions[0].expr) and constant(expr.left) and constant(expr.right)
    if isinstance(expr, ast.ConcatenationExpression):
        return all(constant(part) for part in expr.operands)
    if isinstance(expr, ast.ReplicationExpression):
        return constant(expr.concat)
    if isinstance(expr, ast.MemberAccessExpression):
        return constant(expr.value)
    if isinstance(expr, ast.ElementSelectExpression):
        return constant(expr.value) and constant(expr.selector)
    if isinstance(expr, ast.RangeSelectExpression):
        return constant(expr.value) and constant(expr.left)
    if isinstance(expr, ast.CallExpression):
        return bool(expr.arguments) and all(constant(a) for a in expr.arguments)
    return isinstance(expr, ast.DataTypeExpression)


def unrolled(expr, loop_variables):
    """Whether it is known when loops are unrolled."""
    names = []
    expr.visit(lambda n: names.append(n.symbol) if isinstance(n, ast.NamedValueExpression) else None)
    return all(isinstance(s, (ast.ParameterSymbol, ast.EnumValueSymbol)) or (s.location.buffer.id, s.location.offset)
               in loop_variables for s in names)


def bare(expr):
    while isinstance(expr, ast.ConversionExpression) and expr.isImplicit:
        expr = expr.operand
    return expr


def assigned(assignment):
    """Its right side; for `+=` and the like what is written there."""
    return bare(assignment.right).right if assignment.isCompound else assignment.right


def roots(target):
    """Names that are assigned to."""
    if isinstance(target, ast.ConcatenationExpression):
        return [name for part in target.operands for name in roots(part)]
    while not isinstance(target, ast.NamedValueExpression):
        if not hasattr(target, "value"):
            return []
        target = target.value
    return [target.symbol]


class Reader:
    """Walks over one elaborated design and collects mutants; `refused` are places that some instance forbids."""

    def __init__(self, root, sources):
        self.sources = sources
        self.found, self.refused = {}, set()
        self.texts = {}
        self.loop_variables = set()
        self.live = self._live_signals(root)
        self.assigned = None          # signals that the block has assigned to so far; None in a clocked one
        root.visit(self._visit)

    # ---- signals that something reads ---------------------------------------------------------------------------
    def _live_signals(self, root):
        feeds, live = {}, set()

        def names_in(expr):
            names = set()
            expr.visit(lambda n: names.add(self._name(n.symbol)) if isinstance(n, ast.NamedValueExpression) else None)
            return names

        def visit(node):
            if isinstance(node, ast.AssignmentExpression):
                targets = roots(node.left)
                for name in names_in(node.right) | names_in(node.left):
                    feeds.setdefault(name, set()).update(self._name(t) for t in targets)
                return ast.VisitAction.Skip
            if isinstance(node, ast.PortSymbol):
                live.add(self._name(node))
            elif isinstance(node, ast.NamedValueExpression):
                live.add(self._name(node.symbol))
            return ast.VisitAction.Advance
        root.visit(visit)
        grown = True
        while grown:
            more = {name for name, targets in feeds.items() if name not in live and targets & live}
            live |= more
            grown = bool(more)
        return live

    @staticmethod
    def _name(symbol):
        return symbol.location.buffer.id, symbol.name

    # ---- places ------------------------------------------------------------------------------------------------
    def _place(self, sourced):
        """(file, start, end) of what is written in a module as it stands, else None."""
        start = self.sources.getFullyOriginalLoc(sourced.sourceRange.start)
        end = self.sources.getFullyOriginalLoc(sourced.sourceRange.end)
        name = str(self.sources.getFileName(start))
        if start.buffer.id != end.buffer.id or not re.fullmatch(r"rtl/\w+/\w+\.sv", name):
            return None
        name = name.removeprefix("rtl/")
        if name not in self.texts:
            self.texts[name] = self.sources.getSourceText(start.buffer)
        text = self.texts[name][start.offset:end.offset]
        if end.offset <= start.offset or "`" in text or text.count("(") != text.count(")"):
            return None
        return name, start.offset, end.offset

    def _text(self, expr):
        place = self._place(expr)
        return self.texts[place[0]][place[1]:place[2]] if place else ""

    def _add(self, place, operator, *after):
        if place is None:
            return
        name, start, end = place
        text = self.texts[name]
        for new in after:
            mutant = Mutant(name, start, end, text.count("\n", 0, start) + 1, operator, short(text[start:end]), short(new))
            self.found.setdefault((name, start, end, operator, mutant.after), mutant)

    # ---- the walk ----------------------------------------------------------------------------------------------
    def _visit(self, node):
        handler = getattr(self, "_on_" + type(node).__name__, None)
        if isinstance(node, ast.Expression):
            if constant(node):
                self._constant(node)
                return ast.VisitAction.Skip
            if node.type.isScalar and unrolled(node, self.loop_variables):   # a bound
                return ast.VisitAction.Skip
        return ast.VisitAction.Advance if handler is None else handler(node) or ast.VisitAction.Advance

    def _on_ParameterSymbol(self, _):
        return ast.VisitAction.Skip

    _on_TypeAliasType = _on_ElabSystemTaskSymbol = _on_UninstantiatedDefSymbol = _on_ParameterSymbol
    _on_VariableSymbol = _on_VariableDeclStatement = _on_ParameterSymbol   # variables of loops

    def _on_InstanceSymbol(self, node):
        for connection in node.portConnections:
            expr = connection.expression
            if expr is None or isinstance(expr, ast.AssignmentExpression) or connection.port.name in NEVER:
                continue
            place = self._place(expr)
            if place and self.texts[place[0]][place[1] - 1] == ".":   # `.name` alone: becomes `.name(...)`
                name = self.texts[place[0]][place[1]:place[2]]
                if name == connection.port.name and self._plain(expr):
                    self._add(place, "value", *(f"{name}({new})" for new in self._other_values(name, expr)))
            else:
                self._value(expr)
        return ast.VisitAction.Advance

    def _on_ProceduralBlockSymbol(self, node):
        clocked = "AlwaysFF" in str(node.procedureKind)
        self.assigned = None if clocked else set()
        node.body.visit(self._visit)
        return ast.VisitAction.Skip

    def _on_SubroutineSymbol(self, node):
        self.assigned = set()
        node.body.visit(self._visit)
        return ast.VisitAction.Skip

    def _on_TimedStatement(self, node):
        node.stmt.visit(self._visit)
        return ast.VisitAction.Skip

    def _on_ForLoopStatement(self, node):
        self.loop_variables |= {(v.location.buffer.id, v.location.offset) for v in node.loopVars}
        node.body.visit(self._visit)
        return ast.VisitAction.Skip

    def _on_ReplicationExpression(self, node):
        node.concat.visit(self._visit)
        return ast.VisitAction.Skip

    def _on_ConditionalStatement(self, node):
        for condition in node.conditions:
            if not unrolled(condition.expr, self.loop_variables):
                text = self._text(condition.expr)
                self._add(self._place(condition.expr), "condition", inverted(text), "1'b0", "1'b1")

    def _on_ConditionalExpression(self, node):
        condition = node.conditions[0].expr
        if not unrolled(condition, self.loop_variables):
            self._add(self._place(condition), "condition", inverted(self._text(condition)), "1'b0", "1'b1")

    def _on_BinaryExpression(self, node):
        place, operator = self._place(node), str(node.op).rsplit(".", maxsplit=1)[-1]
        left, right = self._place(node.left), self._place(node.right)
        if operator not in SWAPS or not (place and left and right):
            return
        old, new = SWAPS[operator]
        between = self.texts[place[0]][left[2]:right[1]]
        if re.sub(r"[()\s]|//[^\n]*", "", between) != old:
            return
        first, second = grouped(self._text(node.left)), grouped(self._text(node.right))
        self._add(place, "operator", f"{first} {new} {second}")
        if operator in LOGICAL:
            self._add(place, "operand", *(x if side.type.isScalar else f"{x} != '0"
                                          for side, x in ((node.left, first), (node.right, second))))
        elif operator in ("BinaryAnd", "BinaryOr"):
            self._add(place, "operand", first, second)

    def _on_UnaryExpression(self, node):
        place, operand, operator = self._place(node), self._text(node.operand), str(node.op).rsplit(".", maxsplit=1)[-1]
        if operator == "LogicalNot":
            self._add(place, "negation", operand if node.operand.type.isScalar else f"{grouped(operand)} != '0")
        elif operator == "BitwiseNot":
            self._add(place, "negation", operand)
        elif operator in REDUCTIONS and node.operand.type.bitWidth > 1:
            self._add(place, "operator", REDUCTIONS[operator] + operand)

    def _on_ElementSelectExpression(self, node):
        self._index(node.selector)
        node.value.visit(self._visit)
        return ast.VisitAction.Skip

    def _on_RangeSelectExpression(self, node):
        if not constant(node.left):
            self._index(node.left)
        node.value.visit(self._visit)
        return ast.VisitAction.Skip

    def _index(self, selector):
        if constant(selector):
            self.refused.add(self._place(selector))
        else:
            self._add(self._place(selector), "index", f"{grouped(self._text(selector))} ^ 1'b1")
            selector.visit(self._visit)

    def _on_ReturnStatement(self, node):
        self._value(node.expr)

    def _on_AssignmentExpression(self, node):
        targets = roots(node.left)
        if targets and not any(self._name(target) in self.live for target in targets):
            return ast.VisitAction.Skip
        if not isinstance(node.right, ast.EmptyArgumentExpression):
            self._value(assigned(node))
        return ast.VisitAction.Advance

    def _on_ExpressionStatement(self, node):
        if not isinstance(node.expr, ast.AssignmentExpression):
            return
        targets = {self._name(target) for target in roots(node.expr.left)}
        if targets & self.live and (self.assigned is None or targets <= self.assigned):
            left, right = self._place(node.expr.left), self._place(assigned(node.expr))
            if left and right and re.fullmatch(r"\s*\S?=\s*\(*", self.texts[left[0]][left[2]:right[1]]):
                end = self.texts[left[0]].index(";", right[2]) + 1
                if not self.texts[left[0]][right[2]:end - 1].strip():
                    self._add((left[0], left[1], end), "dropped", "")
        if self.assigned is not None:
            self.assigned |= targets

    # ---- values -------------------------------------------------------------------------------------------------
    @staticmethod
    def _plain(expr):
        """Whether 0 and an inverted bit can stand for it."""
        kind = bare(expr).type
        return kind.isIntegral and not kind.isEnum and not kind.isSigned

    @staticmethod
    def _other_values(text, expr):
        return "'0", inverted(text) if bare(expr).type.isScalar else f"{grouped(text)} ^ 1'b1"

    def _value(self, expr):
        expr = bare(expr)
        if constant(expr) or isinstance(expr, (ast.StructuredAssignmentPatternExpression, ast.ConcatenationExpression,
                                               ast.SimpleAssignmentPatternExpression)):
            return
        if not self._plain(expr):
            self.refused.add(self._place(expr))
            return
        self._add(self._place(expr), "value", *self._other_values(self._text(expr), expr))

    def _constant(self, expr):
        expr = bare(expr)
        text, place = self._text(expr), self._place(expr)
        if place is None or isinstance(expr, ast.DataTypeExpression):
            return
        if expr.type.isEnum:
            self._enumerator(expr, place, text)
        elif isinstance(expr, ast.UnbasedUnsizedIntegerLiteral):
            self._add(place, "constant", "'1" if text == "'0" else "'0")
        elif not expr.type.isIntegral or expr.type.isStruct:
            self.refused.add(place)
        elif expr.type.isScalar or text in ("1'b0", "1'b1"):
            self._add(place, "constant", inverted(text))
        else:
            self._add(place, "constant", str(int(text) + 1) if text.isdigit() else f"{grouped(text)} + 1'sb1")

    def _enumerator(self, expr, place, text):
        names = [value.name for value in expr.type.canonicalType]
        if text in names and len(names) > 1:
            self._add(place, "constant", names[(names.index(text) + 1) % len(names)])


def mutants(tops_by_unit):
    """All mutants; `tops_by_unit`: for each unit the tops of its tests, whose parameters are those that count."""
    found, refused = {}, set()
    for tops in tops_by_unit.values():
        folders = sorted({top.rsplit("/", 1)[0] for top in tops})
        keep, root, sources = elaborated(tops, folders)
        reader = Reader(root, sources)
        found.update(reader.found)
        refused |= reader.refused
        del keep
    ordered = sorted((m for m in found.values() if (m.file, m.start, m.end) not in refused),
                     key=lambda m: (m.file, m.start, -m.end, m.operator, m.after))
    seen, numbered = {}, []
    for mutant in ordered:
        text = (mutant.file, mutant.operator, mutant.before, mutant.after)
        seen[text] = seen.get(text, -1) + 1
        numbered.append(Mutant(mutant.file, mutant.start, mutant.end, mutant.line, *text[1:], copy=seen[text]))
    return numbered
