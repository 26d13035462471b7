// node socketio.mjs KIND ADAPTER PORT: two Socket.IO servers of each of two tenants, joined by the Redis adapter
// (`plain`, or `sharded` over SSUBSCRIBE) through the proxy. Prints `passed`, or the error.
//
// The adapter counts its peers with PUBSUB NUMSUB and waits for as many answers: wrong counts would
// end in time-outs here.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.BULKHEAD_NODE_MODULES, 'node_modules', 'x.cjs'));
const { createAdapter, createShardedAdapter } = require('@socket.io/redis-adapter');
const { Server } = require('socket.io');
const { io: connect } = require('socket.io-client');

const [kind, adapter, port] = process.argv.slice(2);
const PASSWORDS = { acme: 'acme-secret', globex: 'globex-secret' };
const PATIENCE = 15000;

async function redis(tenant) {
  const password = PASSWORDS[tenant];
  if (kind === 'ioredis') {
    const { Redis } = require('ioredis');
    return new Redis({ port: Number(port), username: tenant, password });
  }
  const client = require(kind).createClient({ username: tenant, password, socket: { port: Number(port) } });
  client.on('error', () => {});
  return client.connect();
}

async function serve(tenant) {
  const [publisher, subscriber] = [await redis(tenant), await redis(tenant)];
  const make = adapter === 'sharded' ? createShardedAdapter : createAdapter;
  const http = createServer();
  const server = new Server(http, { adapter: make(publisher, subscriber), transports: ['websocket'] });
  await new Promise((resolve) => { http.listen(0, '127.0.0.1', resolve); });
  server.url = `http://127.0.0.1:${http.address().port}`;
  return server;
}

async function until(condition, what) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
}

async function user(server, tenant) {
  const socket = connect(server.url, { transports: ['websocket'] });
  socket.heard = [];
  socket.on('news', (text) => socket.heard.push(text));
  socket.on('question', (answer) => answer(tenant));
  await new Promise((resolve) => { socket.on('connect', resolve); });
  return socket;
}

async function check(tenant) {
  const servers = [await serve(tenant), await serve(tenant)];
  const [first, second] = servers;
  await until(async () => (await first.of('/').adapter.serverCount()) === 2, `${tenant}'s servers`);
  const users = [await user(first, tenant), await user(second, tenant)];
  assert.equal((await first.fetchSockets()).length, 2);
  assert.equal((await second.fetchSockets()).length, 2);

  for (let i = 0; i < 50; i += 1) servers[i % 2].emit('news', `${tenant} ${i}`);
  for (const one of users) {
    await until(() => one.heard.length === 50, `${tenant}'s broadcasts`);
    assert.deepEqual([...one.heard].sort(), Array.from({ length: 50 }, (_, i) => `${tenant} ${i}`).sort());
  }

  first.in(users[1].id).socketsJoin('room');
  await until(async () => (await second.in('room').fetchSockets()).length === 1, 'the room');
  first.to('room').emit('news', `${tenant} in the room`);
  await until(() => users[1].heard.includes(`${tenant} in the room`), 'the message in the room');
  assert.equal(users[0].heard.length, 50);

  assert.deepEqual(await first.timeout(PATIENCE).emitWithAck('question'), [tenant, tenant]);
  second.on('which', (answer) => answer(`${tenant} second`));
  assert.deepEqual(await first.serverSideEmitWithAck('which'), [`${tenant} second`]);
  return () => users.forEach((one) => assert.ok(one.heard.every((text) => text.startsWith(tenant))));
}

try {
  const afterwards = await Promise.all(Object.keys(PASSWORDS).map(check));
  afterwards.forEach((assertion) => assertion());
  console.log('passed');
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
