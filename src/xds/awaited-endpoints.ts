import { typesThatUse, typeUrl, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import type { ViewResource } from '../publish/view-resource.ts';
import { emptyAssignment } from './empty-assignment.ts';
import type { TypeState } from './type-state.ts';

type States = ReadonlyMap<TypeUrl, TypeState>;

/** Returns the endpoints that a client is to have; empty ones where it waits for endpoints that do not exist. */
export function endpointsOf(states: States, name: string, view: View): ViewResource | undefined {
  const assignment = view.get(typeUrl.endpoint, name);
  if (assignment !== undefined || states.get(typeUrl.endpoint)?.acked.has(name) === true) {
    return assignment;
  }
  return isAwaited(states, name, view) ? emptyAssignment(name) : undefined;
}

/** True when the client has a cluster that names the endpoints, or may have one that the view has lost. */
function isAwaited(states: States, endpoints: string, view: View): boolean {
  return typesThatUse(typeUrl.endpoint).some((type) => {
    const sent = states.get(type);
    if (sent === undefined) return false;
    const users = view.usersOf(type, typeUrl.endpoint, endpoints);
    return users.some((user) => sent.mayHave(user)) || sent.hasLost((user) => view.get(type, user));
  });
}
