// Original file: server/proto/sets.proto

import type { Long } from '@grpc/proto-loader';

/**
 * A weight set at one point of its history.
 */
export interface SetRef {
  'name'?: (string);
  'version'?: (number | string | Long);
}

/**
 * A weight set at one point of its history.
 */
export interface SetRef__Output {
  'name': (string);
  'version': (number);
}
