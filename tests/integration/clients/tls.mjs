// node tls.mjs KIND PORT CA [CERTIFICATE KEY]: node-redis or ioredis inside TLS; prints `passed`. With a
// certificate it does not log in.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { open } from './adapters.mjs';

const [kind, port, ca, certificate, key] = process.argv.slice(2);
const tls = { ca: readFileSync(ca), servername: 'localhost' };
if (certificate) Object.assign(tls, { cert: readFileSync(certificate), key: readFileSync(key) });
const login = certificate ? {} : { username: 'acme', password: 'acme-secret' };

const client = await open(kind, { port: Number(port), tls, ...login });
const big = Buffer.alloc(1024 * 1024, 'b').toString();
assert.equal(await client.call('SET', 'cache:big', big), 'OK');
assert.equal(await client.call('GET', 'cache:big'), big);
const replies = await Promise.all(Array.from({ length: 1000 }, (_, i) => client.call('ECHO', String(i))));
assert.deepEqual(replies, Array.from({ length: 1000 }, (_, i) => String(i)));
await client.close();
console.log('passed');
process.exit(0);
