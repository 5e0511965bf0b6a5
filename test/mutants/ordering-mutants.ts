import type { Mutant } from './mutant.ts';

/** Rules F1 to F4: what goes before what. */
export const orderingMutants: readonly Mutant[] = [
  {
    id: 'F1a',
    breaks: 'sends routes before their clusters are ACKed',
    file: 'src/xds/publish-gate.ts',
    find: 'if (this.#readyAt >= epoch) return',
    replace: 'if (this.#readyAt <= epoch) return',
    tests: ['src/xds/delta-stream.test.ts', 'test/features/make-before-break.test.ts'],
  },
  {
    id: 'F1b',
    breaks: 'takes clusters that were sent for clusters that are warm',
    file: 'src/xds/delivery.ts',
    find: `    this.#hooks.write(message);
`,
    replace: `    this.#hooks.write(message);
    if (type === typeUrl.cluster) this.#gate.clustersAre(view.epoch, time);
`,
    tests: ['src/xds/delta-stream.test.ts', 'test/features/make-before-break.test.ts'],
  },
  {
    id: 'F1c',
    breaks: 'sends listeners before clusters',
    file: 'src/xds/delivery.ts',
    find: `    if (!view.committing) {
`,
    replace: `    if (!view.committing) {
      this.#send(typeUrl.listener, view, view.epoch, (name) => view.get(typeUrl.listener, name));
`,
    tests: ['test/features/simple-route.test.ts'],
  },
  {
    id: 'F1d',
    breaks: 'sends routes before the plugins that they name',
    file: 'src/xds/publish-gate.ts',
    find: 'return Math.min(this.#clustersAt, this.#pluginsAt);',
    replace: 'return this.#clustersAt;',
    tests: ['src/xds/extension.test.ts'],
  },
  {
    id: 'F1e',
    breaks: 'sends plugins before the clusters that they name',
    file: 'src/xds/delivery.ts',
    find: 'if (this.#pluginsWaitFor(now) > 0) return;',
    replace: '',
    tests: ['src/xds/extension.test.ts'],
  },
  {
    id: 'F1f',
    breaks: 'sends held routes whose cluster has gone before it was sent',
    file: 'src/xds/delivery.ts',
    find: "    if (contents.skipped && rulesOf(type).turn === 'first') this.#uses.holdAgain(view);\n",
    replace: '',
    tests: ['test/features/make-before-break.test.ts'],
  },
  {
    id: 'F2a',
    breaks: 'removes a cluster at once',
    file: 'src/xds/publish-gate.ts',
    find: 'if (this.usesRejected) return Infinity;',
    replace: 'return now;',
    tests: ['test/features/removal.test.ts'],
  },
  {
    id: 'F2b',
    breaks: 'removes a cluster before requests under way are done',
    file: 'src/xds/publish-gate.ts',
    find: 'if (removal.unusedAt !== undefined) return removal.unusedAt + drainMs;',
    replace: 'if (removal.unusedAt !== undefined) return removal.unusedAt;',
    tests: ['test/features/removal.test.ts'],
  },
  {
    id: 'F2c',
    breaks: 'removes a cluster that the routes that a proxy keeps still name',
    file: 'src/xds/delivery.ts',
    find: '    this.#removals.noteRejections(view, this.#clock.now());\n',
    replace: '',
    tests: ['test/features/nack.test.ts'],
  },
  {
    id: 'F2d',
    breaks: 'removes a cluster before the routes that drop it were sent',
    file: 'src/xds/publish-gate.ts',
    find: 'return this.#usesSent >= removal.epoch ? removal.notedAt + holdMs + drainMs : Infinity;',
    replace: 'return removal.notedAt + holdMs + drainMs;',
    tests: ['test/features/nack.test.ts'],
  },
  {
    id: 'F2e',
    breaks: 'takes a type that was not asked for yet for one that the client does not have',
    file: 'src/xds/use-delivery.ts',
    find: 'if (useTypes.every((type) => this.#states.has(type))) return 0;',
    replace: 'return 0;',
    tests: ['src/xds/reconnect.test.ts'],
  },
  {
    id: 'F2f',
    breaks: 'goes on counting from before the rejection of the routes that no longer used a cluster',
    file: 'src/xds/removals.ts',
    find: 'if (this.#gate.usesRejected && !isRejected) {',
    replace: 'if (view.epoch < 0) {',
    tests: ['test/features/nack.test.ts'],
  },
  {
    id: 'F2g',
    breaks: 'removes a cluster that plugins may still use',
    file: 'src/xds/use-delivery.ts',
    find: ' && this.#gate.hasPlugins(view.epoch)',
    replace: '',
    tests: ['src/xds/extension.test.ts'],
  },
  {
    id: 'F2h',
    breaks: 'removes a cluster that the routes of a listener that is late name',
    file: 'src/publish/view.ts',
    find: `      this.#hasListenersWithoutRoutes();
`,
    replace: `      false;
`,
    tests: ['test/features/removal.test.ts'],
  },
  {
    id: 'F2i',
    breaks: 'takes an internal listener from proxies whose routes still lead to it',
    file: 'src/publish/type-table.ts',
    find: '    // Routes lead to it through a cluster.\n    isUsed: isOfInternalListener,\n',
    replace: '',
    tests: ['test/features/removal.test.ts'],
  },
  {
    id: 'F2j',
    breaks:
      'removes a cluster that the routes of an internal listener name with the cluster that leads there',
    file: 'src/xds/removals.ts',
    find: ' && !this.#isLedTo(type, name)',
    replace: '',
    tests: ['test/features/listener-filters.test.ts'],
  },
  {
    id: 'F3a',
    breaks: 'sends a cluster without its endpoints behind it',
    file: 'src/xds/delivery.ts',
    find: 'for (const named of resource.names) this.#force(named.typeUrl as TypeUrl, named.name);',
    replace: `for (const named of resource.names)
        if (named.typeUrl !== typeUrl.endpoint) this.#force(named.typeUrl as TypeUrl, named.name);`,
    tests: ['src/xds/delta-stream.test.ts'],
  },
  {
    id: 'F3b',
    breaks: 'sends endpoints before their cluster',
    file: 'src/xds/delivery.ts',
    find: '    // Half of a wave must not be sent.',
    replace: `    this.#send(typeUrl.endpoint, view, view.epoch, wantedOf(typeUrl.endpoint, view));
    // Half of a wave must not be sent.`,
    tests: [
      'test/features/simple-route.test.ts',
      'test/features/make-before-break.test.ts',
      'src/xds/reconnect.test.ts',
      'src/xds/delta-stream.test.ts',
    ],
  },
  {
    id: 'F3c',
    breaks: 'lets go of the endpoints of a Service that is gone while a cluster names them',
    file: 'src/publish/commit.ts',
    find: 'const output = withKept(node.staged.output, node.output);',
    replace: 'const { output } = node.staged;',
    tests: ['test/features/make-before-break.test.ts'],
  },
  {
    id: 'F3d',
    breaks: 'sends a cluster without its Secrets behind it',
    file: 'src/xds/delivery.ts',
    find: 'for (const named of resource.names) this.#force(named.typeUrl as TypeUrl, named.name);',
    replace: `for (const named of resource.names)
        if (type !== typeUrl.cluster || named.typeUrl !== typeUrl.secret)
          this.#force(named.typeUrl as TypeUrl, named.name);`,
    tests: ['test/features/backend-tls.test.ts'],
  },
  {
    id: 'F4a',
    breaks: 'sends a listener without its secrets behind it',
    file: 'src/xds/delivery.ts',
    find: 'for (const named of resource.names) this.#force(named.typeUrl as TypeUrl, named.name);',
    replace: `for (const named of resource.names)
        if (named.typeUrl !== typeUrl.secret) this.#force(named.typeUrl as TypeUrl, named.name);`,
    tests: ['src/xds/reconnect.test.ts'],
  },
  {
    id: 'F4b',
    breaks: 'sends a listener without its routes behind it',
    file: 'src/xds/delivery.ts',
    find: 'for (const named of resource.names) this.#force(named.typeUrl as TypeUrl, named.name);',
    replace: `for (const named of resource.names)
        if (named.typeUrl !== typeUrl.route) this.#force(named.typeUrl as TypeUrl, named.name);`,
    tests: ['src/xds/delta-stream.test.ts'],
  },
  {
    id: 'F4c',
    breaks: 'forgets which secrets a listener names',
    file: 'src/translate/envoy/listener.ts',
    find: 'filterChains.flatMap(({ tls }) => (tls === undefined ? [] : secretsOf(tls))),',
    replace: '[],',
    tests: ['test/features/reconnect.test.ts'],
  },
  {
    id: 'F4d',
    breaks: 'sends a listener without its plugins behind it',
    file: 'src/xds/delivery.ts',
    find: 'for (const named of resource.names) this.#force(named.typeUrl as TypeUrl, named.name);',
    replace: `for (const named of resource.names)
        if (named.typeUrl !== typeUrl.extension) this.#force(named.typeUrl as TypeUrl, named.name);`,
    tests: ['src/xds/delta-stream.test.ts'],
  },
];
