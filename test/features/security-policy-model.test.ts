import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { manifestOf } from '../rig/access/access-policy.ts';
import { anyPolicies } from '../rig/access/any-access.ts';
import { anyVisitor, visitorsOf } from '../rig/access/any-visitor.ts';
import { accessAt, mayEnter } from '../rig/access/may-enter.ts';
import { places } from '../rig/access/places.ts';
import { ResourceAccess } from '../rig/access/resource-access.ts';
import { gatewayAt, named, routesTo } from '../rig/access/scenery.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

/** Policies to try; a round has some thirty. */
const wanted = Number(process.env['ACCESS_POLICIES'] ?? 150);

const ports = [80, 8080, 8081];

test(
  'whatever policies routes have, resources let a request in exactly when a model of them says so',
  { timeout: 60_000 + wanted * 200 },
  async () => {
    const namespace = 'apps';
    const pipeline = await Pipeline.started([
      m.gatewayClass(),
      ...gatewayAt(ports),
      ...routesTo(m.backend('app', { namespace })),
      ...named,
      m.service('app', { namespace }),
      m.endpointSlice(['10.0.0.1'], { namespace }),
    ]);
    const client = await pipeline.connected();
    const seen = { policies: 0, served: 0, refused: 0, closed: 0 };
    let before: readonly object[] = [];
    const property = fc.asyncProperty(
      anyPolicies(),
      fc.tuple(anyVisitor('in'), anyVisitor('rest')),
      async (policies, [inside, rest]) => {
        const manifests = policies.map(manifestOf);
        pipeline.replace(before, manifests);
        before = manifests;
        await pipeline.settle();
        const resources = new ResourceAccess(client, ports);
        for (const [i, { port, ...place }] of places.entries()) {
          const access = accessAt(policies, place);
          if (access === 'closed') seen.closed++;
          const chance = place.rule === 'in' ? inside : rest;
          for (const visitor of [...visitorsOf(access, place.rule, i + seen.policies), chance]) {
            const isAdmitted = mayEnter(access, visitor);
            seen[isAdmitted ? 'served' : 'refused']++;
            const status = resources.answer(`${place.route}.test`, ports[port] ?? 0, visitor);
            if ((status === 200) !== isAdmitted)
              expect.fail(JSON.stringify({ status, isAdmitted, place, visitor, access, policies }));
          }
        }
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
    await pipeline.close();
  },
);
