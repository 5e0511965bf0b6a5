import { startBed } from './bed-process.ts';

/** `npm run test:cluster`: the tests beside this file, in a bed that ends with them. Arguments go to vitest. */
const bed = await startBed('cluster');
if (bed === undefined) process.exit(1);
process.exitCode = await bed.exec([
  process.execPath,
  'node_modules/vitest/vitest.mjs',
  'run',
  '--config',
  'test/cluster/vitest.config.ts',
  ...process.argv.slice(2),
]);
await bed.close();
