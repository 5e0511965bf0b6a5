import { expect, test } from 'vitest';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const names = Array.from({ length: 16 }, (_, i) => `n${i}`);
const toRoute = (name: string): object => ({ targetRefs: [{ kind: 'HTTPRoute', name }] });
const ruleOf = (name: string, backends: readonly object[]): object => ({
  matches: [m.prefix(`/${name}`)],
  backendRefs: backends,
});
const simple = (name: string): object =>
  m.httpRoute([{ backendRefs: [m.backend()] }], { name, hostnames: [`${name}.test`] });

function backendTls(name: string): object {
  const validation = { hostname: 'a.test', caCertificateRefs: [{ group: '', kind: 'ConfigMap', name }] };
  const targetRefs = [{ group: '', kind: 'Service', name }];
  return m.policy('BackendTLSPolicy', { targetRefs, validation }, { name });
}

/** Objects that refer to many others, each of which is read for another reason. */
const inputs: Readonly<Record<string, readonly object[]>> = {
  'backends of many namespaces without a grant': [
    m.httpRoute(
      names.map((name) =>
        ruleOf(name, [m.backend('app', { namespace: name }), m.backend('b', { namespace: `${name}-b` })]),
      ),
    ),
  ],
  'backends with a BackendTLSPolicy each': [
    m.httpRoute(names.map((name) => ruleOf(name, [m.backend(name)]))),
    ...names.flatMap((name) => [
      m.service(name),
      backendTls(name),
      m.configMap({ 'ca.crt': name }, { name }),
    ]),
  ],
  'certificates of many namespaces without a grant': [
    m.gateway(
      names.map((name) => ({
        name,
        port: 443,
        protocol: 'HTTPS',
        hostname: `${name}.test`,
        tls: { certificateRefs: [{ name: 'tls', namespace: name }] },
      })),
      { name: 'secure' },
    ),
  ],
  'scripts in ConfigMaps': [
    simple('a'),
    m.extensionPolicy({
      ...toRoute('a'),
      lua: names.map((name) => ({ type: 'ValueRef', valueRef: { group: '', kind: 'ConfigMap', name } })),
    }),
    ...names.map((name) => m.configMap({ lua: 'function envoy_on_request() end' }, { name })),
  ],
  'modules with Secrets and authorities': [
    simple('a'),
    m.extensionPolicy({
      ...toRoute('a'),
      wasm: names.map((name) => ({
        code: {
          type: 'Image',
          image: {
            url: `${name}.test/plugin:v1`,
            pullSecretRef: { name, namespace: `${name}-far` },
            tls: { caCertificateRef: { kind: 'ConfigMap', name } },
          },
        },
      })),
    }),
    ...names.map((name) => m.configMap({ 'ca.crt': name }, { name })),
  ],
  'processors with a BackendTLSPolicy each': [
    simple('a'),
    m.extensionPolicy({
      ...toRoute('a'),
      extProc: names.map((name) => ({ backendRefs: [{ name, port: 80 }] })),
    }),
    ...names.flatMap((name) => [
      m.service(name),
      backendTls(name),
      m.configMap({ 'ca.crt': name }, { name }),
    ]),
  ],
  'policies that select across namespaces': [
    simple('a'),
    ...names.map((name) =>
      m.policy(
        'SecurityPolicy',
        { targetSelectors: [{ kind: 'HTTPRoute', namespaces: { from: 'All' } }] },
        { name, namespace: name },
      ),
    ),
  ],
};

test.each(Object.entries(inputs))('%s cost no unit more than eight rounds', async (_what, manifests) => {
  const pool = new CountingPool();
  const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service()];
  const pipeline = await Pipeline.started([...base, ...manifests], {
    settings: { lua: true },
    pools: { config: pool },
  });
  expect(pipeline.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  expect([...pool.take().sent].filter(([, count]) => count > 8)).toEqual([]);
});
