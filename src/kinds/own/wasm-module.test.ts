import { expect, test } from 'vitest';
import { decodeRow } from '../decode.ts';
import { wasmModuleKey } from '../../units/extension-name.ts';
import { wasmModuleRow, type WasmModuleRow } from './wasm-module.ts';

const key = wasmModuleKey('default', 'add-header', 2);
const allowed: WasmModuleRow = {
  state: 'allowed',
  sha256: 'ab'.repeat(32),
  size: 512,
  since: '2026-01-01T00:00:00.000Z',
};

test('a row of a module comes back as it went in, under the key of its place in the policy', () => {
  const row = wasmModuleRow(key, allowed);
  expect(row.key).toBe('WasmModule/default/add-header.2');
  expect(decodeRow('WasmModule', row.bytes)).toEqual(allowed);
});

test('equal rows have equal bytes, in whatever order their fields were written', () => {
  const { since, size, sha256, state } = allowed;
  const other = { message: undefined, since, size, sha256, state };
  expect(wasmModuleRow(key, other).bytes).toEqual(wasmModuleRow(key, allowed).bytes);
});

test('a message of a registry is kept as it is, whatever it holds', () => {
  const message = '__proto__: "}\u2028{" denied';
  const row = wasmModuleRow(key, { state: 'denied', since: allowed.since, message });
  expect(decodeRow('WasmModule', row.bytes).message).toBe(message);
});
