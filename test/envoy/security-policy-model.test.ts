import * as fc from 'fast-check';
import { Agent } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifestOf } from '../rig/access/access-policy.ts';
import { anyPolicies } from '../rig/access/any-access.ts';
import { anyVisitor, visitorsOf } from '../rig/access/any-visitor.ts';
import { accessAt, mayEnter } from '../rig/access/may-enter.ts';
import { places } from '../rig/access/places.ts';
import { gatewayAt, named, routesTo } from '../rig/access/scenery.ts';
import { requestOf } from '../rig/access/visitor.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { send } from '../rig/envoy/http-client.ts';
import * as m from '../rig/objects/manifests.ts';

/** Policies to try; a round has some thirty, and costs about a second. */
const wanted = Number(process.env['ENVOY_POLICIES'] ?? 75);

let rig: EnvoyRig;
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const namespace = 'apps';

beforeAll(async () => {
  rig = await EnvoyRig.start({ ports: 3 });
  const { port } = await rig.server('app');
  rig.apply([
    ...gatewayAt(rig.ports),
    ...routesTo(m.backend('app', { namespace })),
    ...named,
    m.service('app', { namespace }),
    m.endpointSlice(['127.0.0.1'], { namespace, port }),
  ]);
  await rig.settled();
});

afterAll(async () => {
  agent.destroy();
  await rig.close();
});

test(
  'whatever policies routes have, a request comes in exactly when a model of them says so',
  { timeout: 60_000 + wanted * 2000 },
  async () => {
    const seen = { policies: 0, served: 0, refused: 0, closed: 0 };
    let before = new Map<string, object>();
    const property = fc.asyncProperty(
      anyPolicies(),
      fc.tuple(anyVisitor('in'), anyVisitor('rest')),
      async (policies, [inside, rest]) => {
        const now = new Map(policies.map((one) => [`${one.namespace}/${one.name}`, manifestOf(one)]));
        rig.apply(
          [...now.values()],
          [...before].filter(([name]) => !now.has(name)).map(([, manifest]) => manifest),
        );
        before = now;
        await rig.settled();
        const asked = places.flatMap(({ port, ...place }, i) => {
          const access = accessAt(policies, place);
          if (access === 'closed') seen.closed++;
          const chance = place.rule === 'in' ? inside : rest;
          return [...visitorsOf(access, place.rule, i + seen.policies), chance].map((visitor) => {
            const isAdmitted = mayEnter(access, visitor);
            seen[isAdmitted ? 'served' : 'refused']++;
            return { port, place, access, visitor, isAdmitted };
          });
        });
        await Promise.all(
          asked.map(async ({ port, place, access, visitor, isAdmitted }) => {
            const request = { ...requestOf(visitor), host: `${place.route}.test`, agent };
            const { status } = await send(rig.ports[port] ?? 0, request);
            if ((isAdmitted && status === 200) || (!isAdmitted && refusals.has(status))) return;
            expect.fail(JSON.stringify({ status, isAdmitted, place, visitor, access, policies }));
          }),
        );
        seen.policies += policies.length;
      },
    );
    for (let seed = 1; seen.policies < wanted; seed++) {
      const numRuns = 1 + Math.floor((wanted - seen.policies) / 60);
      await fc.assert(property, { seed, numRuns, endOnFailure: true });
    }
    expect(seen.served).toBeGreaterThan(wanted);
    expect(seen.refused).toBeGreaterThan(wanted);
    expect(seen.closed).toBeGreaterThan(wanted / 10);
  },
);

const refusals: ReadonlySet<number> = new Set([401, 403, 500]);
