import { namespaceName } from '../shape/shape.ts';

/** Annotation of a Gateway: namespaces whose plugins its proxies run, besides its own; `*` for all. */
export const pluginsFrom = 'sluice.dev/plugins-from';

export interface PluginSources {
  readonly namespaces: readonly string[];
  /** Set when the annotation cannot be read; it then counts as none. */
  readonly problem?: string;
}

/** Bound of the list, which every route of the Gateway reads. */
const maxNamespaces = 256;

export function pluginSources(annotations: Readonly<Record<string, unknown>>): PluginSources | undefined {
  const text = annotations[pluginsFrom];
  if (text === undefined) return undefined;
  const names = typeof text === 'string' ? text.split(',').map((name) => name.trim()) : [];
  const isReadable = names.length > 0 && names.length <= maxNamespaces && names.every(isSource);
  if (isReadable) return { namespaces: [...new Set(names)].sort() };
  const problem = `metadata.annotations[${pluginsFrom}]: must be names of at most ${maxNamespaces} namespaces with commas between them, or *`;
  return { namespaces: [], problem };
}

function isSource(name: string): boolean {
  return name === '*' || namespaceName.safeParse(name).success;
}
