"""Binary AIGER files: other properties and constraints over the same graph, and its values cycle by cycle."""
from pathlib import Path


class Aiger:
    """Of Yosys, with properties as bad states and assumptions as constraints; or of abc, with properties as outputs."""

    def __init__(self, file):
        data = Path(file).read_bytes()
        place = 0

        def line():
            nonlocal place
            end = data.index(b"\n", place)
            text, place = data[place:end].decode(), end + 1
            return text

        fields = [int(word) for word in line().split()[1:]]
        self.variables, self.inputs, latches, outputs, self.ands = fields[:5]
        bad, constraints = (fields[5:] + [0, 0])[:2]
        self.latches = [line() for _ in range(latches)]
        self.bad = [int(line()) for _ in range(outputs + bad)]
        self.constraints = [int(line()) for _ in range(constraints)]
        self.body = data[place:]
        self.decoded = None

    def write(self, file, properties, given=(), early=False, now=()):
        """These properties (by index), in a world in which the given ones never fail.

        Yosys samples: what fails in a cycle is known in the next one. `early`: the properties, and what is assumed of
        inputs, in their own cycle; so they are asked a cycle after the last one for which the given ones hold. `now`:
        properties that hold in that cycle too.
        """
        bad = [self.bad[index] for index in properties]
        constraints = self.constraints + [self.bad[index] ^ 1 for index in given]
        moved = Early(self)
        if early:
            bad = [moved.before(literal) for literal in bad]
            constraints = constraints + [moved.before(literal) for literal in self.constraints
                                         if moved.is_state(literal)]
            constraints = constraints + [moved.before(self.bad[index]) ^ 1 for index in now]
        ands = self.ands + moved.ands
        head = [f"aig {self.inputs + len(self.latches) + ands} {self.inputs} {len(self.latches)} 0 {ands} {len(bad)} "
                f"{len(constraints)} 0 0", *self.latches, *map(str, bad), *map(str, constraints)]
        Path(file).write_bytes("\n".join(head).encode() + b"\n" + self.body + moved.body)

    def gates(self):
        """Literals of the two inputs of each gate, in order."""
        place = 0

        def number():
            nonlocal place
            value = shift = 0
            while True:
                byte = self.body[place]
                place += 1
                value |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    return value

        for index in range(self.ands):
            left = 2 * (self.inputs + len(self.latches) + 1 + index)
            one = left - number()
            yield one, one - number()
        self.body = self.body[:place]                            # without names and comments

    def gate_list(self):
        if self.decoded is None:
            self.decoded = list(self.gates())
        return self.decoded

    def run(self, stimulus):
        """State before each cycle, for lists of input bits."""
        gates = self.gate_list()
        following = [int(latch.split()[0]) for latch in self.latches]
        state = [0] * len(following)
        for bits in stimulus:
            yield state
            value = [0, *bits, *state]
            for one, other in gates:
                value.append((value[one >> 1] ^ (one & 1)) & (value[other >> 1] ^ (other & 1)))
            state = [value[literal >> 1] ^ (literal & 1) for literal in following]


class Early:
    """Literals as they were before the registers in front of them: gates that are added behind those of a graph."""

    def __init__(self, graph):
        self.graph = graph
        self.gates = graph.gate_list()
        self.first = graph.inputs + len(graph.latches) + 1       # variable of the first gate
        self.following = [int(latch.split()[0]) for latch in graph.latches]
        self.body, self.ands, self.known = b"", 0, {}

    def is_state(self, literal):
        """Whether it depends on registers alone."""
        variable = literal >> 1
        if variable < self.first:
            return variable == 0 or variable > self.graph.inputs
        return all(self.is_state(one) for one in self.gates[variable - self.first])

    def before(self, literal):
        variable = literal >> 1
        if variable == 0:
            return literal
        if variable < self.first:
            if variable <= self.graph.inputs:
                raise ValueError("not a register")
            return self.following[variable - self.graph.inputs - 1] ^ (literal & 1)
        if variable not in self.known:
            one, other = sorted((self.before(side) for side in self.gates[variable - self.first]), reverse=True)
            made = 2 * (self.first + self.graph.ands + self.ands)
            self.body += number(made - one) + number(one - other)
            self.ands += 1
            self.known[variable] = made
        return self.known[variable] ^ (literal & 1)


def number(value):
    """As binary AIGER writes it: seven bits a byte."""
    text = b""
    while value > 127:
        text += bytes([value & 127 | 128])
        value >>= 7
    return text + bytes([value])
