import type { ViewResource } from './view-resource.ts';

/** Indexes resources by `type name` of what they name. O(resources and their names). */
export function usersByName(resources: Iterable<ViewResource>): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const { name: user, names } of resources) {
    for (const { typeUrl: type, name } of names) {
      const key = `${type} ${name}`;
      const known = users.get(key);
      if (known === undefined) users.set(key, [user]);
      else known.push(user);
    }
  }
  return users;
}
