import { expect, test } from 'vitest';
import { shownObject } from '../../src/command/shown-object.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { inForcePages } from '../../src/run/in-force/pages.ts';
import { objectStatuses } from '../../src/run/objects.ts';
import { proxyList } from '../../src/run/proxy-json.ts';
import type { Controller } from '../../src/run/controller.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { rulesOf, typeUrls, type TypeUrl } from '../../src/publish/type-table.ts';
import { translateOffline } from '../../src/run/translate-offline.ts';
import { references } from '../rig/objects/reference-cases.ts';
import type { Case } from '../rig/objects/reference-case.ts';
import { Pipeline, rowOf } from '../rig/pipeline/pipeline.ts';

/*
 * Each field that refers to a Secret, by the table of references, so that a new one is tried here without a change: the
 * Secret's values are canaries, as they are and malformed.
 */

interface Secret {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

const ofSecrets = Object.entries(references).flatMap(([field, found]): [string, Case][] =>
  typeof found !== 'string' && valuesOf(found).length > 0 ? [[field, found]] : [],
);

function valuesOf({ target: [first] }: Case): [string, string][] {
  const { kind, data = {}, stringData = {} } = first as Secret;
  if (kind !== 'Secret') return [];
  const decoded = Object.entries(data).map(([key, value]): [string, string] => [
    key,
    Buffer.from(value, 'base64').toString(),
  ]);
  return [...decoded, ...Object.entries(stringData)];
}

/** Keeps the form in which a value is of use. */
function planted(key: string, value: string): string {
  if (value.startsWith('-----BEGIN')) return value;
  if (value.startsWith('{')) return JSON.stringify(JSON.parse(value, plantedPassword));
  return value.includes('{SHA}') ? `ann:{SHA}${`${canary}password`.padEnd(27, 'a')}=` : `${canary}-${key}`;
}

function plantedPassword(key: string, value: unknown): unknown {
  return key === 'password' ? `${canary}-password` : value;
}

const canary = 'CANARY';

/** Returns texts of a value that nothing may show: canaries, and lines of private keys. */
function hiddenIn(key: string, value: string): string[] {
  // Clients see it in the address at which they log in.
  if (key === 'client-id') return [];
  if (value.includes('PRIVATE KEY')) return value.split('\n').slice(1, 3);
  return value.startsWith('-----BEGIN') ? [] : [canaryIn(value)];
}

/** Returns the canary of a value: values of one Secret have different ones. */
function canaryIn(value: string): string {
  return /CANARY[a-z.-]*/.exec(value)?.[0] ?? value;
}

function malformed(value: string): string {
  return value.startsWith('-----BEGIN') ? value.slice(0, -40) : `${value.slice(0, -1)}\u0007\n`;
}

const managed = { settings: { managedProxies: true, lua: true } };

/** Returns all that people see, and what proxies and the fetcher of modules get. */
async function outputs(manifests: readonly object[]) {
  const metrics = createMetrics();
  const pipeline = await Pipeline.started(manifests, { ...managed, metrics });
  const client = await pipeline.connected();
  client.reject = (service) => (service === 'LDS' || service === 'VHDS' ? 'no' : undefined);
  pipeline.apply(...manifests.map((manifest) => ({ ...manifest, edited: true })));
  await pipeline.drain();
  const { controller, log, modules } = pipeline;
  const resources = typeUrls.flatMap((url) =>
    namesOf(controller, url).map((name) => {
      const bytes = controller.view(gateway)?.get(url, name)?.bytes ?? [];
      return Buffer.from(bytes).toString('latin1');
    }),
  );
  const changes = manifests.map((manifest) => ({ kind: 'put', row: rowOf(manifest) }) as const);
  const shown = [
    pagesOf(controller),
    [...proxyList(controller.fleet.connected(), 'test', systemClock)].map((proxy) => [
      proxy,
      [...(proxy.resources ?? [])],
    ]),
    [...objectStatuses(controller, () => undefined)],
    log.lines,
    await metrics.registry.metrics(),
    await translateOffline({ changes, problems: [], apiVersions: new Map() }),
    manifests.map(shownObject),
  ];
  return { shown: JSON.stringify(shown), inside: JSON.stringify([resources, ...modules]) };
}

/** Asks each page for all that it may be asked for. */
function pagesOf(controller: Controller): unknown[] {
  const objects = [...controller.objects()];
  const queries: [string, object][] = [
    ...typeUrls.flatMap((url) =>
      namesOf(controller, url).map((name): [string, object] => [
        'resources',
        { gateway, type: rulesOf(url).plural, name },
      ]),
    ),
    ...objects.flatMap((name): [string, object][] => [
      ['object', { name }],
      ['places', { name }],
    ]),
    ['host', { gateway, table: `${gateway}/80:*`, host: '*' }],
    ['routes', { gateway, host: '*' }],
    ['proxies', { gateway }],
  ];
  const pages = inForcePages(controller, systemClock);
  return queries.map(([page, query]) => [
    ...(pages.get(page)?.(new URLSearchParams(query as Record<string, string>)) ?? []),
  ]);
}

function namesOf(controller: Controller, url: TypeUrl): string[] {
  return [...(controller.view(gateway)?.names(url) ?? [])];
}

const gateway = 'default/web';

/** Its case has no backend over TLS, so that no proxy gets the key. */
const withoutTls = 'Gateway spec.tls.backend.clientCertificateRef';

test.each(ofSecrets)('%s: no value of its Secret is shown to anybody', async (field, { sources, target }) => {
  const [first] = target as readonly [Secret, object];
  const values = valuesOf({ sources, target }).map(([key, value]): [string, string] => [
    key,
    planted(key, value),
  ]);
  const hidden = values.flatMap(([key, value]) => hiddenIn(key, value));
  const withValues = async (form: (value: string) => string) => {
    const stringData = Object.fromEntries(values.map(([key, value]) => [key, form(value)]));
    return outputs([...sources, { ...first, data: undefined, stringData }]);
  };
  const [usable, broken] = [await withValues((value) => value), await withValues(malformed)];
  for (const text of hidden) {
    expect([text, usable.shown.includes(text), broken.shown.includes(text)]).toEqual([text, false, false]);
    expect([text, usable.inside.includes(text)]).toEqual([text, field !== withoutTls]);
  }
});

test('Secrets of each sort are among them', () => {
  expect(ofSecrets.length).toBeGreaterThan(10);
});
