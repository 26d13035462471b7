// What clients do with the state of their connections. Each check runs for two tenants at once, with the same
// names; it gets a logged-in client and fails by throwing.

import assert from 'node:assert/strict';

import { face } from './faces.mjs';

const numbers = (count) => Array.from({ length: count }, (_, index) => index);

async function until(condition, what) {
  const end = Date.now() + 15000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}

async function withClients(client, count, body) {
  const others = await Promise.all(numbers(count).map(() => client.duplicate()));
  const result = await body(...others);
  await Promise.all(others.map((one) => one.close()));
  return result;
}

const bodies = {
  async transactions(client, tenant) {
    assert.deepEqual(await client.transaction([
      ['SET', 'session:1', tenant], ['SET', 'cache:1', `${tenant} too`], ['GET', 'session:1'], ['GET', 'cache:1'],
      ['MGET', 'cache:1', 'session:1'], ['LPUSH', 'queue:q', 'a', 'b'], ['LRANGE', 'queue:q', '0', '-1'],
    ]), ['OK', 'OK', tenant, `${tenant} too`, [`${tenant} too`, tenant], 2, ['b', 'a']]);
    await assert.rejects(client.transaction([['SET', 'rate:1', '1'], ['NOSUCH', 'x']]), /EXECABORT|unknown command/);
    await assert.rejects(client.transaction([['SET', 'rate:2', '1'], ['LPUSH', 'session:1', 'x']]), /WRONGTYPE|commands failed/);
    assert.deepEqual(await client.transaction([['GET', 'rate:1'], ['GET', 'rate:2']]), [null, '1']);
  },

  // Commands between transactions, all without waiting; with auto-pipelining they overtake each other.
  async transactionsBetween(client, tenant) {
    await Promise.all(numbers(200).map((n) => client.client.set(`session:${n}`, `${tenant} ${n}`)));
    const found = await Promise.all(numbers(200).flatMap((n) => [
      client.client.get(`session:${n}`), client.transaction([['GET', `session:${n}`], ['INCR', 'stats:n']]),
      client.client.set(`cache:${n}`, tenant)]));
    numbers(200).forEach((n) => assert.deepEqual(
      found.slice(3 * n, 3 * n + 3), [`${tenant} ${n}`, [`${tenant} ${n}`, n + 1], 'OK']));
  },

  async watching(client, tenant) {
    await client.transaction([['SET', 'stats:n', '0']]);
    const [mine, ...refused] = await withClients(client, 4, (...others) => Promise.all(others.map(async (one) => {
      let done = 0;
      while (done < 25) done += await one.watchedIncrement('stats:n') ? 1 : 0;
      return done;
    })));
    assert.equal(mine + refused.reduce((sum, one) => sum + one, 0), 100, tenant);
    assert.deepEqual(await client.transaction([['GET', 'stats:n']]), ['100']);
  },

  async blocking(client, tenant) {
    await withClients(client, 4, async (one, two, three, four) => {
      const waiting = [one.pop(['queue:none', 'queue:q'], 15), two.move('queue:from', 'queue:to', 15),
        three.popLowest('leaderboard:z', 15)];
      await client.client.del('job:unrelated');  // others are served meanwhile
      await client.transaction([['RPUSH', 'queue:q', tenant], ['RPUSH', 'queue:from', `${tenant} moved`],
        ['ZADD', 'leaderboard:z', '2', 'late', '1', tenant]]);
      assert.deepEqual(await Promise.all(waiting), [['queue:q', tenant], `${tenant} moved`, ['leaderboard:z', tenant, 1]]);
      assert.equal(await four.pop(['queue:none'], 0.1), null);
      await client.transaction([['XGROUP', 'CREATE', 'queue:stream', 'group', '$', 'MKSTREAM']]);
      const read = four.readGroup('group', 'me', 'queue:stream');
      await client.transaction([['XADD', 'queue:stream', '*', 'who', tenant]]);
      assert.deepEqual(await read, ['queue:stream', [{ who: tenant }]]);
    });
  },

  async subscriptions(client, tenant) {
    await withClients(client, 2, async (one, two) => {
      const heard = { exact: [], pattern: [], shard: [], all: [] };
      const listen = (list) => (text, from) => heard[list].push(`${from} ${text}`);
      const ends = [await one.subscribe('news', listen('exact')), await one.subscribePattern('n?ws', listen('pattern')),
        await two.subscribePattern('*', listen('all')), await two.subscribeShard('shard', listen('shard'))];
      for (const n of numbers(50)) {
        assert.equal(await client.publish('news', `${tenant} ${n}`), 3);
        assert.equal(await client.publishShard('shard', `${tenant} ${n}`), 1);
      }
      await until(() => Object.values(heard).every((list) => list.length === 50), 'the messages');
      for (const [list, from] of [['exact', 'news'], ['pattern', 'news'], ['all', 'news'], ['shard', 'shard']]) {
        assert.deepEqual(heard[list], numbers(50).map((n) => `${from} ${tenant} ${n}`));
      }
      for (const end of ends) await end();
      assert.equal(await client.publish('news', 'nobody'), 0);
    });
  },
};

export const sessionChecks = Object.fromEntries(Object.entries(bodies).map(([name, body]) => [
  name, async ({ connect }) => {
    await Promise.all(['acme', 'globex'].map(async (username) => {
      const client = await connect({ username, password: `${username}-secret` });
      await body(face(client), username);
    }));
  },
]));
