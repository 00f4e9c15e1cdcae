// Run as a process of its own: a native library that does not fit the machine ends the process that loads it.
import { deviceInfo } from '../../model/device.ts';
import { measurePrecision } from '../../model/precision.ts';
import * as tf from '../../model/tf.ts';

await tf.ready();
console.log(JSON.stringify({ ...deviceInfo(), ...measurePrecision() }));
