"""Area at 7 nm from published densities: a range, not a result.

    logic    (gates without flops + flops x FLOP) x NAND2 / UTILISATION
    memory   bits x BITCELL x PORTS / EFFICIENCY

Gates and flops are those of the mapped netlist, bits those of the memories. Each factor has a low, a middle and a
high value; all low and all high together are the ends of the range.
"""
# Square micrometres of a two-input NAND: 3 contacted gate pitches of 57 nm by a cell height of 240 nm (high density,
# 6 tracks; low and middle) or 300 nm (high performance, 7.5 tracks). The same dimensions give the published 91
# and 65 million transistors a square millimetre of TSMC N7 (WikiChip, "7 nm lithography process").
NAND2 = (0.0410, 0.0410, 0.0513)
# Of a flop with reset, in NANDs: ASAP7, the open 7 nm kit of ASU and ARM (Clark et al., Microelectronics Journal 53,
# 2016), draws its flop 20 gate pitches wide, 24 with set and reset, and its NAND 3.
FLOP = (6.7, 6.7, 8.0)
# Share of a placed block that is cells: an assumption.
UTILISATION = (0.80, 0.70, 0.60)
# High-density bit cell of TSMC N7 (Chang et al., ISSCC 2017, 12.1).
BITCELL = (0.027, 0.027, 0.027)
# A write and a read port: a single-ported cell clocked twice a cycle, something between, or a cell of eight
# transistors at twice the area: an assumption.
PORTS = (1.0, 1.5, 2.0)
# Share of a macro that is bit cells: 0.70 follows from 31.8 Mib a square millimetre at a bit cell of 0.021 (TSMC at
# IEDM 2022, as reported by WikiChip); small macros have less: an assumption.
EFFICIENCY = (0.70, 0.60, 0.40)

PAPER_MM2 = 0.49   # all hub extensions at TSMC 7 nm (arXiv 2605.05888)


def logic(gates, flop_gates, flops):
    """Square millimetres, (low, middle, high), from gate equivalents, those that are flops, and the number of flops."""
    return [((gates - flop_gates) + flops * flop) * nand / utilisation / 1e6
            for flop, nand, utilisation in zip(FLOP, NAND2, UTILISATION)]


def memory(bits):
    return [bits * cell * ports / efficiency / 1e6
            for cell, ports, efficiency in zip(BITCELL, PORTS, EFFICIENCY)]


def total(*areas):
    return [sum(values) for values in zip(*areas)]
