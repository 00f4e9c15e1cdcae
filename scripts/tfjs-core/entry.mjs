/**
 * What run.mjs bundles: TensorFlow.js's published tests, in the order in which they must be loaded. The backend is not
 * among them: it stays the package that everything else here uses, and meets the tests in TensorFlow.js's one engine.
 */
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import './environment.mjs';
import '@tensorflow/tfjs-core/dist/tests.js';
