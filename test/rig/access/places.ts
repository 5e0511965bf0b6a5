import { listenerNames, routeNames, ruleNames } from './scenery.ts';
import type { AccessPlace } from './may-enter.ts';

/** Every rule of every route, at every listener, with the index of the listener's port. */
export const places: readonly (AccessPlace & { readonly port: number })[] = routeNames.flatMap((route) =>
  listenerNames.flatMap((listener, port) => ruleNames.map((rule) => ({ route, rule, listener, port }))),
);
