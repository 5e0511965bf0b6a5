import type { ResourceKey } from '../lib/key.ts';
import type { Codec, ObjectName, PluginPlace } from './unit-def.ts';

export function objectCodec(): Codec<ObjectName> {
  return {
    write: ({ namespace, name }) => `${namespace}/${name}`,
    read(text) {
      const [namespace = '', name = ''] = text.split('/');
      return { namespace, name };
    },
  };
}

/** Returns the codec of an object's name and more behind it. */
export function longer<M>(
  write: (more: M) => string,
  read: (parts: readonly string[]) => M,
): Codec<ObjectName & M> {
  return {
    write: (fields) => `${fields.namespace}/${fields.name}/${write(fields)}`,
    read(text) {
      const [namespace = '', name = '', ...more] = text.split('/');
      return { namespace, name, ...read(more) };
    },
  };
}

export const pluginPlaceCodec: Codec<PluginPlace> = {
  write: ({ namespace, policy, index }) => `${namespace}/${policy}/${index}`,
  read(text) {
    const [namespace = '', policy = '', index = ''] = text.split('/');
    return { namespace, policy, index: Number(index) };
  },
};

export const routeCodec = longer<{ readonly route: ResourceKey }>(
  ({ route }) => route,
  (parts) => ({ route: parts.join('/') as ResourceKey }),
);
