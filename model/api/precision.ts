/** Number format of a matrix product. Norms, softmax, losses, moments and EMA are float32 in both. */
export type Precision = 'float32' | 'bfloat16';
