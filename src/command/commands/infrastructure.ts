import { command } from '../command.ts';
import { requiredFlag } from '../inputs.ts';

export const infrastructure = command({
  name: 'infrastructure',
  summary: 'run the proxies of Gateways, in a cluster whose sluice serve may not',
  details: `Makes the Deployments, Services and so on of each Gateway, where the config file says
provider.kubernetes.infrastructure.process: separate. It reads GatewayClasses, Gateways and EnvoyProxies alone, so that the
process that reads routes, policies and plugins needs no right to write any of these. Its Lease has the name of that of
sluice serve and -infrastructure. What keeps it from running proxies stands in the status of the Gateway.
SIGINT or SIGTERM ends it; the proxies go on.`,
  inputs: {
    config: requiredFlag('FILE', 'the config file (YAML) of sluice serve', { completes: 'path' }),
  },
  run: async ({ config }, { terminal, signal }) =>
    (await import('../infrastructure.ts')).infrastructure(config, terminal, signal),
});
