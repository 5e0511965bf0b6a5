import type { GoProgram } from './go-program.ts';

export const envoyGatewayProgram: GoProgram = {
  module: 'github.com/envoyproxy/gateway',
  version: 'v1.9.0',
  folder: 'cmd/envoy-gateway',
  minutes: 6,
};
