"""The numbers of `conductance_models`, one table per paper: conductances in uS, times in s.

Where aihwkit 1.2 (MIT) or CrossSim 3.2 (BSD-3) is named, the number is the constant in that program, which cites the paper (status:
secondary); nobody has compared it with the paper itself.  Two fits exist of the devices of Wan et al. 2022 and do not agree (spread at
0, half and full scale after 1 s: 0.35, 2.0 and 1.1 uS against 1.05, 2.4 and 1.7 uS): `NEURRAM` is aihwkit's, at three times,
`NEURRAM_CROSSSIM` is CrossSim's, at one.
"""
from __future__ import annotations

import numpy as np

from .conductance_models import Curve, Fitted, PhaseChange, Piece, Polynomial, Relaxing, Saturating


def _log(slope: float, constant: float, low: float, high: float, until: float = np.inf) -> Piece:
    """``slope ln r + constant`` within limits."""
    return Piece((constant, slope), True, low, high, until)


def _cubic(unit: float, *coefficients: float) -> Curve:
    """A polynomial of g in uS as a curve of r = g / unit."""
    return (Piece(tuple(c * unit**k for k, c in enumerate(coefficients))),)


DAY = 86400.0

# Nandakumar et al. 2019, doi:10.1109/ICECS46596.2019.8964852; constants: aihwkit PCMLikeNoiseModel
PCM = PhaseChange(
    25.0, 20.0, 250e-9, (0.26348, 1.9650, -1.1731), (_log(-0.0155, 0.0244, 0.049, 0.1),), (_log(-0.0125, -0.0059, 0.008, 0.045),),
    (Piece((0.0088,), high=0.2, power=-0.65),))

# HERMES, two devices and one device per polarity: Le Gallo et al. 2023, doi:10.1038/s41928-023-01010-1; aihwkit
_HERMES_EXPONENT = (_log(-0.0387, -0.0182, 0.072, 0.13, 0.0945), Piece((0.0736, -0.0126, -0.0436)))
HERMES_2 = PhaseChange(
    20.7, 300.0, 512e-9, (0.16603222, 4.71806468, -8.48101252, 4.68961419), _HERMES_EXPONENT,
    (_log(-0.0117, -0.0057, 0.0091, 0.04, 0.3055), Piece((0.0073, 0.0093, -0.0118))),
    (_log(-0.0117, -0.0069, 0.015, 0.04, 0.16), Piece((0.0123, 0.0211, -0.0280, 0.0069))))
HERMES_1 = PhaseChange(
    10.35, 200.0, 512e-9, (0.15781817, 2.32443916, -2.16310839, 0.68841818), _HERMES_EXPONENT,
    (_log(-0.0120, -0.0023, 0.0124, 0.04, 0.3039), Piece((0.0104, 0.0116, -0.0165))),
    (_log(-0.0078, 0.0038, 0.0179, 0.04, 0.1591), Piece((0.0088, 0.0768, -0.1352, 0.0664))))

# a device whose errors do not depend on its state; numbers of aihwkit StateIndependentNoiseModel, a choice rather than a measurement
STATE_INDEPENDENT = PhaseChange(25.0, 20.0, 250e-9, (0.2,), (Piece((0.1,)),), (Piece((0.05,)),), flicker_uS=1.0)

# NeuRRAM: Wan et al. 2022, doi:10.1038/s41586-022-04992-8; constants: aihwkit ReRamWan2022NoiseModel, after 1 s, 1 and 2 days
NEURRAM = Fitted(40.0, (1.0, DAY, 2 * DAY), (
    (Piece((0.348, 16.030, -43.853, 45.393, -16.815)),), (Piece((0.701, 22.086, -50.773, 47.095, -16.458)),),
    (Piece((0.782, 20.274, -43.507, 37.062, -11.934)),)))
NEURRAM_CROSSSIM = Fitted(39.26, (0.0,), (_cubic(39.26, 1.053, 0.2374, -1.167e-2, 1.536e-4),))

# Joshi et al. 2020, doi:10.1038/s41467-020-16108-9, and Milo et al. 2021, IEEE 9405119; constants: CrossSim
PCM_JOSHI = Fitted(25.0, (0.0,), (_cubic(25.0, 0.28638599, 0.07585724, -0.00178767),))
RERAM_MILO = Fitted(225.0, (0.0,), (_cubic(225.0, 4.782321, -0.009107),))

# SONOS: Agrawal et al. 2022, IEEE 10019564; constants: CrossSim.  Spread of programming by day, and of a read
SONOS = Saturating(
    (0.0, 1.0, 2.0, 3.0, 4.0, 5.0), (19.88665, 25.59102, 28.72753, 31.04318, 33.76214, 34.57909),
    (176.3115, 186.85544, 193.56834, 198.90332, 204.77023, 207.34309))
SONOS_READ = Saturating((0.0,), (12.58037,), (215.36557,))

# CMO/HfOx: Falcone et al. 2025, arXiv:2502.04524, by the acceptance of program-and-verify; constants: aihwkit ReRamCMONoiseModel
_ACCEPTANCES: dict[float, Polynomial] = {0.2: (0.00081107, 0.00106879), 2.0: (0.0112185391, 0.01129027418)}
CMO_HFOX = {
    percent: Relaxing(9.0, 88.199997, programming, -0.08900206, (0.41183342, 0.04201137), 0.0277316483, 1e-6)
    for percent, programming in _ACCEPTANCES.items()}
"""By acceptance in percent of the target: 0.2 or 2."""

PHASE_CHANGE = {"PCMLike": PCM, "Hermes2": HERMES_2, "Hermes1": HERMES_1, "StateIndependent": STATE_INDEPENDENT}
"""By the name that aihwkit knows them by."""
