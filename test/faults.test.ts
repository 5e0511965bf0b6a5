import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** Places whose errors reach no caller, with their handlers. Other code waits by `Clock`, which `Faults` guards. */
const doors: Record<string, Record<string, string>> = {
  'createServer(': {
    'src/lib/free-port.ts': 'an error is the answer',
    'src/run/http-server.ts': 'Faults, requests and listener',
    'src/xds/plain-front.ts': 'onFault',
    'src/xds/tls-front.ts': 'onFault',
  },
  'setTimeout(': {
    'src/lib/clock.ts': 'Faults, by its clock',
    'src/main.ts': 'only ends the process',
    'src/command/last-resort.ts': 'only ends the process',
    'src/local/supervised-process.ts': 'only resolves a promise',
    'src/run/offline.ts': 'only resolves a promise',
  },
  'setInterval(': {
    'src/local/envoy-install.ts': 'reads sizes, and takes its own errors',
    'src/observe/process-metrics.ts': 'only notes how late it is',
  },
};

const root = dirname(import.meta.dirname);
const sources = globSync('src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'));

test.each(Object.entries(doors))('every %s is where its errors are taken', (call, files) => {
  const found = sources.filter((file) =>
    new RegExp(`(?<![\\w.#])${call.replace('(', '\\(')}`).test(readFileSync(join(root, file), 'utf8')),
  );
  expect(found.toSorted()).toEqual(Object.keys(files).toSorted());
});
