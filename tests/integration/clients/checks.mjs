// What every client must be able to do. A check gets `connect(options)`, which logs in as acme unless
// told otherwise, and fails by throwing.

import assert from 'node:assert/strict';

const numbers = (count) => Array.from({ length: count }, (_, index) => index);
const plain = (object) => Object.fromEntries(Object.entries(object));  // without its prototype

export async function logins({ connect, kind }) {
  const client = await connect();
  assert.equal(await client.call('ACL', 'WHOAMI'), 'acme');
  assert.equal(client.errors.length, 0);
  await client.run('set', 'session:1', 'v');
  const byPassword = await connect({ username: undefined, password: 'acme-secret' });
  assert.equal(await byPassword.run('get', 'session:1'), 'v');
  const hello = await client.call('HELLO', kind === 'redis5-resp3' ? '3' : '2');
  const proto = Array.isArray(hello) ? hello[hello.indexOf('proto') + 1] : hello.proto;
  assert.equal(Number(proto), kind === 'redis5-resp3' ? 3 : 2);
}

export async function wrongPassword({ connect }) {
  await assert.rejects(async () => {
    const client = await connect({ password: 'wrong', retry: false });
    await client.run('get', 'x');
    throw client.errors[0] ?? new Error('nobody complained');
  }, /WRONGPASS|NOAUTH|Connection is closed/);
}

export async function values({ connect }) {
  const client = await connect();
  assert.equal(await client.setOnce('lock:1', 'me', 30), 'OK');
  assert.equal(await client.setOnce('lock:1', 'you', 30), null);
  assert.equal(await client.run('ttl', 'lock:1'), 30);
  await client.setHash('cache:h', { a: '1', b: 'ü' });
  assert.deepEqual(plain(await client.run('hGetAll', 'cache:h')), { a: '1', b: 'ü' });
  assert.equal(await client.run('lPush', 'queue:q', ['a', 'b']), 2);
  assert.deepEqual(await client.run('lRange', 'queue:q', 0, -1), ['b', 'a']);
  assert.equal(await client.run('sAdd', 'ws:s', ['x', 'y']), 2);
  assert.deepEqual([...await client.run('sMembers', 'ws:s')].sort(), ['x', 'y']);
  assert.equal(await client.run('incrBy', 'stats:n', 5), 5);
  assert.deepEqual(await client.run('mGet', ['lock:1', 'none', 'stats:n']), ['me', null, '5']);
  assert.equal(await client.run('del', ['lock:1', 'stats:n', 'queue:q']), 3);
  assert.equal(await client.run('exists', 'lock:1'), 0);
  assert.equal(Number(await client.run('dbSize')), 2);
  assert.match(await client.run('info'), /redis_version:/);
}

export async function errors({ connect }) {
  const client = await connect();
  await client.run('set', 'session:1', 'text');
  await assert.rejects(client.run('lPush', 'session:1', 'x'), /^\w*Error: WRONGTYPE Operation/);
  await assert.rejects(client.run('incr', 'session:1'), /not an integer or out of range/);
  await assert.rejects(client.call('NOSUCH', 'a'), /unknown command 'NOSUCH'/i);
  await assert.rejects(client.call('GET'), /wrong number of arguments for 'get' command/);
  assert.equal(await client.run('get', 'session:1'), 'text');
}

export async function pipelines({ connect }) {
  const client = await connect();
  assert.deepEqual(await client.pipeline(), ['OK', 'OK', 'a']);
  const commands = numbers(500).flatMap((n) => [
    ['SET', `session:${n}`, `v${n}`], ['GET', `session:${n}`], ['LPUSH', `session:${n}`, 'x'],
    ['MGET', `session:${n}`, `queue:${n}`],
  ]);
  const replies = await client.batch(commands);
  for (const n of numbers(500)) {
    const [set, get, push, both] = replies.slice(4 * n, 4 * n + 4);
    assert.deepEqual([set, get, both], ['OK', `v${n}`, [`v${n}`, null]]);
    assert.match(String(push), /WRONGTYPE/);
  }
}

export async function parallel({ connect }) {
  const client = await connect();
  const places = ['session', 'cache', 'queue', 'ws', 'rate'];
  const name = (n) => `${places[n % places.length]}:${n}`;
  await Promise.all(numbers(500).map((n) => client.run('set', name(n), `v${n}`)));
  const found = await Promise.all(numbers(500).map((n) => client.run('get', name(n))));
  assert.deepEqual(found, numbers(500).map((n) => `v${n}`));
  const counts = await Promise.all(numbers(500).map(() => client.run('incr', 'stats:count')));
  assert.deepEqual(counts, numbers(500).map((n) => n + 1));
}

