import type { Mutant } from './mutant.ts';

const tests = ['src/xds/scopes.test.ts'];
const types = 'src/publish/type-table.ts';
const shards = 'src/units/route-shard.ts';

/** Rules H1 to H4: scopes of tables in shards. */
export const scopeMutants: readonly Mutant[] = [
  {
    id: 'H1a',
    breaks: 'sends no change of a scope that came by its collection',
    file: 'src/xds/subscription.ts',
    find: 'this.names.has(collectionOf(name))',
    replace: 'false',
    tests,
  },
  {
    id: 'H1b',
    breaks: 'takes a collection for the name of one scope',
    file: 'src/xds/delta-stream.ts',
    find: 'if (collections.size === 0) return asked;',
    replace: 'if (collections.size >= 0) return asked;',
    tests,
  },
  {
    id: 'H2a',
    breaks: 'divides the scopes that are due',
    file: types,
    find: "    store: 'set',\n    isUndivided: true,\n",
    replace: "    store: 'set',\n",
    tests,
  },
  {
    id: 'H3a',
    breaks: 'removes scopes',
    file: types,
    find: "    turn: 'last',\n    missing: 'awaited',\n    removal: 'with-user',\n",
    replace: "    turn: 'last',\n    missing: 'awaited',\n    removal: 'at-once',\n",
    tests,
  },
  {
    id: 'H4a',
    breaks: 'puts a wildcard into one shard',
    file: shards,
    find: "return domain.startsWith('*') ? tableParts(table) : ",
    replace: 'return ',
    tests: ['src/units/route-shard.test.ts'],
  },
  {
    id: 'H4b',
    breaks: 'takes letters of a hostname as they are written',
    file: shards,
    find: 'for (const character of host.toLowerCase())',
    replace: 'for (const character of host)',
    tests: ['src/units/route-shard.test.ts'],
  },
];
