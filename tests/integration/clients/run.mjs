// node run.mjs KIND CHECK PORT: runs one check with one client; prints `passed`, or the error.

import { createInterface } from 'node:readline';

import { open } from './adapters.mjs';
import * as checks from './checks.mjs';
import { sessionChecks } from './session_checks.mjs';

const [kind, check, port] = process.argv.slice(2);
const opened = [];
const lines = createInterface({ input: process.stdin });

const connect = async (options = {}) => {
  const client = await open(kind, { port: Number(port), username: 'acme', password: 'acme-secret', ...options });
  opened.push(client);
  return client;
};
const nextLine = () => new Promise((resolve) => { lines.once('line', resolve); });

try {
  await (sessionChecks[check] ?? checks[check])({ kind, connect, nextLine });
  await Promise.all(opened.map((client) => client.close()));
  console.log('passed');
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
