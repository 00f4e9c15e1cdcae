// Original file: server/proto/sets.proto

import type { Long } from '@grpc/proto-loader';

export interface SetInfo {
  'name'?: (string);
  'version'?: (number | string | Long);
  /**
   * A path, or `copy of NAME@VERSION`.
   */
  'source'?: (string);
  'trainable'?: (boolean);
  'fence'?: (number | string | Long);
  /**
   * Its own: an adapter's without its base's.
   */
  'parameters'?: (number | string | Long);
  /**
   * Of its variables on the device, moments included.
   */
  'bytes'?: (number | string | Long);
}

export interface SetInfo__Output {
  'name': (string);
  'version': (number);
  /**
   * A path, or `copy of NAME@VERSION`.
   */
  'source': (string);
  'trainable': (boolean);
  'fence': (number);
  /**
   * Its own: an adapter's without its base's.
   */
  'parameters': (number);
  /**
   * Of its variables on the device, moments included.
   */
  'bytes': (number);
}
