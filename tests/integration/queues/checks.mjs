// What applications do with queues, locks and rate limiters, with the libraries as they are. Each check
// gets { load, connection, tenant } and throws when something is not as it would be on a Redis of its own.

import assert from 'node:assert/strict';
import { once } from 'node:events';

const PATIENCE = 20000;

async function eventually(condition, what) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

const options = (connection) => ({ connection: { ...connection, maxRetriesPerRequest: null } });

// ---- BullMQ

export async function bullmq({ load, connection }) {
  const { Queue, Worker, QueueEvents } = load('bullmq');
  const queue = new Queue('mail', options(connection));
  const events = new QueueEvents('mail', options(connection));
  await events.waitUntilReady();
  const seen = [];
  const worker = new Worker('mail', async (job) => {
    seen.push(job.name);
    await job.updateProgress(50);
    await job.log('half');
    if (job.data.fails && job.attemptsMade < 2) throw new Error('not yet');
    return { got: job.data };
  }, { ...options(connection), concurrency: 3 });
  const jobs = await queue.addBulk(Array.from({ length: 20 }, (_, i) => ({ name: `job${i}`, data: { i } })));
  assert.deepEqual(await jobs[3].waitUntilFinished(events, PATIENCE), { got: { i: 3 } });
  await Promise.all(jobs.map((job) => job.waitUntilFinished(events, PATIENCE)));
  const delayed = await queue.add('later', { x: 1 }, { delay: 300 });
  assert.equal(await delayed.getState(), 'delayed');
  await delayed.waitUntilFinished(events, PATIENCE);
  const retried = await queue.add('retried', { fails: true }, { attempts: 3, backoff: { type: 'fixed', delay: 50 } });
  await retried.waitUntilFinished(events, PATIENCE);
  assert.equal(seen.filter((name) => name === 'retried').length, 3);
  const hopeless = await queue.add('hopeless', { fails: true }, { attempts: 1 });
  await assert.rejects(hopeless.waitUntilFinished(events, PATIENCE), /not yet/);
  assert.equal((await queue.getJobLogs(jobs[0].id)).count, 1);
  assert.equal((await queue.getJobCounts('completed', 'failed')).failed, 1);
  assert.equal((await queue.getCompleted()).length, 22);
  assert.equal((await queue.getWorkers()).length, 1);
  await queue.pause();
  const waiting = await queue.add('paused', {});
  assert.equal(await queue.isPaused(), true);
  await queue.resume();
  await waiting.waitUntilFinished(events, PATIENCE);
  await worker.close();
  await queue.add('left', {});
  await queue.clean(0, 1000, 'completed');
  assert.equal((await queue.getCompleted()).length, 0);
  await queue.obliterate({ force: true });
  await events.close();
  await queue.close();
  return seen.length;
}

export async function bullmqPriorities({ load, connection }) {
  const { Queue, Worker } = load('bullmq');
  const queue = new Queue('ranked', options(connection));
  await queue.add('low', {}, { priority: 10 });
  await queue.add('high', {}, { priority: 1 });
  await queue.add('middle', {}, { priority: 5 });
  const order = [];
  const worker = new Worker('ranked', async (job) => { order.push(job.name); }, options(connection));
  await eventually(() => order.length === 3, 'three jobs');
  assert.deepEqual(order, ['high', 'middle', 'low']);
  await worker.close();
  await queue.close();
}

export async function bullmqFlows({ load, connection }) {
  const { FlowProducer, Queue, QueueEvents, Worker } = load('bullmq');
  const flows = new FlowProducer(options(connection));
  const events = new QueueEvents('parents', options(connection));
  await events.waitUntilReady();
  const children = new Worker('children', async (job) => job.data.n * 2, options(connection));
  const parents = new Worker('parents', async (job) => Object.values(await job.getChildrenValues()).sort(), options(connection));
  const results = [];
  for (let i = 0; i < 10; i += 1) {
    const flow = await flows.add({
      name: 'sum', queueName: 'parents',
      children: [{ name: 'a', queueName: 'children', data: { n: i } }, { name: 'b', queueName: 'children', data: { n: i + 100 } }],
    });
    results.push(flow.job.waitUntilFinished(events, PATIENCE));
  }
  (await Promise.all(results)).forEach((values, i) => assert.deepEqual(values, [i * 2, (i + 100) * 2].sort()));
  await Promise.all([children.close(), parents.close(), events.close(), flows.close()]);
  const queue = new Queue('parents', options(connection));
  assert.equal((await queue.getCompletedCount()), 10);
  await queue.close();
}

