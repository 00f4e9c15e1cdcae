import { describe, expect, test } from 'vitest';

import { formatAddress, isLocal, parseAddress } from '../../server/address.ts';

describe('addresses', () => {
  test.each([
    ['127.0.0.1:50051', { kind: 'tcp', host: '127.0.0.1', port: 50051 }],
    ['localhost:0', { kind: 'tcp', host: 'localhost', port: 0 }],
    ['[::1]:7', { kind: 'tcp', host: '::1', port: 7 }],
    ['gpu-3.example.org:65535', { kind: 'tcp', host: 'gpu-3.example.org', port: 65535 }],
    ['unix:run/model.sock', { kind: 'unix', path: 'run/model.sock' }],
    ['unix:/tmp/model.sock', { kind: 'unix', path: '/tmp/model.sock' }],
  ])('%s is read, and written the same', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(formatAddress(parseAddress(text))).toBe(text);
  });

  test('unix:///PATH is unix:/PATH', () => {
    expect(parseAddress('unix:///tmp/model.sock')).toEqual({ kind: 'unix', path: '/tmp/model.sock' });
  });

  test.each([
    '',
    '50051',
    ':50051',
    'localhost',
    'localhost:',
    'localhost:65536',
    '::1:50051',
    '[localhost]:1',
    'a b:1',
    'dns:///x:1',
  ])('%j is refused', (text) => {
    expect(() => parseAddress(text)).toThrow(/expected HOST:PORT, \[IPv6\]:PORT or unix:PATH/);
  });

  test('a socket path the system would cut off is refused', () => {
    expect(() => parseAddress(`unix:/${'x'.repeat(103)}`)).toThrow(/a path of 104 bytes, expected 1 to 103/);
    expect(() => parseAddress('unix:')).toThrow(/a path of 0 bytes/);
  });
});

test.each([
  ['127.0.0.1:1', true],
  ['127.8.9.1:1', true],
  ['localhost:1', true],
  ['[::1]:1', true],
  ['unix:x', true],
  ['0.0.0.0:1', false],
  ['[::]:1', false],
  ['10.0.0.1:1', false],
  ['127.example.org:1', false],
  ['[::ffff:127.0.0.1]:1', false],
])('%s is local: %s', (text, expected) => {
  expect(isLocal(parseAddress(text))).toBe(expected);
});
