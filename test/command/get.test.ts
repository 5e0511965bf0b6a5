import { afterEach, expect, test, vi } from 'vitest';
import { getResources, type GetResourcesOptions } from '../../src/command/get-resources.ts';
import { showStatus } from '../../src/command/show-status.ts';
import { objectStatuses } from '../../src/run/objects.ts';
import * as resourceJson from '../../src/run/resource-json.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { serveAdmin } from '../rig/pipeline/served-pipeline.ts';

const tls = { certificateRefs: [{ name: 'web' }] };
const objects = [
  m.gatewayClass(),
  m.gateway([{ name: 'https', port: 443, protocol: 'HTTPS', tls }]),
  tlsSecret('web', selfSigned(['shop.test', 'www.shop.test'])),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'shop', hostnames: ['shop.test'] }),
  m.httpRoute([{ backendRefs: [m.backend('none')] }], { name: 'lost', hostnames: ['lost.test'] }),
];

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const place = { kubeconfig: undefined, context: undefined, namespace: undefined };

async function served(of: readonly object[]): Promise<{
  readonly pipeline: Pipeline;
  readonly get: (type: GetResourcesOptions['type'], more?: Partial<GetResourcesOptions>) => Promise<Ran>;
  readonly status: (object?: string, wrong?: boolean) => Promise<Ran>;
}> {
  const pipeline = await Pipeline.started([...of]);
  const { url: admin, close } = await serveAdmin(pipeline, {
    objects: () => objectStatuses(pipeline.controller, () => 'v1'),
  });
  closing.push(close);
  const { signal } = new AbortController();
  const run = async (
    command: (surroundings: Parameters<typeof getResources>[1]) => Promise<number>,
  ): Promise<Ran> => {
    let out = '';
    let err = '';
    const terminal = { out: (text: string) => void (out += text), err: (line: string) => void (err += line) };
    const code = await command({ terminal, signal });
    return { code, out, err };
  };
  return {
    pipeline,
    get: (type, more = {}) =>
      run((surroundings) =>
        getResources(
          { ...place, admin, type, name: undefined, gateway: undefined, output: 'table', ...more },
          surroundings,
        ),
      ),
    status: (object, wrong = false) =>
      run((surroundings) => showStatus({ ...place, admin, object, wrong, output: 'table' }, surroundings)),
  };
}

test('get shows each resource, and which proxies lack it', async () => {
  const { pipeline, get } = await served(objects);
  await pipeline.connected();
  const { code, out, err } = await get('routes');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^default\/web +default\/web\/443:\* +\S+ +0 of 1$/m);
  expect(out).toMatch(/^default\/web +default\/web\/443:\*\/shop\.test +\S+ +0 of 1$/m);
  expect((await get('routes', { gateway: 'default/none' })).out).toBe('no proxy is sent any\n');
});

test('get of one resource decodes that one alone', async () => {
  const { get } = await served(objects);
  const decoded = vi.spyOn(resourceJson, 'resourceJson');
  const { out } = await get('clusters');
  expect(decoded).not.toHaveBeenCalled();
  const name = /default\/app\S*/.exec(out)?.[0];
  expect((await get('clusters', { name })).out).toContain(
    'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  );
  expect(decoded).toHaveBeenCalledOnce();
});

test('get of secrets shows the names of certificates and until when they are valid, and no key', async () => {
  const { get } = await served(objects);
  expect((await get('secrets')).out).toMatch(
    /^default\/web +default\/web +\S+ +0 of 0 +\d{4}-\d\d-\d\dT\S+Z +shop\.test, www\.shop\.test$/m,
  );
  for (const output of ['json', 'yaml'] as const) {
    const { out } = await get('secrets', { output, name: 'default/web' });
    expect(out).toContain('www.shop.test');
    expect(out).not.toMatch(/PRIVATE KEY|redacted/);
  }
});

test('get of what no proxy is sent is one line, and exit code 2', async () => {
  const { get } = await served(objects);
  expect(await get('listeners', { name: 'none' })).toEqual({
    code: 2,
    out: '',
    err: 'sluice: get: no proxy is sent "none" in listeners',
  });
});

test('status names what is wrong, and what requests get', async () => {
  const { status } = await served(objects);
  expect((await status('httproute/default/shop')).out).toMatch(/^HTTPRoute default\/shop +ok$/m);
  const { out } = await status(undefined, true);
  expect(out).toMatch(
    /^HTTPRoute default\/lost +wrong +spec\.rules\[0\]\.backendRefs\[0\].*500.*BackendNotFound\): correct the reference/m,
  );
  expect(out).not.toContain('default/shop');
  expect(await status('httproute/default/none')).toMatchObject({ code: 2, out: '' });
});
