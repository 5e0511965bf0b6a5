/**
 * Counts of the ECDS resources that every listener names, so that a Gateway's first policy changes no listener; they are
 * never removed. Chains of one slot share its bytes: a change of one starts the filters of all again. More slots share
 * less, and each costs a listener 100 µs and 9 KiB for each filter chain (docs/filter-chain.md).
 */
const slotCounts = { jwt_authn: 4, plugins: 16, local_ratelimit: 16 } as const;

/** Places in the filter chain; see `translate/envoy/http-filters.ts`. */
export type SlotFamily = keyof typeof slotCounts;

export const filterSlots: Readonly<Record<SlotFamily, readonly string[]>> = {
  jwt_authn: slotsOf('jwt_authn'),
  plugins: slotsOf('plugins'),
  local_ratelimit: slotsOf('local_ratelimit'),
};

/** Returns the slot of a chain: the same on every replica, whatever other chains exist. */
export function slotOf(family: SlotFamily, chain: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < chain.length; i++) hash = Math.imul(hash ^ chain.charCodeAt(i), 0x01000193);
  return `${family}/${(hash >>> 8) % slotCounts[family]}`;
}

export function slotPart(family: SlotFamily, chain: string): string {
  return `${slotOf(family, chain)}/${chain}`;
}

export function parseSlotPart(name: string): { readonly slot: string; readonly chain: string } | undefined {
  const begin = name.indexOf('/');
  const end = name.indexOf('/', begin + 1);
  if (!Object.hasOwn(slotCounts, name.slice(0, begin))) return undefined;
  return end < 0 ? undefined : { slot: name.slice(0, end), chain: name.slice(end + 1) };
}

function slotsOf(family: SlotFamily): readonly string[] {
  return Array.from({ length: slotCounts[family] }, (_, i) => `${family}/${i}`);
}
