"""Writes small .npz files without NumPy, for tests: correct ones and ones that are wrong on purpose.

usage: npz.py FILE NAME:DTYPE:SHAPE:VALUES...
  NAME   array, e.g. expert_ids
  DTYPE  i2, i4, i8, u1, f4, f8 (little endian), or S: VALUES is the text of a bytes string
  SHAPE  e.g. 1x4x2; empty for a scalar
  VALUES numbers with commas between them, repeated as often as the shape needs
"""
import struct
import sys
import zipfile

CODES = {"i2": "h", "i4": "i", "i8": "q", "u1": "B", "f4": "f", "f8": "d"}


def npy(dtype, shape, values):
    extents = [int(extent) for extent in shape.split("x")] if shape else []
    if dtype == "S":
        data = values.encode()
        descr = f"|S{len(data)}"
    else:
        size = 1
        for extent in extents:
            size *= extent
        numbers = [float(v) if dtype[0] == "f" else int(v) for v in values.split(",")]
        data = struct.pack(f"<{size}{CODES[dtype]}", *[numbers[i % len(numbers)] for i in range(size)])
        descr = f"{'|' if dtype == 'u1' else '<'}{dtype}"
    shape_text = "(" + "".join(f"{extent}, " for extent in extents) + ")"
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape_text}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    for argument in sys.argv[2:]:
        name, dtype, shape, values = argument.split(":", 3)
        archive.writestr(name + ".npy", npy(dtype, shape, values))
