// One face for the clients under test, so that a check is written once: node-redis 4, node-redis 5
// over RESP2 and RESP3, and ioredis with and without auto-pipelining. Commands go through each
// client's own methods wherever it has them.

import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.BULKHEAD_NODE_MODULES, 'node_modules', 'x.cjs'));

class NodeRedis {
  constructor(client, version) {
    this.client = client;
    this.version = version;
    this.errors = [];
    client.on('error', (error) => this.errors.push(error));
  }

  run(method, ...args) { return this.client[method](...args); }
  call(...words) { return this.client.sendCommand(words); }
  setOnce(key, value, seconds) { return this.client.set(key, value, { EX: seconds, NX: true }); }
  setHash(key, fields) { return this.client.hSet(key, fields); }
  select(db) { return this.client.select(db); }
  close() { return this.version === 4 ? this.client.quit() : this.client.close(); }

  async getBuffer(key) {
    if (this.version === 4) {
      const { commandOptions } = require('redis4');
      return this.client.get(commandOptions({ returnBuffers: true }), key);
    }
    const { RESP_TYPES } = require('redis5');
    return this.client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).get(key);
  }

  // Replies of commands sent in one batch; an error stands in its command's place.
  async batch(commands) {
    const pending = commands.map((words) => this.client.sendCommand(words).catch((error) => error));
    return Promise.all(pending);
  }

  pipeline() { return this.client.multi().set('p1', 'a').set('p2', 'b').get('p1').execAsPipeline(); }
  transaction() { return this.client.multi().set('m1', 'a').get('m1').exec(); }

  async scan(options, method = 'scanIterator', ...key) {
    const found = [];
    const wanted = { MATCH: options.match, COUNT: options.count, TYPE: options.type };
    for await (const page of this.client[method](...key, wanted)) {
      found.push(...(this.version === 5 ? page : [page]));
    }
    return found;
  }

  async scanFields(key) {
    const found = await this.scan({ count: 10 }, 'hScanIterator', key);
    return found.map((entry) => entry.field);
  }}

class IoRedis {
  constructor(client) {
    this.client = client;
    this.errors = [];
    client.on('error', (error) => this.errors.push(error));
  }

  run(method, ...args) { return this.client[method.toLowerCase()](...args); }
  call(...words) { return this.client.call(...words); }
  setOnce(key, value, seconds) { return this.client.set(key, value, 'EX', seconds, 'NX'); }
  setHash(key, fields) { return this.client.hset(key, fields); }
  select(db) { return this.client.select(db); }
  close() { return this.client.quit(); }
  getBuffer(key) { return this.client.getBuffer(key); }

  async batch(commands) {
    const replies = await this.client.pipeline(commands.map(([name, ...args]) => [name.toLowerCase(), ...args])).exec();
    return replies.map(([error, reply]) => error ?? reply);
  }

  async pipeline() {
    const replies = await this.client.pipeline().set('p1', 'a').set('p2', 'b').get('p1').exec();
    return replies.map(([error, reply]) => error ?? reply);
  }

  transaction() { return this.client.multi().set('m1', 'a').get('m1').exec(); }

  async scan(options, method = 'scanStream', ...key) {
    const found = [];
    for await (const page of this.client[method](...key, options)) found.push(...page);
    return found;
  }

  async scanFields(key) {
    const found = await this.scan({ count: 10 }, 'hscanStream', key);
    return found.filter((_, index) => index % 2 === 0);
  }}

export const kinds = ['redis4', 'redis5', 'redis5-resp3', 'ioredis', 'ioredis-auto'];

// options: port, username, password, database, tls
export async function open(kind, options) {
  if (kind.startsWith('ioredis')) {
    const { Redis } = require('ioredis');
    const client = new Redis({
      host: '127.0.0.1', port: options.port, username: options.username, password: options.password,
      db: options.database ?? 0, lazyConnect: true, enableAutoPipelining: kind === 'ioredis-auto',
      retryStrategy: options.retry === false ? () => null : () => 20, tls: options.tls,
    });
    const adapter = new IoRedis(client);
    await client.connect();  // resolves after the ready check, which reads INFO
    return adapter;
  }
  const version = kind === 'redis4' ? 4 : 5;
  const client = require(`redis${version}`).createClient({
    username: options.username, password: options.password, database: options.database,
    socket: {
      host: '127.0.0.1', port: options.port,
      reconnectStrategy: options.retry === false ? false : () => 20,
      ...(options.tls ? { tls: true, ...options.tls } : {}),
    },
    ...(kind === 'redis5-resp3' ? { RESP: 3 } : {}),
  });
  const adapter = new NodeRedis(client, version);
  await client.connect();
  return adapter;
}
