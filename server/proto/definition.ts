import { fileURLToPath } from 'node:url';

import { type GrpcObject, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

import type { ModelServiceDefinition } from './generated/cabochon/model/v1/ModelService.ts';
import type { ProtoGrpcType } from './generated/model_service.ts';

const file = fileURLToPath(new URL('model_service.proto', import.meta.url));

// The types under generated/ are made with the same options by `npm run proto`. 64-bit integers are numbers: versions,
// fences, bytes and seeds stay within ±(2^53 − 1), which `server/requests.ts` checks on both ends.
const definition = loadSync(file, { longs: Number, enums: String, defaults: true });

/** Methods of the model service with their (de)serialisers. */
export const modelService: ModelServiceDefinition = (
  loadPackageDefinition(definition) as GrpcObject as unknown as ProtoGrpcType
).cabochon.model.v1.ModelService.service;
