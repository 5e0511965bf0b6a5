import { expect, test } from 'vitest';
import { translateOffline } from '../../src/run/translate-offline.ts';
import { must } from '../../src/lib/assert.ts';
import { typeUrl } from '../../src/publish/type-table.ts';
import { slotOf } from '../../src/units/filter-slot.ts';
import * as m from '../rig/objects/manifests.ts';
import { rowOf } from '../rig/pipeline/pipeline.ts';

async function translated(...manifests: readonly object[]) {
  const changes = manifests.map((manifest) => ({ kind: 'put', row: rowOf(manifest) }) as const);
  const offline = await translateOffline({ changes, apiVersions: new Map(), problems: [] });
  return must(offline, 'translation').translation;
}

test('plugins are among the resources, as routes name them', async () => {
  const extProc = [{ backendRefs: [{ name: 'processor', port: 9000 }] }];
  const { gateways } = await translated(
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    m.service('app'),
    m.service('processor', { port: { port: 9000 } }),
    m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'a' }),
    m.extensionPolicy({ targetRefs: [{ kind: 'HTTPRoute', name: 'a' }], extProc }),
  );
  const [resources] = Object.values(gateways);
  const slot = slotOf('plugins', 'default/plugins');
  const extensions = (resources?.extensions ?? []) as readonly { readonly name: string }[];
  const found = extensions.find(({ name }) => name === slot);
  expect(found).toMatchObject({ '@type': typeUrl.extension });
  expect(JSON.stringify(found)).toContain('ext_proc/default/plugins/0');
  expect(JSON.stringify(resources?.virtualHosts)).toContain(slot);
});
