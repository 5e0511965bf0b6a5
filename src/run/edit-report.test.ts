import { expect, test } from 'vitest';
import { parseObject } from '../kinds/door.ts';
import type { Row, RowChange } from '../kinds/row.ts';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { fleetOf } from '../units/fleet-key.ts';
import { EditReport, type EditedSluice } from './edit-report.ts';

function row(kind: string, name: string, spec: object): Row {
  const apiVersion = kind === 'Service' ? 'v1' : 'gateway.networking.k8s.io/v1';
  const parsed = parseObject({ apiVersion, kind, metadata: { name }, spec });
  if (parsed.kind !== 'row') throw new Error(`${kind} is no object`);
  return parsed.row;
}

const put = (...rows: readonly Row[]): RowChange[] => rows.map((each) => ({ kind: 'put', row: each }));
const route = (parent: string) => row('HTTPRoute', 'shop', { parentRefs: [{ name: parent }] });
const web = row('Gateway', 'web', { gatewayClassName: 'sluice', listeners: [] });
const sluiceClass = row('GatewayClass', 'sluice', { controllerName: 'sluice.dev/gateway-controller' });
const fleet = fleetOf('default/web');

async function started(...rows: readonly Row[]) {
  const lines: string[] = [];
  const say = (_fields: object, line: string): void => void lines.push(line);
  const clock = new ManualClock();
  const report = new EditReport(
    'sluice.dev/gateway-controller',
    { debug: say, info: say, warn: say, error: say },
    clock,
  );
  const state = { isSettled: true };
  const sluice: EditedSluice = {
    status: () => undefined,
    fileProblems: () => [],
    placeOf: () => Promise.resolve({ file: 'all.yaml', position: { line: 1, column: 1 } }),
    isSettled: () => state.isSettled,
    proxiesOf: () => 2,
  };
  report.apply(put(...rows));
  await report.start(sluice);
  const pass = async (ms: number): Promise<string[]> => {
    await clock.advanceBy(ms);
    return lines.splice(0);
  };
  return { report, state, pass, lines };
}

test('an edit is reported once the proxies have it, with what is wrong by it and right again', async () => {
  const { report, state, pass, lines } = await started(sluiceClass, web, route('web'));
  expect(lines).toEqual([]);
  state.isSettled = false;
  report.apply(put(route('wep')));
  report.published(fleet);
  expect(await pass(20)).toEqual([]);
  state.isSettled = true;
  const wrong = await pass(5);
  expect(wrong).toEqual([
    expect.stringMatching(/^all.yaml: HTTPRoute default\/shop changed; in force on 2 proxies after \d+ ms$/),
    expect.stringContaining('spec.parentRefs[0].name: Gateway default/wep does not exist'),
  ]);
  report.apply(put(route('web')));
  const right = await pass(5);
  expect(right).toEqual([
    'all.yaml: HTTPRoute default/shop changed; no proxy needs another config for it',
    'HTTPRoute default/shop: nothing is wrong with it any longer',
  ]);
});

test('what was wrong before is not said again', async () => {
  const { report, pass, lines } = await started(sluiceClass, web, route('wep'));
  expect(lines.splice(0)).toHaveLength(1);
  report.apply(put(row('Service', 'a', {})));
  expect(await pass(5)).toEqual([expect.stringMatching(/^all.yaml: Service default\/a added; /)]);
});

test('an edit that some proxy does not take is reported all the same', async () => {
  const { report, state, pass } = await started(sluiceClass, web);
  state.isSettled = false;
  report.apply([{ kind: 'delete', key: web.key }]);
  expect(await pass(4990)).toEqual([]);
  expect(await pass(20)).toEqual([
    expect.stringMatching(/Gateway default\/web removed; not in force on all proxies/),
  ]);
});

test('a large edit has a bounded number of lines', async () => {
  const { report, pass } = await started(sluiceClass, web);
  report.apply(put(...Array.from({ length: 50 }, (_, i) => row('Service', `a${i}`, {}))));
  const lines = await pass(5);
  expect(lines).toHaveLength(11);
  expect(lines.at(-1)).toMatch(/^and 40 more objects; /);
});
