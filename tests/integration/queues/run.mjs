// node run.mjs CHECK PORT [TENANT]: runs one check of checks.mjs; prints `passed`, or the error.

import { createRequire } from 'node:module';

import * as checks from './checks.mjs';

const [check, port, tenant = 'acme'] = process.argv.slice(2);
const load = createRequire(`${process.env.BULKHEAD_NODE_MODULES}/`);
const connection = { host: '127.0.0.1', port: Number(port), username: tenant, password: `${tenant}-secret` };

try {
  const said = await checks[check]({ load, connection, tenant });
  if (said !== undefined) console.log(JSON.stringify(said));
  console.log('passed');
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
