// node bee_queue.mjs: bee-queue, with the same queues and job ids for every tenant; prints `passed`, or the error.

import assert from 'node:assert/strict';

import { check, redisUrl, require, tenant, until } from './checks.mjs';

const BeeQueue = require('bee-queue');

const settled = (job) => new Promise((resolve, reject) => {
  job.on('succeeded', resolve);
  job.on('failed', reject);
});

await check(async () => {
  const { hostname: host, port, username: user, password } = new URL(redisUrl);
  const queue = new BeeQueue('mail', { redis: { host, port, user, password }, activateDelayedJobs: true });
  const heard = [];
  queue.on('job succeeded', (id, value) => heard.push(value));
  queue.process(5, async (job) => {
    if (job.data.fails) {
      job.data.fails -= 1;
      throw new Error(`${tenant} fails`);
    }
    job.reportProgress(50);
    return `${tenant} ${job.data.n}`;
  });
  await queue.ready();

  const jobs = Array.from({ length: 50 }, (_, n) => queue.createJob({ n }));
  const results = jobs.map(settled);
  assert.equal((await queue.saveAll(jobs)).size, 0);
  assert.deepEqual(await Promise.all(results), jobs.map((_, n) => `${tenant} ${n}`));

  const named = queue.createJob({ n: 'named' }).setId('the-same');
  const progress = new Promise((resolve) => { named.on('progress', resolve); });
  const end = settled(named);
  await named.save();
  assert.deepEqual([await progress, await end], [50, `${tenant} named`]);

  const retried = queue.createJob({ n: 'retried', fails: 1 }).retries(1);
  const failed = queue.createJob({ fails: 5 });
  const delayed = queue.createJob({ n: 'delayed' }).delayUntil(Date.now() + 300);
  const ends = [retried, delayed].map(settled);
  const failure = settled(failed);
  await Promise.all([retried, delayed, failed].map((job) => job.save()));
  await assert.rejects(failure, new RegExp(`${tenant} fails`));
  await until(() => heard.includes(`${tenant} delayed`), 'the delayed job');
  assert.equal(await ends[1], `${tenant} delayed`);

  assert.deepEqual((await queue.getJobs('failed', { size: 10 })).map((job) => job.id), [failed.id]);
  const health = await queue.checkHealth();
  assert.deepEqual([health.active, health.waiting, health.delayed, health.failed], [0, 0, 0, 1]);
  assert.ok(heard.every((value) => value.startsWith(tenant)), String(heard));
  await queue.removeJob(failed.id);
  const other = new BeeQueue('other', { redis: { host, port, user, password }, isWorker: false });
  await other.createJob({}).save();
  await other.destroy();
  await Promise.all([queue.close(), other.close()]);
});
