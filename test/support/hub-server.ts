import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Starts a server for the running test and returns its address. */
export async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address where nobody listens. */
export async function closedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** The two routes of the Hugging Face hub that a download uses, over files in memory. */
export function hub(repo: string, files: ReadonlyMap<string, Buffer>, requests: string[] = []) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname } = new URL(request.url!, 'http://hub');
    requests.push(pathname);
    if (pathname === `/api/models/${repo}/tree/main`) {
      const entries = [...files].map(([path, bytes]) => ({
        type: 'file',
        path,
        size: bytes.length,
        ...(path.endsWith('.safetensors') && { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } }),
      }));
      response.setHeader('content-type', 'application/json').end(JSON.stringify(entries));
      return;
    }
    const bytes = files.get(pathname.replace(`/${repo}/resolve/main/`, ''));
    if (!bytes) {
      response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
      return;
    }
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = bytes.subarray(Number(from ?? 0), to === undefined ? bytes.length : Number(to) + 1);
    const range = `bytes ${from ?? 0}-${to ?? bytes.length - 1}/${bytes.length}`;
    response.writeHead(206, { 'content-range': range, etag: '"x"', 'content-length': part.length }).end(part);
  };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
