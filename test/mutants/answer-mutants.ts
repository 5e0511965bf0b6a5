import type { Mutant } from './mutant.ts';

/** Rules D1 to D6: ACK and NACK. */
export const answerMutants: readonly Mutant[] = [
  {
    id: 'D1a',
    breaks: 'takes a NACK without a message for an ACK',
    file: 'src/xds/codec.ts',
    find: 'message.errorDetail === undefined ? undefined :',
    replace: '!message.errorDetail?.message ? undefined :',
    tests: ['src/xds/codec.test.ts'],
  },
  {
    id: 'D2a',
    breaks: 'sends a refused version again',
    file: 'src/xds/type-state.ts',
    find: 'if (this.rejected.get(name)?.version === resource.version) return false;',
    replace: '',
    tests: ['src/xds/refused.test.ts'],
  },
  {
    id: 'D2b',
    breaks: 'does not remember what was refused',
    file: 'src/xds/type-state.ts',
    find: 'this.rejected.set(name, { version, message, since });',
    replace: 'void since;',
    tests: ['src/xds/refused.test.ts'],
  },
  {
    id: 'D2c',
    breaks: 'never tries a resource again that was refused',
    file: 'src/xds/type-state.ts',
    find: 'if (this.rejected.get(name)?.version === resource.version) return false;',
    replace: 'if (this.rejected.has(name)) return false;',
    tests: ['src/xds/refused.test.ts', 'src/xds/delta-stream.test.ts'],
  },
  {
    id: 'D3a',
    breaks: 'takes all but the last of a refused response for delivered',
    file: 'src/xds/type-state.ts',
    find: '    const half = Math.ceil(names.length / 2);',
    replace: `    names.splice(0, names.length - 1);
    const half = Math.ceil(names.length / 2);`,
    tests: ['src/xds/delta-stream.test.ts'],
  },
  {
    id: 'D3b',
    breaks: 'sends nothing of a refused response again',
    file: 'src/xds/type-state.ts',
    find: 'this.retries.push(part);',
    replace: 'part.toString();',
    tests: ['src/xds/delta-stream.test.ts'],
  },
  {
    id: 'D3c',
    breaks: 'goes on serving what is refused',
    file: 'src/xds/resource-set.ts',
    find: `    this.#refused.set(name, { ...refused, wanted });
    this.#serveLastGood(name);`,
    replace: '    this.#refused.set(name, { ...refused, wanted });',
    tests: ['src/xds/resource-set.test.ts'],
  },
  {
    id: 'D3d',
    breaks: 'takes all of a refused response for bad',
    file: 'src/xds/fleet.ts',
    find: 'if (versions.size === 1 && this.#refused',
    replace: 'if (this.#refused',
    tests: ['test/features/nack.test.ts'],
  },
  {
    id: 'D3e',
    breaks: 'keeps back a whole RouteConfiguration for one virtual host',
    file: 'src/xds/route-table.ts',
    find: 'const isSearchable = this.#proven || !isHeld;',
    replace: 'const isSearchable = false;',
    tests: ['test/features/quarantine.test.ts'],
  },
  {
    id: 'D3f',
    breaks: 'lets one odd proxy decide for all',
    file: 'src/xds/fleet.ts',
    find: `      if (streams.some((stream) => stream.hasVersion(type, name, version))) continue;
`,
    replace: '',
    tests: ['test/features/quarantine.test.ts', 'test/features/nack.test.ts'],
  },
  {
    id: 'D4a',
    breaks: 'ends a stream for a nonce that it does not know',
    file: 'src/xds/delta-stream.ts',
    find: `    this.#subscribe(state, request, type);
    this.flush();`,
    replace: `    if (request.nonce !== '' && request.nonce === 'unknown') throw new Error('unknown nonce');
    this.#subscribe(state, request, type);
    this.flush();`,
    tests: ['src/xds/delta-stream.test.ts'],
  },
  {
    id: 'D4b',
    breaks: 'takes the nonce of another response for the answer',
    file: 'src/xds/delta-stream.ts',
    find: 'request.nonce === state.inFlight.nonce',
    replace: `request.nonce !== ''`,
    tests: ['src/xds/delta-stream.test.ts'],
  },
  {
    id: 'D6a',
    breaks: 'says that a Gateway is programmed before a proxy has ACKed it',
    file: 'src/controller.ts',
    find: 'this.acknowledged(gateway) !== undefined ||',
    replace: 'version !== undefined ||',
    tests: ['test/features/status.test.ts'],
  },
  {
    id: 'D6b',
    breaks: 'takes what is sent for what is held',
    file: 'src/xds/delivery.ts',
    find: `    this.#hooks.write(message);
`,
    replace: `    this.#hooks.write(message);
    for (const [name, version] of versions) state.held.set(name, version, time);
`,
    tests: ['test/features/status.test.ts', 'test/features/restated.test.ts'],
  },
  {
    id: 'D6c',
    breaks: 'does not look again at a Gateway whose proxy has gone',
    file: 'src/xds/fleet.ts',
    find: `        onDisconnect();
        this.#hooks.onListenersHeld(gateway);`,
    replace: '        onDisconnect();',
    tests: ['test/features/restated.test.ts'],
  },
  {
    id: 'D6d',
    breaks: 'does not look again at a Gateway whose proxy has answered',
    file: 'src/xds/fleet.ts',
    find: 'if (request.typeUrl === typeUrl.listener) this.#hooks.onListenersHeld(gateway);',
    replace: '',
    tests: ['test/features/restated.test.ts'],
  },
  {
    id: 'D5a',
    breaks: 'does not say on a route that proxies refuse it',
    file: 'src/status/route-status.ts',
    find: 'if (refusals.size === 0 || !isReport(report)) return report;',
    replace: 'if (refusals.size >= 0 || !isReport(report)) return report;',
    tests: ['test/features/quarantine.test.ts'],
  },
  {
    id: 'D5b',
    breaks: 'says of a refused Gateway that it is programmed, since it was',
    file: 'src/status/gateway-status.ts',
    find: 'if (refusal !== undefined) return invalid(condition, refusal);',
    replace: `if (refusal === '') return invalid(condition, refusal);`,
    tests: ['test/features/quarantine.test.ts'],
  },
  {
    id: 'D5c',
    breaks: 'goes on saying that a resource is refused when it has been taken',
    file: 'src/xds/resource-set.ts',
    find: 'return this.#refused.delete(name);',
    replace: 'return this.#refused.has(name);',
    tests: ['test/features/quarantine.test.ts', 'src/xds/resource-set.test.ts'],
  },
  {
    id: 'D5d',
    breaks: 'goes on saying that a virtual host is refused when it has been taken',
    file: 'src/xds/part-search.ts',
    find: 'if (!this.#keptBack.has(key)) this.#refused.delete(key);',
    replace: 'if (key === "") this.#refused.delete(key);',
    tests: ['test/features/quarantine.test.ts', 'src/xds/part-search.test.ts'],
  },
];
