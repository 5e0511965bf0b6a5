import { FilterConfig } from '../../../proto/gen/envoy/config/route/v3/route_components.ts';
import { LuaPerRoute } from '../../../proto/gen/envoy/extensions/filters/http/lua/v3/lua.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { RouteExtensionIR } from '../ir.ts';
import { any } from './any.ts';
import { extProcOnRoute } from './ext-proc.ts';

/** A plugin's filter is disabled in its listener, and runs where a route has a config for it, even an empty one. */
export function routeExtension(extension: RouteExtensionIR): [string, Any] {
  return [extension.name, configOf(extension)];
}

function configOf(extension: RouteExtensionIR): Any {
  switch (extension.type) {
    case 'lua': {
      const { context } = extension;
      if (context === undefined) return enabled;
      return any(LuaPerRoute, { filterContext: JSON.parse(context) as Record<string, unknown> });
    }
    case 'ext_proc':
      return extProcOnRoute(extension);
    case 'wasm':
      return enabled;
  }
}

const enabled = any(FilterConfig, { config: {} });
