import type { Mutant } from './mutant.ts';

const file = 'src/xds/subscription.ts';
const tests = ['src/xds/subscription.test.ts', 'test/features/subscription.test.ts'];

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
    breaks: 'answers the unsubscription of a name that nobody asked for',
    file,
    find: 'else if (this.names.delete(name)) ',
    replace: 'else if (!this.names.delete(name) || name !== "") ',
    tests,
  },
  {
    id: 'B8a',
    breaks: 'leaves a name that * still covers without an answer',
    file,
    find: '(this.wildcard ? left : gone)',
    replace: '(this.wildcard ? [] : gone)',
    tests,
  },
];
