import { native } from './native.ts';

/** How an op takes its inputs, read from TensorFlow's own list of ops. */
export interface OpSignature {
  readonly inputs: readonly OpInput[];
  /** Has an effect beyond its outputs: must not be dropped or reordered. */
  readonly stateful: boolean;
}

export interface OpInput {
  readonly name: string;
  /** Name of the attribute that says how many tensors this input takes; absent for a single tensor. */
  readonly countAttr?: string;
}

let signatures: ReadonlyMap<string, OpSignature> | undefined;

/**
 * Signature of a TensorFlow op.
 *
 * @throws RangeError if this TensorFlow has no such op.
 */
export function opSignature(name: string): OpSignature {
  signatures ??= parseOpList(native.allOps());
  const signature = signatures.get(name);
  if (!signature) throw new RangeError(`opSignature: TensorFlow ${native.TF_Version} has no op '${name}'`);
  return signature;
}

// Field numbers of tensorflow/core/framework/op_def.proto.
const OP = { name: 1, inputArg: 2, isStateful: 17 } as const;
const ARG = { name: 1, numberAttr: 5, typeListAttr: 6 } as const;

function parseOpList(bytes: Uint8Array): Map<string, OpSignature> {
  const signatures = new Map<string, OpSignature>();
  for (const { value: op } of fields(bytes)) {
    let name = '';
    let stateful = false;
    const inputs: OpInput[] = [];
    for (const { field, value } of fields(asBytes(op))) {
      if (field === OP.name) name = asText(value);
      else if (field === OP.isStateful) stateful = value === 1;
      else if (field === OP.inputArg) inputs.push(parseInput(asBytes(value)));
    }
    signatures.set(name, { inputs, stateful });
  }
  return signatures;
}

function parseInput(bytes: Uint8Array): OpInput {
  let name = '';
  let countAttr: string | undefined;
  for (const { field, value } of fields(bytes)) {
    if (field === ARG.name) name = asText(value);
    else if (field === ARG.numberAttr || field === ARG.typeListAttr) countAttr = asText(value);
  }
  return countAttr === undefined ? { name } : { name, countAttr };
}

interface Field {
  readonly field: number;
  readonly value: number | Uint8Array;
}

/** Walks the fields of a protocol buffer message. */
function* fields(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const take = (count: number): Uint8Array => bytes.subarray(at, (at += count));
  while (at < bytes.length) {
    const tag = varint();
    const field = tag >> 3;
    switch (tag & 7) {
      case 0:
        yield { field, value: varint() };
        break;
      case 1:
        yield { field, value: take(8) };
        break;
      case 2:
        yield { field, value: take(varint()) };
        break;
      case 5:
        yield { field, value: take(4) };
        break;
      default:
        throw new Error(`opSignature: unexpected wire type ${tag & 7} in TensorFlow's list of ops`);
    }
  }
}

function asBytes(value: number | Uint8Array): Uint8Array {
  if (typeof value === 'number') throw new Error("opSignature: a number where TensorFlow's list of ops has a message");
  return value;
}

const asText = (value: number | Uint8Array): string => Buffer.from(asBytes(value)).toString();
