"""Writes test/goldens/rounding/nearest.json: float64 numbers, as their bits, rounded to float16 by NumPy and to bfloat16 by
exact fractions. Run with Python 3 and NumPy 1.24: python3 scripts/goldens/rounding.py > test/goldens/rounding/nearest.json"""

import json
import struct
from fractions import Fraction

import numpy as np


def bits(x):
    return struct.pack(">d", x).hex()


def to_bfloat16(x):
    """The bfloat16 nearest to x, ties to the one with an even significand, by its definition."""
    if x != x or x in (float("inf"), float("-inf")) or x == 0:
        return struct.unpack(">I", struct.pack(">f", x))[0] >> 16
    sign = 0x8000 if x < 0 else 0
    size = abs(Fraction(x))
    exponent = -126
    while size >= Fraction(2) ** (exponent + 1):
        exponent += 1
    units = size / Fraction(2) ** (exponent - 7)
    whole = units.numerator // units.denominator
    rest = units - whole
    if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1):
        whole += 1
    # a binade has 128 numbers; the subnormal ones lie below the first
    return sign | min((exponent + 126) * 128 + whole, 0x7F80)


def numbers():
    rng = np.random.default_rng(2024)
    for special in (0.0, -0.0, float("inf"), float("-inf"), 5e-324, -5e-324, 1.7976931348623157e308, -1e300, 1e-300):
        yield special
    # about the borders of both formats: the largest numbers, the smallest normal and subnormal ones and their ties
    for border in (65504.0, 65520.0, 65536.0, 2.0**-14, 2.0**-24, 2.0**-25, 3.3895313892515355e38, 3.3961775292304957e38,
                   3.4028234663852886e38, 2.0**-126, 2.0**-133, 2.0**-134, 1.0, 1.5, 2.0):
        for factor in (1.0, 1 - 2.0**-52, 1 + 2.0**-52, 1 - 2.0**-24, 1 + 2.0**-23, 1.5, 0.75):
            yield border * factor
            yield -border * factor
    # every format's numbers, the middles between neighbours, and what lies next to these
    for precision, low, high in ((8, -135, 129), (11, -27, 17)):
        for _ in range(150):
            units = int(rng.integers(2 ** (precision - 1), 2**precision))
            scale = 2.0 ** (int(rng.integers(low, high)) - precision)
            for middle in (units * scale, (units + 0.5) * scale):
                yield middle
                yield float(np.nextafter(middle, np.inf))
                yield -float(np.nextafter(middle, 0))
    for exponent in rng.uniform(-45, 40, 150):
        yield float(rng.normal() * 10.0**exponent)


with np.errstate(over="ignore"):
    rows = [[bits(x), int(np.float64(x).astype(np.float16).view(np.uint16)), to_bfloat16(x)] for x in numbers()]
print('{"columns": ["float64 as hexadecimal bits", "float16 as bits", "bfloat16 as bits"], "rows": [')
print(",\n".join(json.dumps(row) for row in rows))
print("]}")
