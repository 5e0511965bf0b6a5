import type { Mutant } from './mutant.ts';

/** Rules E1 to E5: a client that comes back. */
export const reconnectMutants: readonly Mutant[] = [
  {
    id: 'E1a',
    breaks: 'sends everything to a client that says what it has',
    file: 'src/xds/delta-stream.ts',
    find: 'for (const name of change.added) state.acked.set(name, initialVersions.get(name), now);',
    replace: 'for (const name of change.added) state.acked.set(name, undefined, now);',
    tests: ['src/xds/reconnect.test.ts'],
  },
  {
    id: 'E1b',
    breaks: 'sends every cluster to a client that says what it has',
    file: 'src/xds/delta-stream.ts',
    find: 'if (!state.subscription.names.has(name)) state.acked.set(name, initialVersions.get(name), now);',
    replace: 'state.acked.set(name, undefined, now);',
    tests: ['src/xds/reconnect.test.ts'],
  },
  {
    id: 'E1c',
    breaks: 'leaves the client what has gone meanwhile',
    file: 'src/xds/delta-stream.ts',
    find: ', ...initialVersions.keys()]',
    replace: ']',
    tests: ['src/xds/reconnect.test.ts'],
  },
  {
    id: 'E1d',
    breaks: 'takes what was gone when a client came for something that it has',
    file: 'src/xds/delta-stream.ts',
    find: 'this.#view?.namesAndLost(type)',
    replace: 'this.#view?.names(type)',
    tests: ['src/xds/wildcard.test.ts'],
  },
  {
    id: 'E2a',
    breaks: 'takes a name that is missing from the versions for held',
    file: 'src/xds/delta-stream.ts',
    find: 'if (!state.subscription.names.has(name)) state.acked.set(name, initialVersions.get(name), now);',
    replace: 'if (initialVersions.has(name)) state.acked.set(name, initialVersions.get(name), now);',
    tests: ['src/xds/reconnect.test.ts', 'test/features/reconnect.test.ts'],
  },
  {
    id: 'E2b',
    breaks: 'takes a name for held in whatever version the client says',
    file: 'src/xds/type-state.ts',
    find: 'this.acked.get(name) !== resource.version;',
    replace: '!this.acked.has(name);',
    tests: ['src/xds/reconnect.test.ts'],
  },
  {
    id: 'E2c',
    breaks: 'trusts what the client says before there is a view',
    file: 'src/xds/delta-stream.ts',
    find: `      if (first) this.#compareAll(type, state, view);
`,
    replace: '',
    tests: [
      'test/features/partial-input.test.ts',
      'test/features/reconnect.test.ts',
      'src/xds/delta-stream.test.ts',
    ],
  },
  {
    id: 'E3a',
    breaks: 'sends no endpoints behind a cluster to a client that came back with them',
    file: 'src/xds/delivery.ts',
    find: 'else if (state.subscription.wants(name)) state.force(name);',
    replace: `else if (state.subscription.wants(name) && !(type === typeUrl.endpoint && state.acked.has(name)))
      state.force(name);`,
    tests: ['src/xds/reconnect.test.ts'],
  },
  {
    id: 'E3b',
    breaks: 'sends no secrets behind a listener to a client that came back with them',
    file: 'src/xds/delivery.ts',
    find: 'else if (state.subscription.wants(name)) state.force(name);',
    replace: `else if (state.subscription.wants(name) && !(type === typeUrl.secret && state.acked.has(name)))
      state.force(name);`,
    tests: ['src/xds/reconnect.test.ts'],
  },
  {
    id: 'E3c',
    breaks: 'spares a client that came back what a cluster names that was sent before it asked for endpoints',
    file: 'src/xds/delta-stream.ts',
    find: 'if (begins) this.#started(type);',
    replace: 'void begins;',
    tests: ['src/xds/reconnect.test.ts'],
  },
  {
    id: 'E3d',
    breaks: 'spares a client what a changed listener names, since it says later that it has it',
    file: 'src/xds/delivery.ts',
    find: 'for (const name of this.#early.get(type) ?? []) this.#force(type, name);',
    replace:
      'if (type === typeUrl.endpoint) for (const name of this.#early.get(type) ?? []) this.#force(type, name);',
    tests: ['src/xds/reconnect.test.ts'],
  },
  {
    id: 'E4a',
    breaks: 'takes the routes of a draining listener at once',
    file: 'src/publish/type-table.ts',
    find: `turn: 'gated',
    missing: 'awaited',
    removal: 'unused',`,
    replace: `turn: 'gated',
    missing: 'awaited',
    removal: 'at-once',`,
    tests: ['src/xds/reconnect.test.ts'],
  },
  {
    id: 'E4b',
    breaks: 'waits for a resource that does not exist',
    file: 'src/xds/delivery.ts',
    find: `    if (state.inFlight !== undefined) return state.due.size === 0;
`,
    replace: `    if (state.inFlight !== undefined) return state.due.size === 0;
    for (const name of state.due) if (lookup(name) === undefined) return false;
`,
    tests: ['src/xds/reconnect.test.ts'],
  },
  {
    id: 'E5a',
    breaks: 'sends endpoints behind a cluster only while they are under way',
    file: 'src/xds/delivery.ts',
    find: 'else if (state.subscription.wants(name)) state.force(name);',
    replace:
      'else if (type === typeUrl.endpoint ? state.inFlight !== undefined : state.subscription.wants(name)) state.force(name);',
    tests: ['src/xds/reconnect.test.ts'],
  },
];
