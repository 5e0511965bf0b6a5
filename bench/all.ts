import { batchSuite } from './batch.bench.ts';
import { deltaSuite } from './delta.bench.ts';
import { fragmentsSuite } from './fragments.bench.ts';
import { printSuite } from './micro.ts';
import { closeTranslatePool, translateSuite } from './translate.bench.ts';
import { windowSuite } from './window.bench.ts';

/** `npm run bench`: each step by itself, then the whole pipeline with its baselines. */
for (const suite of [windowSuite, batchSuite, translateSuite, fragmentsSuite, deltaSuite])
  await printSuite(suite);
await closeTranslatePool();
process.stdout.write('\npipeline: from an event to bytes on a client’s socket (times in ms)\n');
await import('./pipeline.ts');
