// Original file: server/proto/sets.proto

import type { Long } from '@grpc/proto-loader';

export interface SaveResult {
  'folder'?: (string);
  'bytes'?: (number | string | Long);
  /**
   * Of the weight files, in hexadecimal.
   */
  'sha256'?: (string);
}

export interface SaveResult__Output {
  'folder': (string);
  'bytes': (number);
  /**
   * Of the weight files, in hexadecimal.
   */
  'sha256': (string);
}
