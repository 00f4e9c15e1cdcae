/** Below this sine of the angle the spherical formula divides by nothing, and the straight line is used in its place. */
const SMALLEST_SINE = 1e-6;

/**
 * Coefficients of the spherical interpolation of task vectors: of slerp(θ_init, θ¹, …, θ^M) = θ_init + Σ c_m · δ^m with
 * δ^m = θ^m − θ_init (WARP, arXiv 2406.16768, section 3.2 and equation 26).
 *
 *     two      c₁ = sin((1 − λ)Ω) / sin Ω      c₂ = sin(λΩ) / sin Ω      cos Ω = ⟨δ¹, δ²⟩ / (|δ¹| |δ²|)
 *     more     the first two, then the result with the third, and so on; each time with the next λ
 *
 * Everything follows from the products of the task vectors, so nothing but these has to be taken from the device, and no
 * half-way result is ever rounded to float32. Where two vectors are parallel or opposite, or one of them is 0, there is
 * no arc: the straight line (1 − λ, λ) is taken. λ = 0 and λ = 1 give the first and the second exactly.
 *
 * @param gram ⟨δ^i, δ^j⟩ of one group of parameters, [M][M], symmetric.
 * @param lambdas Share of each model after the first, [M − 1], each in [0, 1].
 */
export function slerpCoefficients(gram: readonly (readonly number[])[], lambdas: readonly number[]): number[] {
  const coefficients = gram.map((_, index): number => (index === 0 ? 1 : 0));
  lambdas.forEach((lambda, index) => {
    const next = index + 1;
    const cosine = cosineOf(
      dot(gram, coefficients, coefficients),
      gram[next]![next]!,
      coefficients.reduce((sum, c, i) => sum + c * gram[i]![next]!, 0),
    );
    const [kept, taken] = slerpPair(cosine, lambda);
    for (let i = 0; i < next; i++) coefficients[i]! *= kept;
    coefficients[next] = taken;
  });
  return coefficients;
}

/** The two coefficients for one angle; `cosine` null where there is none. */
export function slerpPair(cosine: number | null, lambda: number): [first: number, second: number] {
  if (cosine === null || lambda === 0 || lambda === 1) return [1 - lambda, lambda];
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  if (sine < SMALLEST_SINE) return [1 - lambda, lambda];
  return [Math.sin((1 - lambda) * angle) / sine, Math.sin(lambda * angle) / sine];
}

/** cos Ω from |δ¹|², |δ²|² and ⟨δ¹, δ²⟩; null when a vector is 0. */
export function cosineOf(first: number, second: number, product: number): number | null {
  const scale = Math.sqrt(first) * Math.sqrt(second);
  return scale > 0 ? product / scale : null;
}

function dot(gram: readonly (readonly number[])[], a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + b.reduce((inner, y, j) => inner + x * y * gram[i]![j]!, 0), 0);
}
