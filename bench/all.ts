import { parseArgs } from 'node:util';
import { batchSuite } from './batch.bench.ts';
import { deltaSuite } from './delta.bench.ts';
import { fragmentsSuite } from './fragments.bench.ts';
import { printSuite } from './micro.ts';
import { closeTranslatePool, translateSuite } from './translate.bench.ts';
import { windowSuite } from './window.bench.ts';

const parts: Readonly<Record<string, () => Promise<unknown>>> = {
  steps: async () => {
    for (const suite of [windowSuite, batchSuite, translateSuite, fragmentsSuite, deltaSuite])
      await printSuite(suite);
  },
  pipeline: async () => {
    process.stdout.write('\npipeline: from an event to bytes on a client’s socket (times in ms)\n');
    await import('./pipeline.ts');
  },
  scale: async () => {
    process.stdout.write(
      '\nscale: one event, little and much of what it does not concern (of all threads)\n',
    );
    await import('./scale.ts');
  },
  filters: async () => {
    process.stdout.write(
      '\nfilters: what the idle filters of every listener cost a request (CPU of Envoy)\n',
    );
    await import('./idle-filters.ts');
  },
  'listener-sets': async () => {
    process.stdout.write(
      '\nlistener-sets: load and events of a Gateway with many ListenerSets (of all threads)\n',
    );
    await import('./listener-sets.ts');
  },
  commands: async () => {
    process.stdout.write(`\ncommands: from start to end, beside a Sluice with 1,000 routes\n`);
    await import('./commands.ts');
  },
  tenants: async () => {
    process.stdout.write(
      '\ntenants: an edit while another namespace edits the dearest routes that there may be\n',
    );
    await import('./tenants.ts');
  },
};

/**
 * `npm run bench`: single steps, the pipeline with its baselines, events at scale, idle filters. `-- scale` runs one
 * part. Options are those of `pipeline.ts` and `scale.ts`; write `--case=WORDS` with a `=`.
 */
const wanted = parseArgs({ allowPositionals: true, strict: false }).positionals;
const unknown = wanted.filter((name) => parts[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(
    `bench: no part is named ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}\n`,
  );
  process.exit(2);
}
for (const [name, part] of Object.entries(parts))
  if (wanted.length === 0 || wanted.includes(name)) await part();
await closeTranslatePool();
