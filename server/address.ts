import { isIP } from 'node:net';

/** Where a model server listens: a TCP port or a Unix socket. */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** Longest path of a Unix socket, in bytes: `sun_path` holds 108 with the closing zero on Linux, 104 on macOS. */
const MAX_SOCKET_PATH = 103;

/**
 * Reads `HOST:PORT` (an IPv6 host in brackets) or `unix:PATH`.
 *
 * @throws RangeError for anything else.
 */
export function parseAddress(address: string): Address {
  if (address.startsWith('unix:')) {
    const path = address.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    const bytes = Buffer.byteLength(path);
    if (bytes >= 1 && bytes <= MAX_SOCKET_PATH) return { kind: 'unix', path };
    throw new RangeError(
      `address: ${address} has a path of ${bytes} bytes, expected 1 to ${MAX_SOCKET_PATH}; take a shorter path`,
    );
  }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65535 || (bracketed !== undefined && isIP(bracketed) !== 6)) {
    throw new RangeError(`address: got ${JSON.stringify(address)}, expected HOST:PORT, [IPv6]:PORT or unix:PATH`);
  }
  return { kind: 'tcp', host, port };
}

/** The text `parseAddress` reads and gRPC understands. */
export function formatAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return `${isIP(address.host) === 6 ? `[${address.host}]` : address.host}:${address.port}`;
}

/** Whether nobody outside this machine can reach it. Names other than `localhost` count as outside. */
export function isLocal(address: Address): boolean {
  if (address.kind === 'unix') return true;
  const { host } = address;
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
