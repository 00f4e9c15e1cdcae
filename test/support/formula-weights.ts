const PRIME = 1_000_003;

/**
 * Numbers in [−amplitude, amplitude) without any visible order: those of `test/golden/formula_weights.py` to the bit,
 * for integers modulo a prime are exact everywhere. Up to 10 million numbers.
 */
export function formulaWeights(tensorNumber: number, length: number, amplitude = 0.3): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, index) => {
    const residue = (31 * index * index + 7919 * index + 104_729 * tensorNumber + 13) % PRIME;
    return ((2 * residue) / PRIME - 1) * amplitude;
  });
}
