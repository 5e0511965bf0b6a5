import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Breakage, KubeFault } from '../rig/kube/kube-request.ts';
import { KubeFollower, servicePort } from '../rig/kube/kube-follower.ts';

const kinds = ['Service', 'HTTPRoute'] as const;
const anyKind = fc.constantFrom(...kinds);
const name = fc.constantFrom('a', 'b', 'c', 'constructor');

const breakage = fc.constantFrom<Breakage>(
  'eof',
  'reset',
  'truncate',
  'cut-reset',
  'garbage',
  'gone',
  'error',
  'silence',
);

const fault = fc.oneof(
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom(400, 401, 403, 404, 410, 429, 500, 503),
  }),
  fc.record({ kind: fc.constant('broken' as const), after: fc.nat(3), how: breakage }),
  fc.constant({ kind: 'refuse' as const }),
);

const step = fc.oneof(
  fc.record({ do: fc.constant('put' as const), kind: anyKind, name, port: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ do: fc.constant('put' as const), kind: anyKind, name, port: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ do: fc.constant('delete' as const), kind: anyKind, name }),
  fc.record({ do: fc.constant('break' as const), kind: anyKind, how: breakage }),
  fc.record({ do: fc.constant('fault' as const), fault }),
  fc.record({ do: fc.constant('repeat' as const), kind: anyKind, count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('reinstall' as const) }),
  fc.constant({ do: 'compact' as const }),
  fc.constant({ do: 'bookmark' as const }),
  fc.constant({ do: 'turn' as const }),
  fc.constant({ do: 'settle' as const }),
);

test(
  'after any history with any faults, the rows are those of the API server',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.constantFrom('yes' as const, 'refused' as const),
        async (steps, watchLists) => {
          const follower = new KubeFollower();
          const { api } = follower;
          api.watchLists = watchLists;
          // These exist throughout, so their rows may never be deleted.
          for (const kind of kinds) api.put(kind, 'ns', 'stays', servicePort(80));
          await follower.follow();
          const faults: KubeFault[] = [];
          api.fault = ({ kind }) => (kinds.some((one) => one === kind) ? faults.pop() : undefined);
          for (const action of steps) {
            switch (action.do) {
              case 'put':
                // Port 0 is invalid for a Service.
                api.put(action.kind, 'ns', action.name, servicePort(action.port));
                break;
              case 'delete':
                api.delete(action.kind, 'ns', action.name);
                break;
              case 'break':
                api.break(action.kind, action.how);
                break;
              case 'fault':
                faults.push(action.fault);
                break;
              case 'repeat':
                for (const line of api.recentLines(action.kind, action.count)) api.sendRaw(action.kind, line);
                break;
              case 'reinstall':
                api.serve('HTTPRoute', 'v1beta1');
                break;
              case 'compact':
                api.compact();
                break;
              case 'bookmark':
                api.bookmark();
                break;
              case 'turn':
                await new Promise(setImmediate);
                break;
              case 'settle':
                for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
                break;
            }
          }
          let turns = 0;
          await follower.until(() => {
            // Silent connections are found only as time passes.
            if (++turns % 300 === 0) follower.clock.expire();
            return isAsServed(follower);
          });
          expect(follower.idle).toEqual([]);
          expect(follower.deleted.filter((key) => key.endsWith('/stays'))).toEqual([]);
          await follower.close();
        },
      ),
      { numRuns: 60 },
    );
  },
);

/** A valid object has its row; an invalid one may have an older row of the same object. */
function isAsServed(follower: KubeFollower): boolean {
  const wanted = follower.wanted();
  for (const [key, bytes] of wanted) {
    const row = follower.rows.get(key);
    if (row === undefined || Buffer.compare(row.bytes, bytes) !== 0) return false;
  }
  const names = new Set<string>(
    kinds.flatMap((kind) => follower.api.objects(kind).map(({ metadata }) => `${kind}/ns/${metadata.name}`)),
  );
  return [...follower.rows.keys()].every((key) => names.has(key));
}
