import type { ModelClient } from '../server/client.ts';
import type { Store } from './artifacts.ts';

/** What activities are built on, handed in once for each worker. */
export interface Deps {
  readonly model: ModelClient;
  readonly store: Store;
}
