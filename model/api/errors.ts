/** A set is absent or at another version: whoever drives the run reloads its last checkpoint and goes on from there. */
export class VersionLostError extends Error {
  override readonly name = 'VersionLostError';
}

/** An update from before the last recovery. Never retried. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}
