// What the checks with Node.js applications share: who they are for, and how one ends.

import { createRequire } from 'node:module';
import { join } from 'node:path';

export const require = createRequire(join(process.env.BULKHEAD_APPLICATIONS, 'node_modules', 'x.cjs'));
export const redisUrl = process.env.REDIS_URL;
export const tenant = process.env.TENANT;

const PATIENCE = 20000;

export async function until(condition, what) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
}

export async function check(body) {
  process.on('unhandledRejection', (error) => { console.error(error); process.exit(1); });
  try {
    await body();
    console.log('passed');
    process.exit(0);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