export async function scans({ connect }) {
  const client = await connect();
  const other = await connect({ username: 'globex', password: 'globex-secret' });
  const names = numbers(3000).flatMap((n) => [`session:${n}`, `cache:${n}`, `queue:${n}`]).sort();
  for (const one of [client, other]) {
    await Promise.all(names.map((key) => one.run('set', key, key)));
    await one.setHash('ws:hash', Object.fromEntries(numbers(1000).map((n) => [`f${n}`, 'v'.repeat(70)])));
  }
  for (const count of [10, 100, 1000]) {
    assert.deepEqual([...new Set(await client.scan({ count }))].sort(), [...names, 'ws:hash'].sort());
  }
  const sevens = names.filter((key) => key.startsWith('cache:7'));
  assert.deepEqual((await client.scan({ match: 'cache:7*', count: 50 })).sort(), sevens);
  assert.deepEqual(await client.scan({ type: 'hash', count: 50 }), ['ws:hash']);
  assert.equal(new Set(await client.scanFields('ws:hash')).size, 1000);
  assert.equal((await client.call('DBSIZE')).toString(), '9001');
}

export async function databases({ connect }) {
  const client = await connect({ database: 4 });
  await client.run('set', 'anything', '4');
  assert.deepEqual(await client.scan({ count: 100 }), ['anything']);
  await client.select(3);
  assert.equal(await client.run('get', 'anything'), null);
  await assert.rejects(client.select(9), /DB index is out of range/);
  await client.select(4);
  assert.equal(await client.run('get', 'anything'), '4');
}

export async function largeValues({ connect }) {
  const client = await connect();
  const sizes = [0, 1, 16 * 1024, 70 * 1000, 1024 * 1024, 20 * 1024 * 1024];
  const bytes = (size) => Buffer.alloc(size, 'a\r\n$-1\r\n\0ÿ');
  for (const size of sizes) await client.run('set', `cache:${size}`, bytes(size));
  const found = await Promise.all(sizes.map((size) => client.getBuffer(`cache:${size}`)));
  sizes.forEach((size, at) => assert.ok(found[at].equals(bytes(size)), `${size} bytes came back changed`));
  assert.equal(await client.run('get', 'cache:1'), 'a');
}

export async function twoTenants({ connect }) {
  const tenants = ['acme', 'globex'];
  const clients = await Promise.all(tenants.flatMap((username) => numbers(5).map(async () => (
    { username, client: await connect({ username, password: `${username}-secret` }) }))));
  await Promise.all(clients.map(async ({ username, client }, at) => {
    for (const turn of numbers(100)) {
      const mine = `${username} ${at} ${turn}`;
      const [before, , own, after] = await Promise.all([
        client.run('get', 'session:shared'), client.run('set', `queue:${at}`, mine),
        client.run('get', `queue:${at}`), client.call('GETSET', 'session:shared', mine)]);
      assert.equal(own, mine);
      for (const seen of [before, after]) assert.ok(seen === null || seen.startsWith(username), seen);
    }
  }));
}

// What is refused.
export async function refusals({ connect }) {
  const client = await connect();
  const noperm = (name) => new RegExp(`NOPERM this user has no permissions to run the '${name}' command`);
  const table = [
    ['function\\|dump', () => client.call('FUNCTION', 'DUMP')],
    ['keys', () => client.run('keys', '*')],
    ['flushall', () => client.run('flushAll')],
    ['config\\|set', () => client.call('CONFIG', 'SET', 'maxmemory', '1')],
    ['shutdown', () => client.call('SHUTDOWN', 'NOSAVE')],
    ['debug', () => client.call('DEBUG', 'SLEEP', '0')],
  ];
  for (const [name, attempt] of table) await assert.rejects(attempt(), told(noperm(name)), name);
  assert.equal(await client.run('set', 'after', '1'), 'OK');
}

// An error's own text, or that of the errors that it gathers.
function told(pattern) {
  return (error) => {
    const errors = [error, ...(error.previousErrors ?? []), ...(error.replies ?? [])];
    assert.ok(errors.some((one) => pattern.test(String(one?.message ?? one))), String(error.stack ?? error));
    return true;
  };
}

// The test restarts the proxy when it reads `written`, and says so in a line of its own.
export async function restart({ connect, nextLine }) {
  const client = await connect();
  await client.run('set', 'session:1', 'before');
  console.log('written');
  await nextLine();
  assert.equal(await client.run('get', 'session:1'), 'before');
  assert.equal(await client.run('set', 'session:2', 'after'), 'OK');
  assert.equal(await client.run('get', 'session:2'), 'after');
}
