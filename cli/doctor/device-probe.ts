// Run as a process of its own: a native library that does not fit the machine ends the process that loads it.
import { deviceInfo } from '../../model/device.ts';

console.log(JSON.stringify(deviceInfo()));