export async function bullmqSchedules({ load, connection }) {
  const { Queue, Worker } = load('bullmq');
  const queue = new Queue('clock', options(connection));
  await queue.upsertJobScheduler('tick', { every: 100 }, { name: 'tick', data: { n: 1 } });
  let ticks = 0;
  const worker = new Worker('clock', async () => { ticks += 1; }, options(connection));
  await eventually(() => ticks >= 3, 'three ticks');
  assert.equal((await queue.getJobSchedulers()).length, 1);
  assert.equal(await queue.removeJobScheduler('tick'), true);
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
}

export async function bullmqRateLimit({ load, connection }) {
  const { Queue, Worker } = load('bullmq');
  const queue = new Queue('slow', options(connection));
  await queue.addBulk(Array.from({ length: 4 }, (_, i) => ({ name: `n${i}`, data: {} })));
  const times = [];
  const worker = new Worker('slow', async () => { times.push(Date.now()); }, { ...options(connection), limiter: { max: 2, duration: 500 } });
  await eventually(() => times.length === 4, 'four jobs');
  assert.ok(times[3] - times[0] >= 400, `${times[3] - times[0]} ms`);
  await worker.close();
  await queue.close();
}

// The same queue names in two tenants at once: nobody gets the other's jobs.
export async function bullmqTwins({ load, connection, tenant }) {
  const { Queue, Worker } = load('bullmq');
  const queue = new Queue('twins', options(connection));
  const got = new Set();
  const worker = new Worker('twins', async (job) => { got.add(job.data.tenant); return tenant; }, { ...options(connection), concurrency: 5 });
  for (let i = 0; i < 10; i += 1) {
    await queue.addBulk(Array.from({ length: 20 }, () => ({ name: 'twin', data: { tenant } })));
  }
  await eventually(async () => (await queue.getCompletedCount()) === 200, 'two hundred jobs');
  assert.deepEqual([...got], [tenant]);
  await worker.close();
  await queue.close();
}

// ---- Others

export async function bee({ load, connection }) {
  const Queue = load('bee-queue');
  const queue = new Queue('hive', { redis: connection, activateDelayedJobs: true });
  queue.process(async (job) => job.data.n + 1);
  const results = await Promise.all(Array.from({ length: 10 }, async (_, n) => {
    const job = queue.createJob({ n });
    const done = once(job, 'succeeded');
    await job.save();
    return (await done)[0];
  }));
  assert.deepEqual(results, results.map((_, n) => n + 1));
  const delayed = queue.createJob({ n: 41 }).delayUntil(Date.now() + 200);
  const done = once(delayed, 'succeeded');
  await delayed.save();
  assert.equal((await done)[0], 42);
  assert.equal((await queue.checkHealth()).succeeded, 11);
  await queue.close();
}

export async function redlock({ load, connection }) {
  const Redis = load('ioredis');
  const Redlock = load('redlock');
  const client = new Redis(connection);
  const locks = new Redlock([client], { retryCount: 0 });
  const lock = await locks.lock('locks:account', 5000);
  await assert.rejects(locks.lock('locks:account', 5000));
  await lock.extend(8000);
  assert.ok((await client.pttl('locks:account')) > 5000);
  await lock.unlock();
  const again = await locks.lock(['locks:account', 'locks:other'], 5000);
  await again.unlock();
  assert.equal(await client.exists('locks:account'), 0);
  await client.quit();
}

export async function rateLimiter({ load, connection }) {
  const Redis = load('ioredis');
  const { RateLimiterRedis } = load('rate-limiter-flexible');
  const client = new Redis({ ...connection, enableOfflineQueue: true });
  const limiter = new RateLimiterRedis({ storeClient: client, keyPrefix: 'rate', points: 3, duration: 5 });
  for (let left = 2; left >= 0; left -= 1) assert.equal((await limiter.consume('me')).remainingPoints, left);
  await assert.rejects(limiter.consume('me'), (refused) => refused.remainingPoints === 0);
  assert.equal((await limiter.get('me')).consumedPoints, 4);
  await limiter.delete('me');
  assert.equal((await limiter.consume('me')).remainingPoints, 2);
  await client.quit();
}

// ioredis' own commands: the script is sent once and called by its digest, in pipelines, too.
export async function ioredisCommands({ load, connection }) {
  const Redis = load('ioredis');
  const client = new Redis(connection);
  client.defineCommand('addTo', { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" });
  assert.equal(await client.addTo('bull:sum', 5), 5);
  const replies = await client.pipeline().addTo('bull:sum', 1).get('bull:sum').addTo('bull:sum', 1).exec();
  assert.deepEqual(replies, [[null, 6], [null, '6'], [null, 7]]);
  assert.deepEqual(await client.multi().addTo('bull:sum', 1).exec(), [[null, 8]]);
  await client.quit();
}

