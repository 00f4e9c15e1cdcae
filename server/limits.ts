/** Largest message either end takes, in bytes. A step of 4096 sequences of 1024 tokens takes about 12 MiB. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
