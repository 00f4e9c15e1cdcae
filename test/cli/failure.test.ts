import { Metadata, status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { messageOf } from '../../cli/failure.ts';
import { fromServiceError } from '../../server/status.ts';

test('what the model server refuses is said once', () => {
  const details = 'score: sequence 0 has 600 tokens; the context is 512';
  const refused = Object.assign(new Error(`3 INVALID_ARGUMENT: ${details}`), {
    ...{ code: status.INVALID_ARGUMENT, details, metadata: new Metadata() },
  });
  expect(messageOf(fromServiceError(refused, 'score', '127.0.0.1:1'))).toBe(`model server 127.0.0.1:1: ${details}`);
});
