import { afterEach, beforeEach, expect, test } from 'vitest';
import { a, image, KeptModules, noAnswer } from '../../test/rig/wasm/kept-modules.ts';
import { given } from '../../test/rig/wasm/scripted-fetcher.ts';
import { must } from '../lib/assert.ts';
import { wasmModuleKey } from '../units/extension-name.ts';

let modules: KeptModules;

beforeEach(() => {
  modules = new KeptModules();
});
afterEach(() => modules.keeper.close());

test('a registry that hangs takes no more than half of the places from the others', async () => {
  for (let i = 0; i < 10; i++)
    modules.keeper.set(wasmModuleKey('default', `h${i}`, 0), image(`hangs.test/x${i}`));
  modules.answer('r.test/x', given(1));
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(0);
  expect(modules.row(a)?.state).toBe('allowed');
  expect(modules.fetcher.asked).toHaveLength(3);
});

test('registries that have failed take no more than half of the places together', async () => {
  for (let i = 0; i < 6; i++) {
    modules.answer(`bad${i}.test/x`, noAnswer);
    modules.keeper.set(wasmModuleKey('default', `h${i}`, 0), image(`bad${i}.test/x`));
  }
  await modules.clock.advanceBy(0);
  for (let i = 0; i < 6; i++) modules.hang(`bad${i}.test/x`);
  await modules.clock.advanceBy(120_000);
  expect(modules.keeper.state().backlog).toBe(6);
  modules.answer('r.test/x', given(1));
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(0);
  expect(modules.row(a)?.state).toBe('allowed');
});

test('of a registry that does not answer, one module is probed, and when it is back all are checked', async () => {
  const keys = Array.from({ length: 20 }, (_, i) => wasmModuleKey('default', `p${i}`, 0));
  for (const [i, key] of keys.entries()) {
    modules.answer(`down.test/x${i}`, noAnswer);
    modules.keeper.set(key, image(`down.test/x${i}`));
  }
  await modules.clock.advanceBy(10_000);
  expect(modules.keeper.state().registries).toEqual({ closed: 0, open: 1, 'half-open': 0 });
  expect(modules.row(must(keys[19], 'key'))).toMatchObject({ state: 'unreachable', message: 'no answer' });
  const before = modules.fetcher.asked.length;
  await modules.clock.advanceBy(300_000);
  expect(modules.fetcher.asked.length - before).toBeGreaterThan(8);
  expect(modules.fetcher.asked.length - before).toBeLessThan(25);
  for (const [i] of keys.entries()) modules.answer(`down.test/x${i}`, given(i, 10));
  await modules.clock.advanceBy(30_000);
  expect(keys.map((key) => modules.row(key)?.state)).toEqual(keys.map(() => 'allowed'));
  expect(modules.keeper.state().registries).toEqual({ closed: 1, open: 0, 'half-open': 0 });
  const lines = modules.log.lines.filter(({ message }) => message.startsWith('the server'));
  expect(lines.map(({ message }) => message)).toEqual([
    'the server does not answer: Sluice only probes it until it does, and what came from it stays as it is',
    'the server answers again',
  ]);
});

test('a probe that ends by a bug of ours is followed by another', async () => {
  modules.answer('down.test/x', noAnswer);
  modules.keeper.set(a, image('down.test/x'));
  await modules.clock.advanceBy(20_000);
  modules.answer('down.test/x', new Error('a bug'));
  await modules.clock.advanceBy(120_000);
  modules.answer('down.test/x', given(1));
  await modules.clock.advanceBy(60_000);
  expect(modules.row(a)?.state).toBe('allowed');
  expect(modules.log.lines.some(({ level }) => level === 'error')).toBe(true);
});

test('modules on disk are found however many registries hang', async () => {
  const keys = Array.from({ length: 30 }, (_, i) => wasmModuleKey('default', `p${i}`, 0));
  for (const [i, key] of keys.entries()) {
    const { module, bytes } = given(i, 10);
    modules.fetcher.disk.set(`hangs.test/x${i}:1`, { module, bytes: must(bytes, 'bytes') });
    modules.keeper.set(key, image(`hangs.test/x${i}`));
  }
  await modules.clock.advanceBy(0);
  expect(keys.map((key) => modules.row(key)?.state)).toEqual(keys.map(() => 'allowed'));
});
