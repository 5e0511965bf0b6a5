import type { Mutant } from './mutant.ts';

const file = 'src/xds/subscription.ts';
const tests = ['src/xds/subscription.test.ts', 'test/features/subscription.test.ts'];
const subscribes = 'this.#subscribe(state, request, type);';

function subscribesIf(condition: string): string {
  return `(${condition}) ? this.#subscribe(state, request, type) : state.subscription.update([], []);`;
}

/** Rules B1 to B13: what a client wants. */
export const subscriptionMutants: readonly Mutant[] = [
  {
    id: 'B1a',
    breaks: 'takes an empty first request for nothing',
    file,
    find: 'if (!this.#started && subscribe.length === 0) this.wildcard = true;',
    replace: '',
    tests,
  },
  {
    id: 'B2a',
    breaks: 'takes * for a name',
    file,
    find: `if (name === '*') {`,
    replace: `if (name === '') {`,
    tests,
  },
  {
    id: 'B2b',
    breaks: 'gives up * when a name is asked for beside it',
    file,
    find: 'asked.push(name);',
    replace: `asked.push(name);
        if (subscribe.includes('*')) this.wildcard = false;`,
    tests,
  },
  {
    id: 'B3a',
    breaks: 'takes every empty request for *',
    file,
    find: 'if (!this.#started && subscribe.length === 0)',
    replace: 'if (subscribe.length === 0 && unsubscribe.length === 0)',
    tests,
  },
  {
    id: 'B4a',
    breaks: 'gives up an implied * for a name',
    file,
    find: 'this.names.add(name);',
    replace: `if (this.names.size === 0 && !subscribe.includes('*')) this.wildcard = false;
        this.names.add(name);`,
    tests,
  },
  {
    id: 'B4b',
    breaks: 'gives up the names with *',
    file,
    find: `if (name === '*') this.wildcard = false;`,
    replace: `if (name === '*') {
        this.wildcard = false;
        this.names.clear();
      }`,
    tests,
  },
  {
    id: 'B4c',
    breaks: 'goes on sending everything when * is given up',
    file,
    find: `if (name === '*') this.wildcard = false;`,
    replace: `if (name === '*') continue;`,
    tests,
  },
  {
    id: 'B7a',
    breaks: 'answers the unsubscription of a name that was not subscribed',
    file,
    find: 'else if (this.names.delete(name)) ',
    replace: 'else if (!this.names.delete(name) || name !== "") ',
    tests,
  },
  {
    id: 'B8a',
    breaks: 'leaves a name that * still covers without an answer',
    file,
    find: '(this.wildcard ? left : removed)',
    replace: '(this.wildcard ? [] : removed)',
    tests,
  },
  {
    id: 'B5a',
    breaks: 'sends a name that is asked for again only if it has changed',
    file: 'src/xds/delta-stream.ts',
    find: `        state.acked.set(name, undefined, now);
        state.force(name);`,
    replace: '        state.due.add(name);',
    tests: ['src/xds/ask-again.test.ts'],
  },
  {
    id: 'B5b',
    breaks: 'takes any version that the client says for the version of now',
    file: 'src/xds/delta-stream.ts',
    find: 'if (initialVersions.has(name)) state.due.add(name);',
    replace: 'if (initialVersions.has(name)) continue;',
    tests: ['src/xds/ask-again.test.ts'],
  },
  {
    id: 'B5c',
    breaks: 'sends a name though the client has just said that it has that version',
    file: 'src/xds/delta-stream.ts',
    find: 'if (initialVersions.has(name)) state.due.add(name);',
    replace: 'if (initialVersions.has(name)) state.force(name);',
    tests: ['src/xds/ask-again.test.ts'],
  },
  {
    id: 'B5d',
    breaks: 'takes a name that is asked for again for one that the client has',
    file: 'src/xds/delta-stream.ts',
    find: `        state.acked.set(name, undefined, now);
        state.force(name);`,
    replace: '        state.force(name);',
    tests: ['src/xds/ask-again.test.ts'],
  },
  {
    id: 'B6a',
    breaks: 'drops what is asked for beside a stale nonce',
    file: 'src/xds/delta-stream.ts',
    find: subscribes,
    replace: subscribesIf(`request.nonce === '' || state.inFlight === undefined`),
    tests: ['src/xds/ask-again.test.ts'],
  },
  {
    id: 'B6b',
    breaks: 'drops what is asked for on a NACK',
    file: 'src/xds/delta-stream.ts',
    find: subscribes,
    replace: subscribesIf(`request.error === undefined`),
    tests: ['src/xds/ask-again.test.ts'],
  },
  {
    id: 'B6c',
    breaks: 'drops what is asked for on an ACK',
    file: 'src/xds/delta-stream.ts',
    find: subscribes,
    replace: subscribesIf(`request.nonce === '' || request.error !== undefined`),
    tests: ['src/xds/ask-again.test.ts'],
  },
  {
    id: 'B8b',
    breaks: 'leaves a name that * does not have either without an answer',
    file: 'src/xds/delta-stream.ts',
    find: 'for (const name of change.left) state.force(name);',
    replace:
      'for (const name of change.left) if (this.#view?.nameOf(type, name) !== undefined) state.force(name);',
    tests: ['src/xds/wildcard.test.ts'],
  },
  {
    id: 'B9a',
    breaks: 'forgets a name that does not exist',
    file: 'src/xds/type-state.ts',
    find: `    this.rejected.delete(name);
    if (!this.subscription.wants(name)) {`,
    replace: `    this.subscription.names.delete(name);
    if (!this.subscription.wants(name)) {`,
    tests: ['src/xds/conformance.test.ts'],
  },
  {
    id: 'B10a',
    breaks: 'does not say that a cluster or listener does not exist',
    file: 'src/xds/type-state.ts',
    find: "this.#answersMissing = rulesOf(type).missing === 'said';",
    replace: 'this.#answersMissing = false;',
    tests: ['src/xds/conformance.test.ts'],
  },
  {
    id: 'B10b',
    breaks: 'says of endpoints, routes and secrets that they do not exist',
    file: 'src/xds/type-state.ts',
    find: "this.#answersMissing = rulesOf(type).missing === 'said';",
    replace: 'this.#answersMissing = rulesOf(type).uses !== undefined;',
    tests: ['src/xds/conformance.test.ts'],
  },
  {
    id: 'B10c',
    breaks: 'lets a cluster wait for unknown endpoints',
    file: 'src/xds/awaited-endpoints.ts',
    find: 'return isAwaited(states, name, view) ? emptyAssignment(name) : undefined;',
    replace: 'return undefined;',
    tests: ['src/xds/delta-stream.test.ts'],
  },
  {
    id: 'B11a',
    breaks: 'sends listeners to a client that asked for clusters',
    file: 'src/xds/delta-stream.ts',
    find: `      this.#states.set(type, state);
`,
    replace: `      this.#states.set(type, state);
      const listeners = 'type.googleapis.com/envoy.config.listener.v3.Listener' as TypeUrl;
      if (!this.#states.has(listeners)) {
        const other = new TypeState(listeners, (name) => this.#view?.published(listeners, name));
        other.subscription.update([], []);
        for (const name of this.#view?.names(listeners) ?? []) other.force(name);
        this.#states.set(listeners, other);
      }
`,
    tests: ['src/xds/conformance.test.ts'],
  },
  {
    id: 'B12a',
    breaks: 'ends the process for a type that it does not know',
    file: 'src/xds/delta-stream.ts',
    find: 'if (!isTypeUrl(request.typeUrl)) return;',
    replace: `if (!isTypeUrl(request.typeUrl)) throw new Error('unknown type');`,
    tests: ['test/features/subscription.test.ts', 'test/features/ads-server.test.ts'],
  },
  {
    id: 'B13a',
    breaks: 'expects a client to ask for its clusters first',
    file: 'src/xds/use-delivery.ts',
    find: 'if (clusters?.settled === true)',
    replace: 'if (clusters?.settled !== false)',
    tests: ['src/xds/delta-stream.test.ts'],
  },
  {
    id: 'B13b',
    breaks: 'sends what a client asks for only if it asked for clusters before',
    file: 'src/xds/delta-stream.ts',
    find: `    if (begins) this.#started(type);
    this.flush();`,
    replace: `    if (begins) this.#started(type);
    if (this.#states.has('type.googleapis.com/envoy.config.cluster.v3.Cluster')) this.flush();`,
    tests: ['test/features/request-order.test.ts', 'src/xds/conformance.test.ts'],
  },
];
