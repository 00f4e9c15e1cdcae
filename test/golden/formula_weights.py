"""Weights from a formula, the same to the bit as those of test/support/formula-weights.ts."""

import numpy as np

PRIME = 1_000_003


def formula_weights(tensor_number: int, shape: tuple[int, ...], amplitude: float = 0.3) -> np.ndarray:
    """Numbers in [-amplitude, amplitude) without any visible order; integers modulo a prime, so exact everywhere."""
    index = np.arange(int(np.prod(shape)), dtype=np.int64)
    residue = (31 * index * index + 7919 * index + 104_729 * tensor_number + 13) % PRIME
    return ((2 * residue / PRIME - 1) * amplitude).astype(np.float32).reshape(shape)
