import type { TestNamespace } from '../test-namespace.ts';
import { inParallel } from '../../rig/load/in-parallel.ts';
import { otherRoute } from './rollout-namespace.ts';

/** As fast as the API server accepts them. */
export async function editRoutes(
  ns: TestNamespace,
  edits: number,
  routes: number,
  onEdit: () => void,
): Promise<void> {
  await inParallel(edits, async (i) => {
    const route = otherRoute(i % routes);
    const edited = { name: 'x-edit', value: String(i) };
    const filter = { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [edited] } };
    const rules = route['spec'] as { rules: object[] };
    await ns.merge(route, {
      spec: { rules: rules.rules.map((rule) => ({ ...rule, filters: [filter] })) },
    });
    onEdit();
  });
}
