import * as fc from 'fast-check';
import { mayEnter, type Access } from './may-enter.ts';
import type { RuleName } from './scenery.ts';
import { tokens, type TokenName, type Visitor } from './visitor.ts';

const users = ['ann', 'bob', 'dan', 'eve'];
const keys = ['key-of-ann', 'key-of-bob', 'key-of-cat', 'key-of-dan', 'other-key-of-ann'];
const methods = ['GET', 'POST'];
const teams = ['red', 'blue', 'green', undefined];
const roles = ['admin', 'user', undefined];
const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.9'];
const tokenNames = Object.keys(tokens) as TokenName[];
const paths: Readonly<Record<RuleName, readonly string[]>> = {
  in: ['/in', '/in/side', '/in/side?to=/out', '/in/'],
  rest: ['/', '/inside', '/out', '/IN'],
};

/** Makes visitors of a rule, whoever they are. */
export function anyVisitor(rule: RuleName): fc.Arbitrary<Visitor> {
  const key = fc.option(fc.constantFrom(...keys), { nil: undefined });
  return fc.record({
    user: fc.option(fc.constantFrom(...users), { nil: undefined }),
    liesAboutPassword: fc.constantFrom(false, false, true),
    keys: fc.record({ headers: key, params: key, cookies: key }, { requiredKeys: [] }).map(withoutUndefined),
    token: fc.constantFrom(...tokenNames),
    team: fc.constantFrom(...teams),
    role: fc.constantFrom(...roles),
    method: fc.constantFrom(...methods),
    path: fc.constantFrom(...paths[rule]),
    from: fc.constantFrom(...addresses),
  });
}

function withoutUndefined(given: object): Visitor['keys'] {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/**
 * Returns a visitor who may enter, and some of those who differ from it in one thing: mostly such as may not. Empty when
 * no visitor may. Another `turn` gives others.
 */
export function visitorsOf(access: Access | undefined, rule: RuleName, turn: number): Visitor[] {
  const admitted = admittedTo(access, rule);
  if (admitted === undefined) return [];
  const others = neighbours(admitted, rule);
  const some = (count: number, isAdmitted: boolean): Visitor[] => {
    const found = others.filter((visitor) => mayEnter(access, visitor) === isAdmitted);
    const picked = Array.from({ length: count }, (_, i) => found[(turn * count + i) % found.length]);
    return picked.filter((visitor) => visitor !== undefined);
  };
  return [admitted, ...some(1, true), ...some(4, false)];
}

function admittedTo(access: Access | undefined, rule: RuleName): Visitor | undefined {
  if (access === 'closed') return undefined;
  const base = { ...unknown(rule), ...knownTo(access) };
  for (const token of tokenNames)
    for (const team of teams)
      for (const role of roles)
        for (const method of methods)
          for (const path of paths[rule])
            for (const from of addresses) {
              const visitor = { ...base, token, team, role, method, path, from };
              if (mayEnter(access, visitor)) return visitor;
            }
  return undefined;
}

function unknown(rule: RuleName): Visitor {
  return {
    user: undefined,
    liesAboutPassword: false,
    keys: {},
    token: 'none',
    team: undefined,
    role: undefined,
    method: 'GET',
    path: paths[rule][0] ?? '/',
    from: '127.0.0.1',
  };
}

function knownTo(access: Exclude<Access, 'closed'> | undefined): Pick<Visitor, 'user' | 'keys'> {
  const [place = ''] = Object.keys(access?.keys?.from[0] ?? {});
  const [key] = access?.keys?.known ?? [];
  return {
    user: access?.users?.[0],
    keys: key === undefined ? {} : { [place]: key },
  };
}

function neighbours(visitor: Visitor, rule: RuleName): Visitor[] {
  const [place = 'headers'] = Object.keys(visitor.keys);
  const but = (change: Partial<Visitor>): Visitor => ({ ...visitor, ...change });
  return [
    ...[...users, undefined].map((user) => but({ user })),
    but({ liesAboutPassword: true }),
    ...keys.map((key) => but({ keys: { [place]: key } })),
    but({ keys: {} }),
    ...tokenNames.map((token) => but({ token })),
    ...teams.map((team) => but({ team })),
    ...roles.map((role) => but({ role })),
    ...methods.map((method) => but({ method })),
    ...paths[rule].map((path) => but({ path })),
    ...addresses.map((from) => but({ from })),
  ];
}
