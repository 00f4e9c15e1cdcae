import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { ModelServerRefusedError, ModelServerUnavailableError } from '../../server/errors.ts';
import { createModelClient } from '../../server/grpc-client.ts';
import { startModelServer } from '../../server/start.ts';
import { startWireServer, WIRE_ENGINE } from '../support/wire-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'cabochon-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A new key and a certificate for `localhost` signed with it. */
function createCertificate(name: string) {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...curve, '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject],
    {
      stdio: 'ignore',
    },
  );
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

const tls = createCertificate('server');
const token = 'correct-horse-battery';
const options = { engineModule: WIRE_ENGINE, onDeath: () => {} };

describe('a server that other machines can reach', () => {
  test.each([
    [{}, 'needs a TLS certificate and key and a token'],
    [{ tls }, 'needs a token'],
    [{ token }, 'needs a TLS certificate and key'],
  ])('does not start with less than both of TLS and token', async (given, message) => {
    for (const listen of ['0.0.0.0:0', '[::]:0', 'gpu-3.example.org:0']) {
      await expect(startModelServer({ ...options, ...given, listen })).rejects.toThrow(message);
    }
  });

  test.each(['short', 'with a space in it', 'ünïcode-is-not-a-header'])('does not take %j for a token', async (bad) => {
    await expect(startModelServer({ ...options, tls, token: bad, listen: '0.0.0.0:0' })).rejects.toThrow(
      /token: expected 16 to 4096 printable ASCII/,
    );
  });

  test('answers who speaks TLS, trusts its certificate and has the token, and nobody else', async () => {
    const { server, connect } = await startWireServer({ listen: '0.0.0.0:0', tls, token });
    const address = server.address.replace('0.0.0.0', 'localhost');
    const trusted = { address, tls: { ca: tls.cert } };
    expect((await connect({ ...trusted, token }).info()).device).toBe('arithmetic');
    await expect(connect(trusted).info()).rejects.toBeInstanceOf(ModelServerRefusedError);
    await expect(connect({ ...trusted, token: 'wrong-horse-battery!' }).info()).rejects.toBeInstanceOf(
      ModelServerRefusedError,
    );
    const other = createCertificate('other');
    await expect(connect({ address, tls: { ca: other.cert }, token }).info()).rejects.toBeInstanceOf(
      ModelServerUnavailableError,
    );
    await expect(connect({ address }).info()).rejects.toBeInstanceOf(ModelServerUnavailableError);
  });
});

test('a client does not send its token in clear to another machine', () => {
  expect(() => createModelClient({ address: 'gpu-3.example.org:50051', token })).toThrow(
    /a token for gpu-3\.example\.org:50051 needs TLS/,
  );
  createModelClient({ address: '127.0.0.1:50051', token }).close();
});
