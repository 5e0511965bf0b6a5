import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import { StreamFixture } from '../../test/rig/xds/stream.ts';
import { urlOf } from '../../test/rig/xds/xds-types.ts';
import { fleetHooks } from '../observe/fleet-hooks.ts';
import { createMetrics } from '../observe/metrics.ts';
import { Fleet } from './fleet.ts';

const options = {
  holdMs: 2000,
  drainMs: 1000,
  maxResources: 1000,
  maxBytes: 1024 * 1024,
  controlPlane: 'test',
};

test('a proxy that comes while two waves are put into force is served when both are', () => {
  const fixture = new StreamFixture();
  fixture.put('CDS', 'a', 'a1');
  fixture.publish();
  fixture.shared.committing = true;
  const hooks = {
    ...fleetHooks(new SilentLog(), createMetrics(), new ManualClock()),
    onListenersAcked() {},
    onVerdict() {},
  };
  const fleet = new Fleet(options, new ManualClock(), hooks, () => fixture.view);
  let messages = 0;
  const connection = fleet.connect({ id: 'proxy', cluster: 'default/web' }, () => messages++);
  connection.receive({
    typeUrl: urlOf('CDS'),
    node: undefined,
    nonce: '',
    error: undefined,
    subscribe: [],
    unsubscribe: [],
    initialVersions: new Map(),
  });
  fleet.sendPostponed();
  expect(messages).toBe(0);
  fixture.shared.committing = false;
  fleet.sendPostponed();
  expect(messages).toBe(1);
  connection.close();
});
