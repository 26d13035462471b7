// node sessions.mjs: an Express application that keeps its sessions with connect-redis, and browsers that visit
// it; prints `passed`, or the error. Both tenants' sessions have the same ids.

import assert from 'node:assert/strict';

import { check, redisUrl, require, tenant } from './checks.mjs';

const express = require('express');
const session = require('express-session');
const { RedisStore } = require('connect-redis');
const { createClient } = require('redis');

async function application(options) {
  const client = await createClient({ url: redisUrl, ...options }).on('error', () => {}).connect();
  const store = new RedisStore({ client, ttl: 100 });
  let ids = 0;
  const app = express();
  app.use(session({
    store, secret: 'secret', resave: false, saveUninitialized: false, genid: () => `id-${ids += 1}`,
  }));
  app.get('/login/:name', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error);
      request.session.user = `${request.params.name} of ${tenant}`;
      return response.send('welcome');
    });
  });
  app.get('/who', (request, response) => {
    request.session.visits = (request.session.visits ?? 0) + 1;
    response.json({ user: request.session.user, visits: request.session.visits });
  });
  app.get('/logout', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.send('bye')));
  });
  const server = await new Promise((resolve) => { const one = app.listen(0, '127.0.0.1', () => resolve(one)); });
  return { client, store, url: `http://127.0.0.1:${server.address().port}` };
}

class Browser {
  constructor(url) { this.url = url; }

  async get(path) {
    const response = await fetch(this.url + path, { headers: this.cookie ? { cookie: this.cookie } : {} });
    assert.equal(response.status, 200, path);
    this.cookie = response.headers.get('set-cookie')?.split(';')[0] ?? this.cookie;
    return response.headers.get('content-type').startsWith('application/json') ? response.json() : response.text();
  }
}

const call = (store, method, ...args) => new Promise((resolve, reject) => {
  store[method](...args, (error, value) => (error ? reject(error) : resolve(value)));
});

async function visits(options) {
  const { client, store, url } = await application(options);
  await call(store, 'clear');
  const browsers = Array.from({ length: 20 }, () => new Browser(url));
  await Promise.all(browsers.map((one, at) => one.get(`/login/user-${at}`)));
  for (let visit = 1; visit <= 5; visit += 1) {
    const seen = await Promise.all(browsers.map((one) => one.get('/who')));
    assert.deepEqual(seen, browsers.map((_, at) => ({ user: `user-${at} of ${tenant}`, visits: visit })));
  }
  assert.equal(await call(store, 'length'), 20);
  const all = await call(store, 'all');
  assert.deepEqual(all.map((one) => one.visits), Array(20).fill(5));
  assert.ok(all.every((one) => one.user.endsWith(tenant)), JSON.stringify(all));
  const ids = await call(store, 'ids');
  assert.ok(ids.every((id) => id.startsWith('id-')), String(ids));
  const ttl = await client.ttl(`sess:${ids[0]}`);
  assert.ok(ttl > 0 && ttl <= 100, String(ttl));

  await browsers[0].get('/logout');
  assert.deepEqual(await browsers[0].get('/who'), { visits: 1 });
  assert.equal((await browsers[1].get('/who')).visits, 6);
  await call(store, 'clear');
  assert.equal(await call(store, 'length'), 0);
  await browsers[2].get('/login/last');
  await client.close();
}

await check(async () => {
  await visits({});
  await visits({ RESP: 3 });
});
