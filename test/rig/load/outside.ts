/** The environment without what npm and vitest add for children; settings of registries stay. */
export function outside(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name, value]) =>
      value !== undefined && !/^(VITEST|INIT_CWD|NODE_(ENV|OPTIONS|CHANNEL)|npm_(?!config_))/.test(name),
  );
  return Object.fromEntries(kept) as Record<string, string>;
}
