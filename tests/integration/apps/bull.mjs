// node bull.mjs: Bull 4's queues, with the same names and job ids for every tenant; prints `passed`, or the error.

import assert from 'node:assert/strict';

import { check, redisUrl, require, tenant, until } from './checks.mjs';

const Bull = require('bull');

const finished = (queue, count) => until(async () => (await queue.getCompletedCount()) >= count, `${count} jobs`);

async function workAndResults() {
  const queue = new Bull('mail', redisUrl);
  queue.process(3, async (job) => {
    await job.progress(50);
    return `${tenant} ${job.data.n}`;
  });
  const jobs = await queue.addBulk(Array.from({ length: 50 }, (_, n) => ({ name: '__default__', data: { n } })));
  assert.deepEqual(await Promise.all(jobs.map((job) => job.finished())), jobs.map((_, n) => `${tenant} ${n}`));
  const named = await queue.add({ n: 'named' }, { jobId: 'the-same', priority: 1, lifo: true });
  assert.equal(await named.finished(), `${tenant} named`);
  assert.equal((await queue.getJob('the-same')).returnvalue, `${tenant} named`);
  assert.equal((await queue.getJob('the-same'))._progress, 50);
  assert.equal((await queue.getWorkers()).length, 1);
  return queue;
}

async function failuresAndDelays() {
  const queue = new Bull('other', redisUrl, { settings: { retryProcessDelay: 100 } });
  const heard = [];
  queue.on('global:completed', (id, value) => heard.push(value));
  await queue.isReady();
  queue.process(async (job) => {
    if (job.attemptsMade < (job.data.failures ?? 0)) throw new Error(`${tenant} attempt ${job.attemptsMade}`);
    return `${tenant} ${job.attemptsMade}`;
  });
  const retried = await queue.add({ failures: 2 }, { attempts: 3, backoff: 10 });
  const delayed = await queue.add({}, { delay: 300 });
  const failed = await queue.add({ failures: 1 }, { attempts: 1 });
  assert.equal((await queue.getDelayed()).some((job) => job.id === delayed.id), true);
  assert.equal(await retried.finished(), `${tenant} 2`);
  assert.equal(await delayed.finished(), `${tenant} 0`);
  await assert.rejects(failed.finished(), new RegExp(`${tenant} attempt 0`));
  assert.deepEqual((await queue.getFailed()).map((job) => job.failedReason), [`${tenant} attempt 0`]);
  await (await queue.getJob(failed.id)).retry();
  await until(async () => (await queue.getCompletedCount()) === 3, 'the retried job');
  await until(() => heard.length === 3, 'the events');
  assert.ok(heard.every((value) => value.includes(tenant)), String(heard));
  return queue;
}

async function repeatedAndPaused() {
  const queue = new Bull('repeated', redisUrl);
  await queue.add({ tick: tenant }, { repeat: { every: 200, limit: 3 } });
  assert.deepEqual((await queue.getRepeatableJobs()).map((job) => job.every), [200]);
  await queue.pause();
  assert.equal(await queue.isPaused(), true);
  queue.process(async (job) => job.data.tick);
  await queue.resume();
  await finished(queue, 2);
  assert.ok((await queue.getCompleted()).every((job) => job.returnvalue === tenant));
  const [repeat] = await queue.getRepeatableJobs();
  if (repeat) await queue.removeRepeatableByKey(repeat.key);
  assert.deepEqual(await queue.getRepeatableJobs(), []);
  return queue;
}

await check(async () => {
  const queues = await Promise.all([workAndResults(), failuresAndDelays(), repeatedAndPaused()]);
  for (const queue of queues) {
    assert.equal((await queue.getJobCounts()).active, 0);
    assert.ok((await queue.clean(0, 'completed')).length > 0);
    if (queue.name !== 'mail') await queue.obliterate({ force: true });  // the test looks at the keys of that one
    await queue.close();
  }
});
