"""How far apart two colours are for people who see fewer of them."""

from __future__ import annotations

import math

# Machado, Oliveira and Fernandes, A physiologically-based model for simulation of color vision deficiency (2009), severity 1,
# for linear RGB.
VISIONS = {
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
# sRGB to CIE XYZ (D65), divided by its white: IEC 61966-2-1.
XYZ = ((0.43395, 0.37622, 0.18983), (0.2126, 0.7152, 0.0722), (0.01772, 0.10946, 0.87282))

Colour = tuple[float, float, float]


def times(matrix: tuple, colour: Colour) -> Colour:
    return tuple(sum(factor * part for factor, part in zip(row, colour)) for row in matrix)


def lab(colour: Colour, vision: str) -> Colour:
    """CIE L*a*b* of an sRGB colour (0 to 1), as it is seen."""
    linear = tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    seen = tuple(min(max(part, 0), 1) for part in times(VISIONS[vision], linear))
    x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in times(XYZ, seen))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def apart(one: Colour, other: Colour) -> float:
    """The least difference (CIE 1976) for any of them; 2 is just noticed."""
    return min(math.dist(lab(one, vision), lab(other, vision)) for vision in VISIONS)
