import type { ViewResource } from './view-resource.ts';

/** By `type name`: names of those of the resources that name it. O(resources and their names). */
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
