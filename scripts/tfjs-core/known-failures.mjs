/** Tests of TensorFlow.js that fail on native TensorFlow, and why. Full names, as Jasmine gives them. */
export const KNOWN_FAILURES = new Map([
  [
    'round test-tensorflow {} int32',
    // `tf.raw_ops.Round` of the Python package does the same; its `tf.round` never calls the op for integers.
    "TensorFlow 2.21's Round gives 0 for every integer (int32 and int64)",
  ],
]);
