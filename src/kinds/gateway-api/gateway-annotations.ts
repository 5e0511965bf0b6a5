import { z } from 'zod';
import { record } from '../identity.ts';
import { pluginSources, type PluginSources } from './plugin-sources.ts';

/** Annotation of a Gateway: `true` divides its tables of routes, so that Envoy makes a part of one for each change. */
export const routeShards = 'sluice.dev/route-shards';

/** Annotations of a Gateway that Sluice reads. */
export interface GatewayAnnotations {
  readonly plugins: PluginSources | undefined;
  readonly routeShards: boolean;
  /** A line for each annotation that cannot be read, with what holds until then. */
  readonly problems: readonly string[];
}

export const noAnnotations: GatewayAnnotations = { plugins: undefined, routeShards: false, problems: [] };

export const gatewayAnnotations = z
  .unknown()
  .optional()
  .transform((given): GatewayAnnotations => {
    const annotations = record(given);
    if (annotations === undefined) return noAnnotations;
    const plugins = pluginSources(annotations);
    const shards = annotations[routeShards];
    const problems: string[] = [];
    if (plugins?.problem !== undefined)
      problems.push(`${plugins.problem}: until then, plugins come from its own namespace alone`);
    if (shards !== undefined && shards !== 'true' && shards !== 'false')
      problems.push(
        `metadata.annotations[${routeShards}]: must be "true" or "false"; until then it is false`,
      );
    return { plugins, routeShards: shards === 'true', problems };
  });
