import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMap, extensionPolicy } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyChild } from '../rig/envoy/envoy-child.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('app');
  for (const name of ['a', 'b', 'c']) await rig.serve(name, [toService('app')]);
});
afterAll(() => rig.close({ rejected: 'expected' }));

function policy(name: string, ...lua: readonly object[]): object {
  return extensionPolicy({ targetRefs: [{ kind: 'HTTPRoute', name }], lua }, { name });
}

function adding(expression: string): string {
  return `function envoy_on_response(handle)\n  handle:headers():add('x-lua', tostring(${expression}))\nend`;
}

async function header(name: string): Promise<string> {
  const { status, headers } = await rig.send(name);
  return status === 200 ? (headers.get('x-lua')?.join() ?? 'none') : String(status);
}

test('a script runs on its own routes, and a changed one takes its place without a new listener', async () => {
  rig.apply([policy('a', { inline: adding('1') })]);
  await converge(async () => expect(await header('a')).toBe('1'));
  expect(await header('b')).toBe('none');
  const before = await rig.envoy.stats('listener_manager.listener_(modified|added|in_place_updated)$');
  rig.apply([policy('a', { inline: adding('2') })]);
  await converge(async () => expect(await header('a')).toBe('2'));
  expect(await rig.envoy.stats('listener_manager.listener_(modified|added|in_place_updated)$')).toEqual(
    before,
  );
});

test('scripts of a policy run in order, one of a ConfigMap among them, each with its own context', async () => {
  const script = adding(`handle:filterContext():get('who')`);
  rig.apply([
    configMap({ lua: script }, { name: 'script' }),
    policy(
      'a',
      { inline: script, filterContext: { who: 'first' } },
      {
        type: 'ValueRef',
        valueRef: { group: '', kind: 'ConfigMap', name: 'script' },
        filterContext: { who: 'second' },
      },
    ),
  ]);
  // Filters run in reverse order on responses.
  await converge(async () => expect(await header('a')).toBe('second,first'));
});

test('a script has none of what leads out of it', async () => {
  const names =
    'io package require module debug jit ffi load loadfile loadstring dofile getmetatable newproxy getfenv setfenv ' +
    'string.dump os.execute os.getenv os.remove os.rename os.exit os.tmpname';
  rig.apply([policy('a', { inline: adding(names.replaceAll(' ', ' or ')) })]);
  await converge(async () => expect(await header('a')).toBe('nil'));
  rig.apply([policy('a', { inline: adding('type(os.time())') })]);
  await converge(async () => expect(await header('a')).toBe('number'));
});

test('a script that is no Lua closes its own routes, its policy says so, and a good one opens them', async () => {
  rig.apply([policy('c', broken)]);
  await converge(async () => expect(await header('c')).toBe('500'));
  expect(await header('b')).toBe('none');
  const condition = await converge(() => rig.condition('EnvoyExtensionPolicy', 'c', 'Programmed') ?? false);
  // The line number is that of the script.
  expect(condition).toMatchObject({ status: 'False', message: expect.stringContaining(":3: '=' expected") });
  expect(rig.condition('EnvoyExtensionPolicy', 'c', 'Accepted')?.status).toBe('True');
  rig.apply([policy('c', { inline: adding('3') })]);
  await converge(async () => expect(await header('c')).toBe('3'));
  await converge(() => rig.condition('EnvoyExtensionPolicy', 'c', 'Programmed') === undefined);
});

test('a script that was rejected and never good holds up no proxy that starts', async () => {
  rig.apply([policy('b', broken)]);
  await converge(() => rig.condition('EnvoyExtensionPolicy', 'b', 'Programmed') !== undefined);
  const other = new EnvoyChild();
  try {
    await other.start({ gateway: 'default/web', xdsPort: rig.xdsPort, concurrency: 1 });
    await converge(async () => expect(await other.stat('listener_manager.workers_started')).toBe(1));
    const waited = await other.stats('init_fetch_timeout$');
    expect([...waited].filter(([, count]) => count > 0)).toEqual([]);
  } finally {
    await other.stop();
  }
});

const broken = { inline: 'function envoy_on_request(handle)\n  nonsense\nend' };
