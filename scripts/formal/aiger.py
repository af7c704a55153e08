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

    def write(self, file, properties, given=()):
        """These properties (by index), in a world in which the given ones never fail."""
        constraints = self.constraints + [self.bad[index] ^ 1 for index in given]
        head = [f"aig {self.variables} {self.inputs} {len(self.latches)} 0 {self.ands} {len(properties)} "
                f"{len(constraints)} 0 0", *self.latches, *(str(self.bad[index]) for index in properties),
                *map(str, constraints)]
        Path(file).write_bytes("\n".join(head).encode() + b"\n" + self.body)

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

    def run(self, stimulus):
        """State before each cycle, for lists of input bits."""
        gates = list(self.gates())
        following = [int(latch.split()[0]) for latch in self.latches]
        state = [0] * len(following)
        for bits in stimulus:
            yield state
            value = [0, *bits, *state]
            for one, other in gates:
                value.append((value[one >> 1] ^ (one & 1)) & (value[other >> 1] ^ (other & 1)))
            state = [value[literal >> 1] ^ (literal & 1) for literal in following]
